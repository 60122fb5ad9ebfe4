"""What the nightly run decides without Spark: where it has to begin, what there is to load, what was refused.

Airflow's tasks import this, and nothing here is Airflow's. `Mapping` arguments named `where` are its variable
`green_taxi`: the locations of the data sets, by name.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from lake.errors import LakeError, UsageError
from lake.intake.plan import Plan, make_plan
from lake.intake.refusals import refusal_line
from lake.months import EVERY_MONTH, Selection, parse_months
from lake.publication.catalog import sync
from lake.publication.manifest import MANIFEST, manifest, write_manifest
from lake.publication.publisher import past_source, why_stale
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Entry, Receipt
from lake.publication.records import read_record
from lake.storage import join, normalise, storage_of
from lake.version import code_version
from schemas.datasets import AGGREGATES, PUBLISHED_TRIPS, QUARANTINED_LINES, RAW, Aggregate

RELEASE = "release.json"
"""Below the artifacts: which scripts and which zip are current. Written last by a deployment."""


class Layer(StrEnum):
    """The layers of the pipeline, each made from the one before."""

    TRIPS = "trips"
    AGGREGATES = "aggregates"
    LOAD = "load"


@dataclass(frozen=True)
class PendingWork:
    """What a run of the DAG finds to do.

    Attributes:
        layer: The first layer with something to do; None if all is done.
        why: A line for the log.
        files: Raw files that are to be published, with what identifies their bytes, by name.
    """

    layer: Layer | None
    why: str
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TableLoad:
    """What is to be loaded into one table.

    Attributes:
        manifest: Where its COPY manifest lies.
        rows: Rows in the files that it names.
    """

    manifest: str
    rows: int


@dataclass(frozen=True)
class Load:
    """The facts of one load into Redshift, all of one moment.

    Attributes:
        tables: What is loaded into each table, by its name.
        digest: SHA-256 of the manifests' bytes, one after the other, in hexadecimal.
        generations: Sum of the generations of the receipts they were made from. It only grows.
        rows: Rows in all tables.
        months: Months in all of them together.
    """

    tables: dict[str, TableLoad]
    digest: str
    generations: int
    rows: int
    months: int

    def as_dict(self) -> dict[str, Any]:
        """For an XCom."""
        return asdict(self)


def find_pending(
    where: Mapping[str, str], months: str, rebuild: bool, loaded: str | None, generations: int = 0
) -> PendingWork:
    """Compares raw files, receipts and the last load.

    Args:
        where: The locations of the raw files, the trips and the aggregates.
        months: As the jobs' `--months`.
        rebuild: As their `--rebuild`.
        loaded: The digest of the manifests that were loaded last; None if nothing was.
        generations: `Load.generations` of that load.

    Raises:
        UsageError: `rebuild` without months.
        LakeError: A month named by itself has no raw file, or the lake is older than what was made from it.
    """
    selection = parse_months(months)
    if rebuild and selection.everything:
        raise UsageError("rebuild needs months, so that nobody redoes all of history by mistake")
    plan, books = _plan(where, selection, rebuild=rebuild), _aggregates(where)
    entries = {aggregate: book.newest()[0] for aggregate, book in books.items()}
    _check_generations(plan.receipts, entries, selection if rebuild else None, generations if loaded else None)
    if plan.due:
        files = {due.file.name: due.etag for due in plan.due.values()}
        why = ", ".join(f"{due.file.name} ({due.why})" for due in plan.due.values())
        return PendingWork(Layer.TRIPS, f"to be published: {why}", files)
    return _after_trips(plan.receipts, selection, books, entries, loaded)


def find_stale(where: Mapping[str, str], months: str, rebuild: bool, loaded: str | None) -> PendingWork:
    """Compares receipts and the last load once more, when the trips have been published or their files refused.

    Args:
        where: The locations of the trips and the aggregates.
        months: As the jobs' `--months`.
        rebuild: As their `--rebuild`.
        loaded: The digest of the manifests that were loaded last; None if nothing was.
    """
    trips, _ = ReceiptBook.at(where[PUBLISHED_TRIPS.location.name]).newest()
    books = _aggregates(where)
    entries = {aggregate: book.newest()[0] for aggregate, book in books.items()}
    return _after_trips(trips, parse_months(months), books, entries, loaded, rebuild=rebuild)


def _after_trips(
    trips: Mapping[str, Entry],
    selection: Selection,
    books: Mapping[Aggregate, ReceiptBook],
    entries: Mapping[Aggregate, Mapping[str, Entry]],
    loaded: str | None,
    *,
    rebuild: bool = False,
) -> PendingWork:
    """What is to be done when no trips are."""
    stale = {
        month
        for month, entry in trips.items()
        for aggregate in books
        if month in selection and why_stale(entries[aggregate].get(month), entry.receipt, aggregate, rebuild=rebuild)
    }
    if stale:
        return PendingWork(Layer.AGGREGATES, f"to be aggregated: {', '.join(sorted(stale))}")
    manifests = [manifest(book.root, entries[aggregate]) for aggregate, book in books.items()]
    if all(entries.values()) and _digest(manifests) != loaded:
        return PendingWork(Layer.LOAD, f"to be loaded: {_months(entries)} months; loaded last was manifest {loaded}")
    return PendingWork(None, "nothing to do")


def _check_generations(
    trips: Mapping[str, Entry],
    aggregates: Mapping[Aggregate, Mapping[str, Entry]],
    named: Selection | None,
    loaded: int | None,
) -> None:
    """Stops a night before it builds upon a lake that is older than what was made from it.

    Args:
        trips: The receipts of the trips.
        aggregates: Those of the aggregates.
        named: The months that are to be redone from what is there.
        loaded: The generations of what Redshift was loaded from; None if it never was.

    Raises:
        LakeError: The lake has gone back.
    """
    generations = _generations(aggregates)
    if loaded is not None and (generations < loaded or not generations):
        raise LakeError(
            f"Redshift was loaded from {loaded or 'some'} generations of receipts, the lake has {generations}: receipts were "
            "lost, an older copy of them was put back, or a table's location is not set; nothing was changed; see "
            "docs/operations.md, Receipts were lost"
        )
    faults = [
        f"{month} of {aggregate.table.name}: {fault}"
        for aggregate, entries in aggregates.items()
        for month in sorted({*entries, *trips})
        if not (named and month in named)
        if (fault := past_source(month, entries.get(month), _receipt(trips, month), aggregate))
    ]
    if faults:
        raise LakeError(faults[0] + (f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""))


def prepare_load(where: Mapping[str, str]) -> Load:
    """The facts of the load that is due now; brings the manifests and the Glue partitions in step with the receipts.

    A job that ended between its last receipt and them has left them behind, and this heals it without starting Spark.

    Args:
        where: The locations of all data sets, and `catalog`, the Glue database; an empty one is left out.

    Raises:
        LakeError: A table has nothing to load, or storage or catalog refused.
    """
    books = _aggregates(where)
    if not books:
        names = ", ".join(aggregate.location.name for aggregate in AGGREGATES)
        raise LakeError(f"no location of a table is set ({names}): there is nothing to load")
    written = {aggregate: write_manifest(book) for aggregate, book in books.items()}
    entries = {aggregate: found for aggregate, (_, found) in written.items()}
    for aggregate, found in entries.items():
        if not found:
            raise LakeError(f"nothing is published in {books[aggregate].root}: there is nothing to load")
    if where["catalog"]:
        trips = ReceiptBook.at(where[PUBLISHED_TRIPS.location.name])
        rejects_root = normalise(where[QUARANTINED_LINES.location.name])
        sync(where["catalog"], PUBLISHED_TRIPS, trips.root, trips.all(), rejects_root)
        for aggregate, book in books.items():
            sync(where["catalog"], aggregate, book.root, entries[aggregate])
    tables = {
        aggregate.table.name: TableLoad(join(book.root, MANIFEST), _rows(entries[aggregate].values()))
        for aggregate, book in books.items()
    }
    return Load(
        tables=tables,
        digest=_digest([body for body, _ in written.values()]),
        generations=_generations(entries),
        rows=sum(table.rows for table in tables.values()),
        months=_months(entries),
    )


def unpublished(where: Mapping[str, str], taken: Mapping[str, str]) -> list[str]:
    """A line for each raw file that should be published and is not: refused, or taken by this run in vain.

    Some refusals leave no note, since they may be over by the next run: such a file is due as before.

    Args:
        where: The locations of the raw files and the trips.
        taken: The files that this run was to publish: `PendingWork.files`.
    """
    plan = _plan(where, EVERY_MONTH, rebuild=False)
    lines = [refusal_line(name, refusal) for name, (_, refusal) in plan.refused.items()]
    lines += [
        f"{due.file.name}: not published by this run; its log says why"
        for due in plan.due.values()
        if taken.get(due.file.name) == due.etag
    ]
    return sorted(lines)


def read_release(artifacts: str) -> dict[str, str]:
    """The release that is deployed.

    Raises:
        LakeError: There is none, or it was made from other code than lies next to the caller.
    """
    uri = join(normalise(artifacts), RELEASE)
    found = storage_of(uri).read(uri)
    if found is None:
        raise LakeError(f"{uri} is not there: run the DAG deploy_entrypoints first")
    release = read_record(dict[str, str], found[0], uri, "release")
    if (code := release.get("code_version")) != code_version():
        raise LakeError(f"{uri} is of code {code}, the DAGs' own is {code_version()}: run deploy_entrypoints")
    return release


def run_name(run_id: str) -> str:
    """What the jobs call a run of Airflow's: its id, as far as it fits into a path."""
    return f"airflow-{re.sub(r'[^A-Za-z0-9._-]+', '-', run_id)}"[:100]


def _plan(where: Mapping[str, str], months: Selection, *, rebuild: bool) -> Plan:
    return make_plan(where[RAW.name], where[PUBLISHED_TRIPS.location.name], months, rebuild=rebuild)


def _aggregates(where: Mapping[str, str]) -> dict[Aggregate, ReceiptBook]:
    """The aggregates that have a location, with their receipts."""
    return {aggregate: ReceiptBook.at(root) for aggregate in AGGREGATES if (root := where.get(aggregate.location.name))}


def _rows(entries: Iterable[Entry]) -> int:
    return sum(file.rows for entry in entries for file in entry.receipt.files)


def _receipt(entries: Mapping[str, Entry], month: str) -> Receipt | None:
    return entries[month].receipt if month in entries else None


def _generations(entries: Mapping[Aggregate, Mapping[str, Entry]]) -> int:
    return sum(entry.receipt.generation for found in entries.values() for entry in found.values())


def _months(entries: Mapping[Aggregate, Mapping[str, Entry]]) -> int:
    return len({month for found in entries.values() for month in found})


def _digest(bodies: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(bodies)).hexdigest()
