"""What lies in a data set and is proven to be a replaced run of it. The only code that deletes data.

A file is removed if its name is one that a run writes, no receipt names that run's month, and the place is proven to be the
receipts' own. What else lies there is left, and said to be unknown.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from lake.errors import LakeError
from lake.months import MONTH
from lake.publication.manifest import MANIFEST
from lake.publication.receipts import DataFile, Entry, Receipt
from lake.publication.runs import MAX_RUN_AGE, RUN, month_path
from lake.storage import FileInfo, join, storage_of
from schemas.columns import MONTH_FOLDER
from schemas.datasets import RECEIPTS

GRACE = timedelta(days=7)  # longer than the longest query and the longest job
MIN_GRACE = MAX_RUN_AGE  # a run commits up to this age, and must not lose its files before

_RUN = rf"{RUN}[A-Za-z0-9][A-Za-z0-9._-]{{0,99}}-[0-9a-f]{{8}}(?:\.[1-9][0-9]*)?"
_MONTH = rf"{_RUN}/{MONTH_FOLDER}={MONTH.pattern}"
# What a run writes into a month, with Hadoop's checksums on a disk ...
_DATA = re.compile(rf"({_MONTH})/(?:part-[^/]+\.parquet|\.part-[^/]+\.parquet\.crc)", re.DOTALL)
# ... and where Spark stages it, with the marks of success and of folders.
_STAGED = re.compile(
    rf"({_RUN}/(?:_temporary|__magic[^/]*|\.spark-staging[^/]*))(?:/.*|_\$folder\$)?"
    rf"|({_RUN})/(?:_SUCCESS|\._SUCCESS\.crc)|({_RUN})(?:/|_\$folder\$)"
    rf"|({_MONTH})(?:/|_\$folder\$|/(?:_temporary|__magic[^/]*)(?:/.*|_\$folder\$)?)",
    re.DOTALL,
)
# What the lake itself keeps next to the runs.
_KEPT = re.compile(
    rf"(?:{RECEIPTS}|_refused)(?:/.*|_\$folder\$)?|\.?{re.escape(MANIFEST)}(?:\.lock|\.tmp)?|", re.DOTALL
)


@dataclass(frozen=True)
class Orphan:
    """A month of a run that nothing names any more, or what a run has staged.

    Attributes:
        root: The data set.
        path: The folder, below the data set.
        paths: The files, below the data set.
        size: Their bytes.
    """

    root: str
    path: str
    paths: tuple[str, ...]
    size: int

    @property
    def folder(self) -> str:
        """Where the folder lies."""
        return join(self.root, self.path)

    @property
    def files(self) -> int:
        """How many files there are."""
        return len(self.paths)


@dataclass
class Named:
    """What receipts say about a root: all that must stay.

    Attributes:
        files: The files that the receipts which count place there.
        folders: The month folders that a receipt names which counts, or did within the grace period.
        past: The month folders that a receipt names.
        since: When the newest receipt of a month was published.
    """

    files: list[DataFile] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    past: set[str] = field(default_factory=set)
    since: dict[str, datetime] = field(default_factory=dict)


def named_by(book: Mapping[str, Entry], replaced: Mapping[str, list[Receipt]], latest: datetime) -> tuple[Named, Named]:
    """What the receipts of a data set name of it, and of its rejects.

    Args:
        book: The receipts that count, by month.
        replaced: Those that were replaced, the oldest generation first.
        latest: When the grace period began.
    """
    own, rejects = Named(), Named()
    for month in {*book, *replaced}:
        now = book[month].receipt if month in book else None
        receipts = [*replaced.get(month, []), *([now] if now else [])]
        for named, is_own in ((own, True), (rejects, False)):
            named.files += _files(now, is_own) if now else ()
            named.since[month] = max(published(receipt) for receipt in receipts)
            named.past |= {folder for receipt in receipts for folder in _folders(receipt, is_own)}
            for receipt in kept(receipts, now, latest):
                named.folders |= _folders(receipt, is_own)
    return own, rejects


def _files(receipt: Receipt, is_own: bool) -> tuple[DataFile, ...]:
    return receipt.files if is_own else receipt.quarantine_files


def _folders(receipt: Receipt, is_own: bool) -> set[str]:
    folders = {file.path.rpartition("/")[0] for file in _files(receipt, is_own)}
    return {month_path(receipt.run, receipt.month), *folders}


def kept(receipts: Iterable[Receipt], now: Receipt | None, latest: datetime) -> list[Receipt]:
    """The receipts of a month that count, or did within the grace period.

    The age of files does not do: a run published in spring and replaced a minute ago is old, unnamed, and still being read.

    Args:
        receipts: All of the month, the oldest first.
        now: The one that counts. Without it nothing is known to be replaced.
        latest: When the grace period began.
    """
    past = list(receipts)
    if now is None:
        return past
    found = [receipt for receipt in past if receipt.generation >= now.generation]
    for earlier, later in pairwise(past):
        if earlier.generation < now.generation and published(later) > latest:
            found.append(earlier)
    return found


def check_root(root: str, files: Collection[DataFile], lying: Mapping[str, FileInfo]) -> None:
    """Proves that a place is the one that receipts speak of.

    Args:
        root: The place.
        files: What they place there.
        lying: The plain files that lie there, by their path below it.

    Raises:
        LakeError: Something is missing, or of another size.
    """
    for file in files:
        found = lying.get(file.path)
        if found is None or found.size != file.size:
            what = "is missing" if found is None else f"has {found.size:,} bytes instead of {file.size:,}"
            raise LakeError(
                f"{join(root, file.path)} {what}: the location may be swapped, or another lake's; nothing was deleted. "
                "Check the locations; if they are right, run python -m lake verify"
            )


def orphans(root: str, named: Named, latest: datetime) -> tuple[list[Orphan], list[str]]:
    """What no receipt names below a data set, for longer than the grace period; and what lies there and is unknown.

    Args:
        root: The data set.
        named: What the receipts name there. If they name none, nothing is known to be theirs.
        latest: When the grace period began.

    Raises:
        LakeError: The place is not the one that the receipts speak of.
    """
    if not named.files:
        return [], []
    plain, others = storage_of(root).list_plain(root)
    start = len(join(root, ""))
    lying = {file.uri[start:]: file for file in plain}
    check_root(root, named.files, lying)
    unknown, groups = [*others], defaultdict[str, list[str]](list)
    for path, file in lying.items():
        if found := _DATA.fullmatch(path) or _STAGED.fullmatch(path):
            groups[next(filter(None, found.groups()))].append(path)
        elif not _KEPT.fullmatch(path):
            unknown.append(file.uri)
    found_orphans = [
        Orphan(root, path, tuple(paths), sum(lying[one].size for one in paths))
        for path, paths in sorted(groups.items())
        if not _is_needed(path, named, latest) and all(lying[one].modified <= latest for one in paths)
    ]
    return found_orphans, sorted(unknown)


def _is_needed(path: str, named: Named, latest: datetime) -> bool:
    """Whether a receipt names a folder, or may have done so within the grace period: older code kept no replaced ones."""
    month = path.rpartition(f"{MONTH_FOLDER}=")[2]
    return path in named.folders or (path not in named.past and named.since.get(month, latest) > latest)


def remove(orphan: Orphan) -> None:
    """Deletes its files. May be interrupted and repeated anywhere."""
    storage_of(orphan.root).delete_files(orphan.root, orphan.paths)


def published(receipt: Receipt) -> datetime:
    """When a receipt was published."""
    return datetime.fromisoformat(receipt.published_at)


def grace_began(grace: timedelta) -> datetime:
    """When the grace period began that ends now."""
    return datetime.now(UTC) - grace
