"""Publishing a month of a data set: the only code that puts a receipt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from lake.engines import Engine
from lake.errors import LakeError, LostRace
from lake.publication.catalog import sync
from lake.publication.manifest import write_manifest
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Counts, DataFile, Entry, Receipt, RollBack, Source
from lake.publication.run_folder import RunFolder
from lake.publication.runs import Run
from lake.storage import storage_of
from lake.version import code_version
from schemas.datasets import Aggregate, DataSet


def why_due(entry: Entry | None, source: str, version: int, *, rebuild: bool = False) -> str:
    """Why a month is to be made: new, changed, contract or rebuild; empty if it is published as it should be.

    Args:
        entry: Its receipt.
        source: What identifies the source that is there now: `Source.etag`.
        version: The version of the data set.
        rebuild: Whether the month was named to be redone.
    """
    if entry is None:
        return "new"
    if entry.receipt.source.etag != source:
        return "changed"
    if entry.receipt.contract_version < version:
        return "contract"
    return "rebuild" if rebuild else ""


def why_stale(entry: Entry | None, source: Receipt, aggregate: Aggregate, *, rebuild: bool = False) -> str:
    """As `why_due`, of an aggregate's month: a run that was rolled back to is published anew, though it is the same.

    Args:
        entry: Its receipt.
        source: That of the month that it is made from.
        aggregate: The aggregate.
        rebuild: Whether the month was named to be redone.
    """
    made_from = entry.receipt.source.generation if entry else 0
    why = why_due(entry, source.run, aggregate.version, rebuild=rebuild)
    return why or ("changed" if 0 < made_from < source.generation else "")


def past_source(month: str, entry: Entry | None, source: Receipt | None, aggregate: Aggregate) -> str:
    """Why an aggregate's month must not be made from what is published of its source: that is of the past, or we are.

    Args:
        month: The month.
        entry: Its receipt.
        source: That of the month that it is made from; None if there is none.
        aggregate: The aggregate.

    Returns:
        The reason, and what to do; empty if it may.
    """
    made_from, now = entry.receipt.source if entry else None, source.generation if source else 0
    is_newer = (source and source.contract_version > aggregate.made_from.version) or (
        entry and entry.receipt.contract_version > aggregate.version
    )
    if made_from and made_from.generation > now:
        is_now = f"is generation {now}" if now else "has no receipt"
        what = (
            f"it is made from generation {made_from.generation} of {aggregate.made_from.table.name}, which now {is_now}: "
            "receipts were lost, or an older copy of them put back; see docs/operations.md, Receipts were lost"
        )
    elif is_newer and source and not (made_from and made_from.run == source.run):
        what = "it, or what it is made from, is published by newer code, to a newer contract: deploy that code"
    else:
        return ""
    return f"{what}; or, if what is there is right: --rebuild yes --months {month}"


@dataclass(frozen=True)
class Draft:
    """A month that is written and proven, and has no receipt yet.

    Attributes:
        month: The month.
        attempt: The folder that holds it.
        source: What it is made from.
        counts: What was counted.
        files: Its files.
        rejects: The files of its rejects.
        replaces: The receipt as it was before the source was read. The commit presents its token, so that a run that was
            overtaken loses.
    """

    month: str
    attempt: str
    source: Source
    counts: Counts
    files: Sequence[DataFile]
    rejects: Sequence[DataFile] = ()
    replaces: Entry | None = None


@dataclass(frozen=True)
class Rival:
    """Another run's receipt in the place of ours.

    Attributes:
        receipt: That receipt.
        as_good: Whether it says what ours would have: of the same source with the same code, or made after ours.
    """

    receipt: Receipt
    as_good: bool


class Publisher:
    """Publishes the months of one data set.

    Args:
        data_set: The data set.
        root: Where it lies.
        run: The run.
        engine: What writes and reads.
        rejects_root: Where its rejects lie, if it has any.
    """

    def __init__(self, data_set: DataSet, root: str, run: Run, engine: Engine, rejects_root: str | None = None) -> None:
        self.data_set = data_set
        self.run = run
        self.engine = engine
        self.book = ReceiptBook.at(root)
        self.rejects_root = rejects_root

    def folder(self, attempt: int = 0) -> RunFolder:
        """The folder of the run's n-th attempt: a write that failed leaves its own behind and is tried in another."""
        return self._folder(self.data_set, self.book.root, attempt)

    def rejects_folder(self, attempt: int = 0) -> RunFolder:
        """The folder of the rejects of the same attempt."""
        assert self.rejects_root, f"{self.data_set.table.name} has no rejects"
        assert self.data_set.rejects
        return self._folder(self.data_set.rejects, self.rejects_root, attempt)

    def _folder(self, data_set: DataSet, root: str, attempt: int) -> RunFolder:
        return RunFolder(self.engine, storage_of(root), root, self.run.attempt(attempt), data_set.codec)

    def check_writable(self) -> None:
        """Before anything is done: can the data set and its rejects be written?

        Raises:
            OutputRefused: One cannot.
        """
        for folder in (self.folder(), *([self.rejects_folder()] if self.rejects_root else [])):
            folder.storage.check_writable(folder.uri)

    def publish(self, draft: Draft) -> Receipt | Rival:
        """Puts the month's receipt.

        Returns:
            The receipt that is in place: ours, or a rival's.

        Raises:
            HistoryError: The receipt that it replaces cannot be kept; that concerns this month alone.
            LakeError: The run is too old to publish anything, or storage refused.
        """
        self.run.check_age()
        before = draft.replaces
        receipt = Receipt(
            month=draft.month,
            run=draft.attempt,
            generation=before.receipt.generation + 1 if before else 1,
            previous={"run": before.receipt.run, "etag": before.token} if before else None,
            contract_version=self.data_set.version,
            code_version=code_version(),
            published_at=datetime.now(UTC).isoformat(timespec="seconds"),
            source=draft.source,
            files=tuple(draft.files),
            counts=draft.counts,
            quarantine_files=tuple(draft.rejects),
            engine=self.engine.name,
        )
        try:
            self.book.publish(receipt, before)
        except LostRace as lost:
            winner = Receipt.from_json(lost.body, self.book.uri(draft.month))
            same = winner.source.is_of(receipt.source) and winner.code_version == receipt.code_version
            return Rival(winner, as_good=same or (winner.previous or {}).get("run") == receipt.run)
        return receipt

    def project(self, database: str | None) -> None:
        """Brings what is made from the receipts in step with them: an aggregate's manifest, and the partitions in Glue.

        Args:
            database: The Glue database; None if there is none.
        """
        if isinstance(self.data_set, Aggregate):
            write_manifest(self.book)
        if database:
            sync(database, self.data_set, self.book.root, self.book.all(), self.rejects_root)


