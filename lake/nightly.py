"""What the nightly run decides without Spark: where it has to begin, what there is to load, what was refused.

Airflow's tasks import this, and nothing here is Airflow's. `Mapping` arguments named `where` are its variable
`green_taxi`: the locations of the data sets, by name.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from lake.catalog import sync_rides, sync_trips
from lake.errors import LakeError, UsageError
from lake.manifest import manifest, write_manifest
from lake.months import EVERY_MONTH, Selection, parse_months
from lake.plan import Plan, make_plan
from lake.publish_rides import is_stale
from lake.receipts import MANIFEST, ReceiptBook, RefusedBook
from lake.storage import join, normalise, storage_of
from lake.version import code_version
from schemas.rides import RIDES

RELEASE = "release.json"
"""Below the artifacts: which scripts and which zip are current. Written last by a deployment."""


LOADED = {RIDES.name: "aggregates"}
"""What Redshift holds: by table, the setting that says where its files lie. A table without one is not made."""


class Layer(StrEnum):
    """The layers of the pipeline, each made from the one before."""

    TRIPS = "trips"
    RIDES = "rides"
    LOAD = "load"


@dataclass(frozen=True)
class Pending:
    """What a run finds to do.

    Attributes:
        layer: The first layer with something to do; None if all is done.
        files: Raw files that are to be published, with what identifies their bytes, by name.
        why: A line for the log.
    """

    layer: Layer | None
    why: str
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TableLoad:
    """One table of a load.

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
        tables: What each table is loaded from, by its name. One whose location is not set is not among them.
        digest: SHA-256 of the manifests' bytes, one after the other, in hexadecimal.
        generations: Sum of the generations of the receipts that they were made from. It only grows.
        rows: Rows of all tables.
        months: Months that they hold.
    """

    tables: dict[str, TableLoad]
    digest: str
    generations: int
    rows: int
    months: int

    def as_dict(self) -> dict[str, Any]:
        """For an XCom."""
        return asdict(self)


def find_pending(where: Mapping[str, str], months: str, rebuild: bool, loaded: str | None) -> Pending:
    """Compares raw files, receipts and the last load.

    Args:
        where: `raw`, `transformed`, and by LOADED where tables lie.
        months: As the jobs' `--months`.
        rebuild: As their `--rebuild`.
        loaded: The digest of what was loaded last; None if nothing was.

    Raises:
        UsageError: `rebuild` without months.
        LakeError: A month named by itself has no raw file.
    """
    selection = parse_months(months)
    if rebuild and selection.everything:
        raise UsageError("rebuild needs months, so that nobody redoes all of history by mistake")
    plan = _plan(where, selection, rebuild=rebuild)
    if plan.pending:
        files = {pending.file.name: pending.etag for pending in plan.pending.values()}
        why = ", ".join(f"{pending.file.name} ({pending.why})" for pending in plan.pending.values())
        return Pending(Layer.TRIPS, f"to be published: {why}", files)
    books = list(_books(where).values())
    published = [book.all() for book in books]
    trips = {month: one.receipt for month, one in plan.receipts.items() if month in selection}
    stale = [m for m, receipt in trips.items() if any(is_stale(held.get(m), receipt) for held in published)]
    if stale:
        return Pending(Layer.RIDES, f"to be aggregated: {', '.join(stale)}")
    manifests = [manifest(book.root, held) for book, held in zip(books, published, strict=True)]
    if all(published) and _digest(manifests) != loaded:
        number = len(set().union(*published))
        return Pending(Layer.LOAD, f"to be loaded: {number} months; loaded last was manifest {loaded}")
    return Pending(None, "nothing to do")


def prepare_load(where: Mapping[str, str]) -> Load:
    """The facts of the load that is due now; brings manifests and Glue partitions in step with the receipts.

    A job that ended between its last receipt and them has left them behind, and this heals it without starting Spark.

    Args:
        where: `transformed`, `quarantine`, by LOADED where tables lie, and `catalog`, the Glue database; an empty one is
            left out.

    Raises:
        LakeError: A table has nothing to load, or storage or catalog refused.
    """
    books = _books(where)
    if not books:
        raise LakeError(f"no location of a table is set ({', '.join(LOADED.values())}): there is nothing to load")
    written = {table: write_manifest(book.storage, book) for table, book in books.items()}
    for table, (_, held) in written.items():
        if not held:
            raise LakeError(f"nothing is published in {books[table].root}: there is nothing to load")
    if where["catalog"]:
        trips = _book(where["transformed"])
        sync_trips(where["catalog"], trips.root, normalise(where["quarantine"]), trips.all())
        for table, (_, held) in written.items():
            sync_rides(where["catalog"], books[table].root, held)
    receipts = [one.receipt for _, held in written.values() for one in held.values()]
    tables = {
        table: TableLoad(
            manifest=join(books[table].root, MANIFEST),
            rows=sum(file.rows for one in held.values() for file in one.receipt.files),
        )
        for table, (_, held) in written.items()
    }
    return Load(
        tables=tables,
        digest=_digest(body for body, _ in written.values()),
        generations=sum(receipt.generation for receipt in receipts),
        rows=sum(table.rows for table in tables.values()),
        months=len({receipt.month for receipt in receipts}),
    )


def unpublished(where: Mapping[str, str], taken: Mapping[str, str]) -> list[str]:
    """A line for each raw file that should be published and is not: refused, or taken by this run in vain.

    Some refusals leave no record, since they may be over by the next run: such a file is pending as before.

    Args:
        where: `raw` and `transformed`.
        taken: The files that this run was to publish: `Pending.files`.
    """
    plan = _plan(where, EVERY_MONTH, rebuild=False)
    lines = [f"{name}: refused, {refused.code}: {refused.message}" for name, (_, refused) in plan.refused.items()]
    lines += [
        f"{pending.file.name}: not published by this run; its log says why"
        for pending in plan.pending.values()
        if taken.get(pending.file.name) == pending.etag
    ]
    return sorted(lines)


def read_release(artifacts: str) -> dict[str, str]:
    """The release that is deployed.

    Raises:
        LakeError: There is none, or it was made from other code than lies beside the caller.
    """
    uri = join(normalise(artifacts), RELEASE)
    found = storage_of(uri).read(uri)
    if found is None:
        raise LakeError(f"{uri} is not there: run the DAG deploy_entrypoints first")
    release: dict[str, str] = json.loads(found[0])
    if release["code_version"] != code_version():
        raise LakeError(
            f"{uri} is of code {release['code_version']}, the DAGs' own is {code_version()}: run deploy_entrypoints"
        )
    return release


def run_name(run_id: str) -> str:
    """What the jobs call a run of Airflow's: its id, as far as it fits into a path."""
    return f"airflow-{re.sub(r'[^A-Za-z0-9._-]+', '-', run_id)}"[:100]


def _plan(where: Mapping[str, str], months: Selection, *, rebuild: bool) -> Plan:
    raw, trips = normalise(where["raw"]), _book(where["transformed"])
    refusals = RefusedBook(trips.storage, trips.root)
    return make_plan(storage_of(raw), raw, trips, refusals, months, rebuild=rebuild)


def _book(root: str) -> ReceiptBook:
    return ReceiptBook(storage_of(root), normalise(root))


def _books(where: Mapping[str, str]) -> dict[str, ReceiptBook]:
    """The tables that are made here, in the order of LOADED."""
    return {table: _book(where[name]) for table, name in LOADED.items() if where.get(name)}


def _digest(manifests: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(manifests)).hexdigest()
