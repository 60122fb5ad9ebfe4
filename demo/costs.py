"""What a run in the local account would have cost on AWS: what it used, at the prices of prices.json.

An estimate, for comparing one run with another: Spark ran at the speed of this machine, not of Glue's or EMR's.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

PRICES = Path(__file__).with_name("prices.json")
HOUR = Decimal(3600)
READS = ("Get", "Head")
FREE = ("Delete", "Abort")


@dataclass(frozen=True)
class GlueRun:
    """A run of a job: its size, and how long it ran."""

    dpus: float
    seconds: float


@dataclass(frozen=True)
class Instances:
    """A group of instances of a cluster, and how long the cluster was there."""

    kind: str
    count: int
    seconds: float


@dataclass(frozen=True)
class Usage:
    """What a run used.

    Attributes:
        glue: Its Glue runs.
        emr: The instances of its clusters.
        redshift: Seconds of each statement; of a batch, of the whole.
        s3: Requests by action.
    """

    glue: tuple[GlueRun, ...] = ()
    emr: tuple[Instances, ...] = ()
    redshift: tuple[float, ...] = ()
    s3: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Cost:
    """One service's part: what was used, in its own units, and what that costs."""

    service: str
    used: str
    dollars: Decimal


def read_prices() -> dict[str, Any]:
    """The prices, with the month and region that they are of."""
    prices: dict[str, Any] = json.loads(PRICES.read_text())
    return prices


def costs(usage: Usage, prices: Mapping[str, Any]) -> list[Cost]:
    """The estimate, by service; services that were not used are left out.

    Raises:
        KeyError: There is no price for an instance type.
    """
    found = [_glue(usage, prices), _emr(usage, prices), _redshift(usage, prices), _s3(usage, prices)]
    return [cost for cost in found if cost.dollars]


def _glue(usage: Usage, prices: Mapping[str, Any]) -> Cost:
    used = sum(_exact(run.dpus) * _exact(run.seconds) for run in usage.glue)
    billed = sum(_exact(run.dpus) * _billed(run.seconds, prices) for run in usage.glue)
    dollars = billed / HOUR * Decimal(prices["dollars"]["glue_dpu_hour"])
    return Cost("Glue", f"{used:.0f} DPU-seconds, {billed:.0f} billed", Decimal(dollars))


def _emr(usage: Usage, prices: Mapping[str, Any]) -> Cost:
    start = prices["assumed"]["cluster_start_seconds"]
    used, dollars = Decimal(), Decimal()
    for group in usage.emr:
        seconds = group.count * _billed(group.seconds + start, prices)
        hourly = sum(Decimal(prices["dollars"][of][group.kind]) for of in ("ec2_instance_hour", "emr_instance_hour"))
        used += seconds
        dollars += seconds / HOUR * hourly
    return Cost("EMR", f"{used:.0f} instance-seconds, with {start} s for each to start", dollars)


def _redshift(usage: Usage, prices: Mapping[str, Any]) -> Cost:
    rpus = prices["assumed"]["redshift_rpus"]
    seconds = sum((_billed(one, prices) for one in usage.redshift), Decimal())
    dollars = rpus * seconds / HOUR * Decimal(prices["dollars"]["redshift_rpu_hour"])
    return Cost("Redshift", f"{rpus * seconds:.0f} RPU-seconds billed; statements: {len(usage.redshift)}", dollars)


def _s3(usage: Usage, prices: Mapping[str, Any]) -> Cost:
    reads = sum(number for action, number in usage.s3.items() if action.startswith(READS))
    writes = sum(number for action, number in usage.s3.items() if not action.startswith((*READS, *FREE)))
    dollars = prices["dollars"]
    price = writes * Decimal(dollars["s3_thousand_writes"]) + reads * Decimal(dollars["s3_thousand_reads"])
    return Cost("S3", f"{writes:,} writes and lists, {reads:,} reads", price / 1000)


def _billed(seconds: float, prices: Mapping[str, Any]) -> Decimal:
    return max(_exact(seconds), Decimal(prices["least_seconds"]))


def _exact(number: float) -> Decimal:
    return Decimal(str(number))


def usage_between(
    clients: Mapping[str, Any], job: str, calls: Iterable[Mapping[str, Any]], since: datetime, until: datetime
) -> Usage:
    """What was used between two moments.

    Args:
        clients: boto3 clients of the account: glue, emr, redshift-data.
        job: The name of the Glue job.
        calls: The record of calls: `Account.calls`.
        since: From here on.
        until: Up to here.
    """
    runs = clients["glue"].get_job_runs(JobName=job)["JobRuns"]
    s3: dict[str, int] = {}
    for call in calls:
        if call["service"] == "s3" and since <= datetime.fromisoformat(call["at"]) <= until:
            s3[call["action"]] = s3.get(call["action"], 0) + 1
    return Usage(
        glue=tuple(
            GlueRun(run["MaxCapacity"], run["ExecutionTime"]) for run in runs if since <= run["StartedOn"] <= until
        ),
        emr=tuple(_instances(clients["emr"], since, until)),
        redshift=tuple(_statements(clients["redshift-data"], since, until)),
        s3=s3,
    )


def _instances(emr: Any, since: datetime, until: datetime) -> Iterable[Instances]:
    for cluster in emr.list_clusters(CreatedAfter=since, CreatedBefore=until)["Clusters"]:
        timeline = cluster["Status"]["Timeline"]
        seconds = (timeline.get("EndDateTime", until) - timeline["CreationDateTime"]).total_seconds()
        for group in emr.list_instance_groups(ClusterId=cluster["Id"])["InstanceGroups"]:
            yield Instances(group["InstanceType"], group["RequestedInstanceCount"], seconds)


def _statements(redshift: Any, since: datetime, until: datetime) -> Iterable[float]:
    for statement in redshift.list_statements(Status="ALL")["Statements"]:
        if since <= statement["CreatedAt"] <= until:
            yield redshift.describe_statement(Id=statement["Id"])["Duration"] / 1e9