def republish(book: ReceiptBook, earlier: Receipt, now: Entry) -> Receipt:
    """Publishes what an earlier receipt names again, as a new generation.

    Args:
        book: The receipts of the data set.
        earlier: The earlier receipt.
        now: The one that it is to replace.

    Returns:
        The receipt that is in place.

    Raises:
        LakeError: Another run published the month since `now` was read, or storage refused.
    """
    back, source = now.receipt.roll_back, now.receipt.source
    withdrawn = {*now.receipt.withdrawn, source.etag} - {earlier.source.etag}
    checksums = {*(back.withdrawn_checksums if back else ()), source.checksum} - {earlier.source.checksum, ""}
    receipt = replace(
        earlier,
        generation=now.receipt.generation + 1,
        previous={"run": now.receipt.run, "etag": now.token},
        published_at=datetime.now(UTC).isoformat(timespec="seconds"),
        roll_back=RollBack(earlier.generation, tuple(sorted(withdrawn)), tuple(sorted(checksums))),
    )
    try:
        book.publish(receipt, now)
    except LostRace as lost:
        winner = Receipt.from_json(lost.body, book.uri(receipt.month))
        raise LakeError(
            f"run {winner.run} published {receipt.month} meanwhile, as generation {winner.generation}: nothing was rolled back"
        ) from lost
    return receipt
