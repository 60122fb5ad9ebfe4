"""The pipeline in a local account under a real Airflow: nights are run, and AWS is asked what came of them."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from demo.airflow import Airflow
from demo.airflow_api import AirflowApi
from local_aws.account import Account
from tests.account_lake import Lake

DAGS = ("deploy_entrypoints", "data_pipeline")
LIVE = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"]
STARTS = ("StartJobRun", "RunJobFlow", "AddJobFlowSteps", "BatchExecuteStatement")
"""The calls by which a night sets something going, in their order."""
NIGHT = 600.0  # seconds: far more than one takes
OVER = ("FINISHED", "FAILED", "ABORTED")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Night:
    """A run of the DAG that has ended."""

    run_id: str
    state: str
    tasks: dict[str, str]
    calls: "Counter[str]"  # that AWS carried out meanwhile, by action

    @property
    def started(self) -> dict[str, int]:
        """What was set going, in AWS's own record."""
        return {action: self.calls[action] for action in STARTS if self.calls[action]}

    @property
    def failed(self) -> set[str]:
        """The tasks that are red for a reason of their own."""
        return {task for task, state in self.tasks.items() if state == "failed"}


class Pipeline(Lake):
    """An account, an Airflow that has it for AWS, and the places of the lake in it."""

    def __init__(self, account: Account, airflow: AirflowApi, where: dict[str, str]) -> None:
        super().__init__(account, where)
        self.airflow = airflow
        self._calls_before = 0

    def night(self, dag: str = "data_pipeline", **conf: Any) -> Night:
        """A whole run: triggered, and waited for."""
        run_id = self.begin(dag, **conf)
        return self.end(run_id, dag)

    def begin(self, dag: str = "data_pipeline", **conf: Any) -> str:
        """Triggers a run."""
        self._calls_before = len(self.account.calls())
        return self.airflow.trigger(dag, conf)

    def end(self, run_id: str, dag: str = "data_pipeline") -> Night:
        """Waits for the end of a run that was begun."""
        state = self.airflow.wait(dag, run_id, NIGHT)
        calls = self.account.calls()[self._calls_before :]
        done = Counter(call["action"] for call in calls if call["status"] == 200)
        night = Night(run_id, state, self.tasks(run_id, dag), done)
        seconds = self.airflow.run_span(dag, run_id).seconds
        print(f"{run_id}: {state}, {seconds:.0f} s, {night.started}, {night.tasks}")  # noqa: T201  # seen when a test fails
        return night

    def log(self, night: Night, task: str, dag: str = "data_pipeline") -> str:
        """What a task's log says."""
        return self.airflow.task_log(dag, night.run_id, task)

    def tasks(self, run_id: str, dag: str = "data_pipeline") -> dict[str, str]:
        """The states of the tasks of a run that may still go on."""
        return self.airflow.task_states(dag, run_id)

    def task_instance(self, run_id: str, task: str, dag: str = "data_pipeline") -> str:
        """The id of a task in a run, by which the executor calls it."""
        path = f"/dags/{dag}/dagRuns/{quote(run_id, safe='')}/taskInstances/{task}"
        return str(self.airflow.call("GET", path)["id"])

    @cached_property
    def glue(self) -> Any:
        return self.client("glue")

    @cached_property
    def emr(self) -> Any:
        return self.client("emr")

    @cached_property
    def redshift(self) -> Any:
        return self.client("redshift-data")

    def glue_runs(self) -> list[dict[str, Any]]:
        """GetJobRuns, the newest first."""
        runs = self.glue.get_job_runs(JobName=self.where["glue_job"])["JobRuns"]
        return sorted(runs, key=lambda run: run["StartedOn"], reverse=True)

    def clusters(self, of: str | None = None) -> list[dict[str, Any]]:
        """ListClusters, the newest first: all, or those of a night."""
        found = self.emr.list_clusters()["Clusters"]
        return [cluster for cluster in found if of is None or cluster["Name"].endswith(f" {of}")]

    def live_clusters(self) -> list[str]:
        """The ids of the clusters that cost money."""
        return [cluster["Id"] for cluster in self.emr.list_clusters(ClusterStates=LIVE)["Clusters"]]

    def step_states(self, cluster: str) -> list[str]:
        """The states of the steps of a cluster."""
        return [step["Status"]["State"] for step in self.emr.list_steps(ClusterId=cluster)["Steps"]]

    def ended(self, cluster: str) -> dict[str, Any]:
        """A cluster, when it has ended."""
        return until(
            lambda: self.emr.describe_cluster(ClusterId=cluster)["Cluster"],
            lambda found: found["Status"]["State"].startswith("TERMINATED"),
            within=120,
        )

    def end_of(self, cluster: str) -> str:
        """How a cluster has ended, when it has: the state and EMR's reason."""
        status = self.ended(cluster)["Status"]
        return f"{status['State']}: {status['StateChangeReason']['Message']}"

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of Redshift, through the Data API."""
        asked = self.redshift.execute_statement(
            WorkgroupName=self.where["redshift_workgroup"], Database=self.where["redshift_database"], Sql=sql
        )
        said = until(
            lambda: self.redshift.describe_statement(Id=asked["Id"]), lambda found: found["Status"] in OVER, every=0.05
        )
        assert said["Status"] == "FINISHED", said
        records = self.redshift.get_statement_result(Id=asked["Id"])["Records"]
        return [tuple(None if "isNull" in field else next(iter(field.values())) for field in row) for row in records]

    def rides(self, month: str) -> tuple[Any, ...]:
        """Rides and fares of a month in Redshift."""
        [found] = self.query(
            "SELECT sum(ride_count), sum(total_fare_amount) FROM nyc.agg_green_rides_by_month"
            f" WHERE source_month = '{month}-01'"
        )
        return found

    def warehouse(self) -> list[tuple[Any, ...]]:
        """All that Redshift holds, tables and log."""
        return [
            *self.query("SELECT * FROM nyc.agg_green_rides_by_month ORDER BY 1, 2, 3, 4"),
            *self.query("SELECT * FROM nyc.agg_green_rides_by_hour ORDER BY 1, 2, 3, 4"),
            *self.query("SELECT * FROM nyc.load_log ORDER BY load_number"),
        ]


def until(look: Callable[[], Found], good: Callable[[Found], bool], within: float = 60, every: float = 0.5) -> Found:
    """Looks until what it sees is good, and returns that.

    Raises:
        AssertionError: It did not become good in time.
    """
    deadline = time.monotonic() + within
    while not good(found := look()):
        assert time.monotonic() < deadline, f"after {within} seconds still {found}"
        time.sleep(every)
    return found


@contextmanager
def installed(account: Account, home: Path, where: dict[str, str], settings: Mapping[str, str]) -> Iterator[Pipeline]:
    """An installation in an account, with an Airflow of its own, deployed.

    Args:
        account: The account.
        home: Airflow's folder.
        where: What `prepare` gave.
        settings: More of Airflow's variables.
    """
    airflow = Airflow(home, account.environment, where)
    airflow.environment.update(settings)
    with airflow:
        made = Pipeline(account, airflow, where)
        for dag in DAGS:
            airflow.unpause(dag)
        assert made.night("deploy_entrypoints").state == "success"
        yield made
