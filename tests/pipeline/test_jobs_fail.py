"""Each task up to the aggregates fails in turn, in nights that go on from each other, and the last completes the work."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.pipeline.nights import STARTS

MONTHS = {"2017-01": (10, 20), "2017-02": (5, 6, 7)}
NOT_RUN = {"upstream_failed", "skipped"}
TASKS = (
    *("find_pending", "glue_task", "find_stale", "create_emr_cluster", "add_steps", "watch_step"),
    *("plan_load", "copy_to_redshift", "check_refused"),
)
DENIED = "AccessDenied"
UNWRITTEN = "glue_task failed: cannot write s3://"
KILLED = "137"  # 128 and SIGKILL
TRIPS_RECEIPT = "transformed/green/_receipts/2017-02"  # the jobs publish month by month
RIDES_RECEIPT = "aggregate/agg-green-rides/_receipts/2017-02"


@dataclass(frozen=True)
class Failure:
    """What goes wrong, where that shows, and what may have been started until then."""

    task: str
    fault: tuple[str, str, str]
    says: str
    started: set[str]
    more: dict[str, Any] = field(default_factory=dict)
    half_done: str = ""  # a data set of which one of the two months is published

    def __str__(self) -> str:
        return f"{self.task}: {self.fault[1]} {self.fault[2]}"


GLUE, CLUSTER = {"StartJobRun"}, {"StartJobRun", "RunJobFlow"}
STEP = {*CLUSTER, "AddJobFlowSteps"}
FAILURES = [
    Failure("end_leftover_clusters", ("emr", "ListClusters", "fail"), DENIED, set()),
    Failure("s3_sensor", ("s3", "ListObjectsV2", "fail"), DENIED, set()),
    Failure("find_pending", ("redshift-data", "ExecuteStatement", "fail"), DENIED, set()),
    Failure("glue_task", ("glue", "StartJobRun", "fail"), DENIED, set()),
    Failure("glue_task", ("s3", "PutObject", "fail"), UNWRITTEN, GLUE, {"key": TRIPS_RECEIPT}, "transformed"),
    Failure("glue_task", ("s3", "PutObject", "kill_job"), KILLED, GLUE, {"key": TRIPS_RECEIPT}, "transformed"),
    Failure("create_emr_cluster", ("emr", "RunJobFlow", "fail"), DENIED, GLUE),
    Failure("create_emr_cluster", ("emr", "RunJobFlow", "lost"), "Connection was closed", GLUE, {"times": 5}),
    Failure("add_steps", ("emr", "AddJobFlowSteps", "fail"), DENIED, CLUSTER),
    Failure("watch_step", ("s3", "PutObject", "kill_job"), KILLED, STEP, {"key": RIDES_RECEIPT}, "aggregates"),
    Failure("watch_step", ("emr", "DescribeStep", "fail"), DENIED, STEP),
]
THROTTLED = [
    *[
        ("emr", action)
        for action in ("ListClusters", "RunJobFlow", "AddJobFlowSteps", "DescribeStep", "TerminateJobFlows")
    ],
    *[("redshift-data", action) for action in ("ExecuteStatement", "BatchExecuteStatement", "DescribeStatement")],
    *[("glue", action) for action in ("StartJobRun", "GetJobRun")],
    ("s3", "ListObjectsV2"),
]


@pytest.fixture(scope="module")
def months(pipeline):
    for month, fares in MONTHS.items():
        pipeline.put_month(month, *fares)


@pytest.mark.parametrize("failure", FAILURES, ids=str)
def test_a_task_that_fails_ends_the_night_and_its_cluster(pipeline, months, faulty, failure):
    before = pipeline.warehouse()
    faulty.inject(*failure.fault, **failure.more)
    night = pipeline.night()
    assert (night.state, night.failed) == ("failed", {failure.task})
    assert failure.says in pipeline.log(night, failure.task)
    later = TASKS[TASKS.index(failure.task) + 1 :] if failure.task in TASKS else TASKS
    assert {night.tasks[task] for task in later} <= NOT_RUN
    assert night.started.keys() <= failure.started
    for cluster in pipeline.clusters(night.run_id):
        assert pipeline.end_of(cluster["Id"]) == "TERMINATED: Terminated by user request"
    assert pipeline.live_clusters() == []
    if failure.half_done:
        assert pipeline.receipts(failure.half_done).keys() & MONTHS.keys() == {"2017-01"}
    assert pipeline.warehouse() == before


def test_the_next_night_completes_the_work_and_a_new_month_and_bears_with_throttled_calls(pipeline, months, faulty):
    pipeline.put_month("2017-12", 1000)
    for service, action in THROTTLED:
        faulty.inject(service, action, "throttle", times=2)
    night = pipeline.night()
    assert (night.state, night.failed, night.started) == ("success", set(), dict.fromkeys(STARTS, 1))
    assert [pipeline.rides(month) for month in (*MONTHS, "2017-12")] == [(2, "30.00"), (3, "18.00"), (1, "1000.00")]
    assert pipeline.live_clusters() == []
