"""What the nightly run decides without Spark: where it has to begin, what there is to load, what was refused.

Airflow's tasks import this, and nothing here is Airflow's. `Mapping` arguments named `where` are its variable
`green_taxi`: the locations of the data sets, by name.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from lake.errors import LakeError, UsageError
from lake.intake.plan import Plan, make_plan
from lake.intake.refusals import RefusedBook
from lake.months import EVERY_MONTH, Selection, parse_months
from lake.publication.catalog import sync_rides, sync_trips
from lake.publication.manifest import manifest, write_manifest
from lake.publication.publisher import is_stale
from lake.publication.receipts import MANIFEST, ReceiptBook
from lake.storage import join, normalise, storage_of
from lake.version import code_version

RELEASE = "release.json"
"""Below the artifacts: which scripts and which zip are current. Written last by a deployment."""


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
class Load:
    """The facts of one load into Redshift, all of one moment.

    Attributes:
        manifest: Where the COPY manifest lies.
        digest: SHA-256 of its bytes, in hexadecimal.
        generations: Sum of the generations of the receipts it was made from. It only grows.
        rows: Rows in the files that it names.
        months: Months that it holds.
    """

    manifest: str
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
        where: `raw`, `transformed` and `aggregates`.
        months: As the jobs' `--months`.
        rebuild: As their `--rebuild`.
        loaded: The digest of the manifest that was loaded last; None if none was.

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
    rides = _book(where["aggregates"])
    held = rides.all()
    stale = [m for m, one in plan.receipts.items() if m in selection and is_stale(held.get(m), one.receipt)]
    if stale:
        return Pending(Layer.RIDES, f"to be aggregated: {', '.join(stale)}")
    if held and _digest(manifest(rides.root, held)) != loaded:
        return Pending(Layer.LOAD, f"to be loaded: {len(held)} months; loaded last was manifest {loaded}")
    return Pending(None, "nothing to do")


def prepare_load(where: Mapping[str, str]) -> Load:
    """The facts of the load that is due now; brings the manifest and the Glue partitions in step with the receipts.

    A job that ended between its last receipt and them has left them behind, and this heals it without starting Spark.

    Args:
        where: `transformed`, `quarantine`, `aggregates` and `catalog`, the Glue database; an empty one is left out.

    Raises:
        LakeError: Nothing is aggregated, or storage or catalog refused.
    """
    rides = _book(where["aggregates"])
    body, held = write_manifest(rides.storage, rides)
    if not held:
        raise LakeError(f"nothing is published in {rides.root}: there is nothing to load")
    if where["catalog"]:
        trips = _book(where["transformed"])
        sync_trips(where["catalog"], trips.root, normalise(where["quarantine"]), trips.all())
        sync_rides(where["catalog"], rides.root, held)
    receipts = [one.receipt for one in held.values()]
    return Load(
        manifest=join(rides.root, MANIFEST),
        digest=_digest(body),
        generations=sum(receipt.generation for receipt in receipts),
        rows=sum(file.rows for receipt in receipts for file in receipt.files),
        months=len(receipts),
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


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
