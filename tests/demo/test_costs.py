"""The estimate of costs, against numbers worked out by hand, and that it is of the run that is asked for."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from demo.costs import Cost, GlueRun, Instances, Usage, costs, read_prices, usage_between

PRICES: dict[str, Any] = {
    "dollars": {
        "glue_dpu_hour": "0.44",
        "ec2_instance_hour": {"m7g.xlarge": "0.16"},
        "emr_instance_hour": {"m7g.xlarge": "0.04"},
        "redshift_rpu_hour": "0.36",
        "s3_thousand_writes": "0.005",
        "s3_thousand_reads": "0.0004",
    },
    "least_seconds": 60,
    "assumed": {"cluster_start_seconds": 300, "redshift_rpus": 8},
}
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        pytest.param(
            Usage(glue=(GlueRun(2, 300),)),
            Cost("Glue", "600 DPU-seconds, 600 billed", Decimal("0.0733")),  # 2 x 0.44 x 5 / 60
            id="two workers for five minutes",
        ),
        pytest.param(
            Usage(glue=(GlueRun(2, 20), GlueRun(2, 90))),
            Cost("Glue", "220 DPU-seconds, 300 billed", Decimal("0.0367")),  # 2 x (60 + 90) s
            id="each run of Glue is billed a minute at least",
        ),
        pytest.param(
            Usage(emr=(Instances("m7g.xlarge", 1, 60), Instances("m7g.xlarge", 2, 60))),
            Cost("EMR", "1080 instance-seconds, with 300 s for each to start", Decimal("0.0600")),  # 3 x 0.1 h x 0.20
            id="three instances for a minute, and the time to start",
        ),
        pytest.param(
            Usage(redshift=(0.02, 120.0)),
            Cost("Redshift", "1440 RPU-seconds billed; statements: 2", Decimal("0.1440")),  # 8 x 180 s = 0.4 h
            id="each statement is billed a minute at least",
        ),
        pytest.param(
            Usage(
                s3={"PutObject": 600, "ListObjectsV2": 400, "GetObject": 900, "HeadObject": 100, "DeleteObjects": 50}
            ),
            Cost("S3", "1,000 writes and lists, 1,000 reads", Decimal("0.0054")),
            id="lists cost as writes, deletes nothing",
        ),
    ],
)
def test_what_a_service_costs(usage, expected):
    (cost,) = costs(usage, PRICES)
    assert (cost.service, cost.used, round(cost.dollars, 4)) == (expected.service, expected.used, expected.dollars)


def test_nothing_used_costs_nothing():
    assert costs(Usage(), PRICES) == []


def test_an_instance_without_a_price_is_named():
    with pytest.raises(KeyError, match=r"z9\.large"):
        costs(Usage(emr=(Instances("z9.large", 1, 60),)), PRICES)


def test_the_prices_say_what_they_are_of():
    prices = read_prices()
    assert prices.keys() == {*PRICES, "region", "as_of", "sources", "notes"}
    assert prices["dollars"].keys() == PRICES["dollars"].keys()
    of_instances = [prices["dollars"][of] for of in ("ec2_instance_hour", "emr_instance_hour")]
    assert of_instances[0].keys() == of_instances[1].keys()
    known = [*prices["dollars"].values(), *(price for of in of_instances for price in of.values())]
    assert all(Decimal(price) > 0 for price in known if isinstance(price, str))


def at(minutes):
    return NOON + timedelta(minutes=minutes)


class Glue:
    def get_job_runs(self, JobName):  # noqa: N803 - boto3's
        assert JobName == "job"
        return {"JobRuns": [{"StartedOn": at(m), "MaxCapacity": 2.0, "ExecutionTime": 60 + m} for m in (-1, 1, 11)]}


class Emr:
    def list_clusters(self, CreatedAfter, CreatedBefore):  # noqa: N803 - boto3's
        assert (CreatedAfter, CreatedBefore) == (at(0), at(10))
        ended = {"CreationDateTime": at(1), "EndDateTime": at(3)}
        running = {"CreationDateTime": at(4)}
        return {"Clusters": [{"Id": key, "Status": {"Timeline": line}} for key, line in (("a", ended), ("b", running))]}

    def list_instance_groups(self, ClusterId):  # noqa: N803 - boto3's
        return {"InstanceGroups": [{"InstanceType": "m", "RequestedInstanceCount": 1 if ClusterId == "a" else 2}]}


class Redshift:
    def list_statements(self, Status):  # noqa: N803 - boto3's
        return {"Statements": [{"Id": str(m), "CreatedAt": at(m)} for m in (-1, 2, 12)]}

    def describe_statement(self, Id):  # noqa: N803 - boto3's
        return {"Duration": int(Id) * 1_000_000_000}


def test_only_what_lies_within_the_run_counts():
    calls = [
        {"service": "s3", "action": "GetObject", "at": at(-1).isoformat()},
        {"service": "s3", "action": "GetObject", "at": at(1).isoformat()},
        {"service": "s3", "action": "GetObject", "at": at(2).isoformat()},
        {"service": "glue", "action": "GetTable", "at": at(2).isoformat()},
        {"service": "s3", "action": "PutObject", "at": at(11).isoformat()},
    ]
    clients = {"glue": Glue(), "emr": Emr(), "redshift-data": Redshift()}
    assert usage_between(clients, "job", calls, at(0), at(10)) == Usage(
        glue=(GlueRun(2.0, 61),),
        emr=(Instances("m", 1, 120.0), Instances("m", 2, 360.0)),  # a cluster that is still there: up to now
        redshift=(2.0,),
        s3={"GetObject": 2},
    )
