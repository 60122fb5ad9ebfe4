"""What has expired in a lake: months of runs that no receipt of any of its data sets names."""

from datetime import timedelta

from lake.operate.status import Lake
from lake.publication.orphans import Named, Orphan, grace_began, kept, named_by, orphans
from lake.publication.runs import month_path
from schemas.datasets import WITH_RECEIPTS, Aggregate, DataSet


def expired(lake: Lake, grace: timedelta) -> tuple[list[Orphan], list[str]]:
    """The orphans of each data set whose place was given, and of its rejects; and what lies there and is unknown.

    All of it is read and proven before anything is returned: whoever removes what this lists removes nothing by halves.

    Args:
        lake: The lake. A data set that is not given is not looked at, and what it was made from is not known to be needed.
        grace: How long they must have been so.

    Raises:
        LakeError: A receipt cannot be read, or a place is not the one that the receipts speak of.
    """
    latest, named = grace_began(grace), dict[DataSet, Named]()
    for data_set in WITH_RECEIPTS:
        if not (book := lake.book(data_set)):
            continue
        entries = book.all()
        replaced = book.past()
        named[data_set], rejects = named_by(entries, replaced, latest)
        if data_set.rejects:
            named[data_set.rejects] = rejects
        if isinstance(data_set, Aggregate):
            for month in {*entries, *replaced}:
                now = entries[month].receipt if month in entries else None
                receipts = [*replaced.get(month, []), *([now] if now else [])]
                needed = {month_path(receipt.source.run, month) for receipt in kept(receipts, now, latest)}
                for source in (data_set.made_from, data_set.made_from.rejects):
                    if source in named:
                        named[source].folders |= needed
    found, unknown = list[Orphan](), list[str]()
    for data_set, names in named.items():
        if root := lake.root(data_set):
            more, others = orphans(root, names, latest)
            found += more
            unknown += others
    return found, unknown
