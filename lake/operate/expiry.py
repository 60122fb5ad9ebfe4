"""What of a lake has expired: the months of runs that no receipt of any of its data sets names."""

from collections.abc import Iterator
from datetime import timedelta

from lake.operate.status import Lake
from lake.publication.orphans import Orphan, named_folders, orphans, replaced_at
from schemas.datasets import WITH_RECEIPTS


def expired(lake: Lake, grace: timedelta) -> Iterator[Orphan]:
    """The orphans of each data set whose place was given, and of its rejects.

    Args:
        lake: The lake. A data set that is not given is not looked at, and what it was made from is not known to be needed.
        grace: How long they must have been so.
    """
    books = {data_set: book for data_set in WITH_RECEIPTS if (book := lake.book(data_set))}
    named = named_folders(books)
    for data_set, book in books.items():
        if not (replaced := replaced_at(book)):
            continue  # a place without any receipt may be a wrong one: what lies there is left
        yield from orphans(book.root, replaced, named, grace)
        if data_set.rejects and (root := lake.root(data_set.rejects)):
            yield from orphans(root, replaced, named, grace)
