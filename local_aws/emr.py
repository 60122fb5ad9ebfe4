"""EMR on EC2 over moto: clusters live and end, their steps really run, and the missing calls are there."""

from typing import Any, ClassVar

from moto.core.responses import ActionResult, EmptyResult
from moto.emr import models, urls
from moto.emr.exceptions import InvalidCluster, InvalidRequestException, ValidationException
from moto.emr.responses import ElasticMapReduceResponse

from local_aws import runtimes
from local_aws.emr_cluster import ClusterWork
from local_aws.emr_records import OPEN_STEP, LiveCluster, LiveStep
from local_aws.options import ROOT, Options

MOST_STEPS = 256  # PENDING and RUNNING, of a cluster
LONGEST_STEP = 10_240  # characters of a step's strings
IDLE = range(60, 604_801)  # seconds
ENDING = ("TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS")
_moto_run_job_flow = ElasticMapReduceResponse.run_job_flow


class Clusters(dict[str, LiveCluster]):
    """Clusters by id; an id that is none is EMR's error, not Python's."""

    def __missing__(self, key: str) -> LiveCluster:
        raise InvalidCluster(key)


class LiveEmr(models.ElasticMapReduceBackend):  # type: ignore[misc]
    """EMR in one region."""

    options: ClassVar[Options]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.clusters: Clusters = Clusters()

    @property
    def _url_module(self) -> Any:
        return urls  # moto would look for them beside this module

    def reset(self) -> None:
        """Forgets everything; what runs is ended."""
        for cluster in self.clusters.values():
            cluster.terminate()
        super().reset()

    def run_job_flow(self, **given: Any) -> LiveCluster:
        """Makes a cluster; its work is yet to be started."""
        check_steps(given["steps"], given.get("step_concurrency_level") or 1, 0)
        attributes = given["instance_attrs"]
        security = self._manage_security_groups(**attributes)
        names = (
            "emr_managed_master_security_group",
            "emr_managed_slave_security_group",
            "service_access_security_group",
        )
        attributes.update(zip(names, security, strict=True))
        return LiveCluster(self, **given)

    def add_job_flow_steps(self, job_flow_id: str, steps: list[dict[str, Any]]) -> list[LiveStep]:
        """Adds steps to a cluster that is not ending.

        Raises:
            ValidationException: It takes no more.
        """
        cluster = self.clusters[job_flow_id]
        with cluster.changed:
            if cluster.state in ENDING:
                raise ValidationException(
                    "A job flow that is shutting down, terminated, or finished may not be modified."
                )
            check_steps(steps, cluster.step_concurrency_level, sum(step.state in OPEN_STEP for step in cluster.steps))
            added = cluster.add_steps(steps)
            cluster.changed.notify_all()
        return added

    def describe_step(self, cluster_id: str, step_id: str) -> LiveStep:
        """A step.

        Raises:
            InvalidRequestException: The cluster has none of this id.
        """
        step = super().describe_step(cluster_id, step_id)
        if step is None:
            raise InvalidRequestException(f"Step id '{step_id}' is not valid.")
        return step  # type: ignore[no-any-return]

    def list_clusters(self, *given: Any) -> list[LiveCluster]:
        """The clusters, the newest first."""
        found = super().list_clusters(*given)
        return sorted(found, key=lambda cluster: cluster.creation_datetime, reverse=True)


def check_steps(steps: list[Any], concurrency: int, open_steps: int) -> None:
    """EMR's rules for steps.

    Raises:
        ValidationException: One is broken.
    """
    if open_steps + len(steps) > MOST_STEPS:
        raise ValidationException(f"Maximum number of steps for job flow exceeded: {MOST_STEPS}")
    for step in steps:
        jar = step["hadoop_jar_step"]
        if sum(map(len, [jar.get("Jar") or "", *(jar.get("Args") or [])])) > LONGEST_STEP:
            raise ValidationException(f"Size of the step's jar and arguments exceeds {LONGEST_STEP} characters")
        if concurrency > 1 and step.get("action_on_failure") != "CONTINUE":
            raise ValidationException(
                "The ActionOnFailure must be CONTINUE when StepConcurrencyLevel is greater than 1"
            )


def run_job_flow(response: Any) -> ActionResult:
    """RunJobFlow."""
    if problem := runtimes.problem_with_emr(response._get_param("ReleaseLabel"), ROOT):
        raise ValidationException(problem)
    idle = _idle_timeout(response)
    result = _moto_run_job_flow(response)
    cluster = response.backend.clusters[result.result["JobFlowId"]]
    cluster.idle_timeout = idle
    ClusterWork(cluster, LiveEmr.options).start()
    return result


def cancel_steps(response: Any) -> ActionResult:
    """CancelSteps."""
    cluster = response.backend.clusters[response._get_param("ClusterId")]
    return ActionResult({"CancelStepsInfoList": cluster.cancel(response._get_param("StepIds", []))})


def put_auto_termination_policy(response: Any) -> ActionResult:
    """PutAutoTerminationPolicy."""
    cluster = response.backend.clusters[response._get_param("ClusterId")]
    cluster.idle_timeout = _idle_timeout(response)
    return EmptyResult()


def get_auto_termination_policy(response: Any) -> ActionResult:
    """GetAutoTerminationPolicy."""
    seconds = response.backend.clusters[response._get_param("ClusterId")].idle_timeout
    return ActionResult({"AutoTerminationPolicy": {"IdleTimeout": seconds}} if seconds else {})


def remove_auto_termination_policy(response: Any) -> ActionResult:
    """RemoveAutoTerminationPolicy."""
    response.backend.clusters[response._get_param("ClusterId")].idle_timeout = None
    return EmptyResult()


def list_release_labels(response: Any) -> ActionResult:
    """ListReleaseLabels: those that RunJobFlow takes, the newest first."""
    asked = {name.lower(): value for name, value in (response._get_param("Filters") or {}).items()}
    if unknown := sorted(set(asked) - {"prefix"}):
        raise ValidationException(f"Filters.{unknown[0]}: not known to local_aws")
    taken = [label for label in runtimes.EMR if not runtimes.problem_with_emr(label, ROOT)]
    return ActionResult({"ReleaseLabels": [label for label in taken if label.startswith(asked.get("prefix", ""))]})


def install(options: Options) -> None:
    """Puts this in place of moto's EMR."""
    LiveEmr.options = options
    models.emr_backends.backend = LiveEmr
    for action in (
        *(run_job_flow, cancel_steps, list_release_labels),
        *(put_auto_termination_policy, get_auto_termination_policy, remove_auto_termination_policy),
    ):
        setattr(ElasticMapReduceResponse, action.__name__, action)


def _idle_timeout(response: Any) -> int | None:
    policy = response._get_param("AutoTerminationPolicy")
    if not policy:
        return None
    seconds = policy.get("IdleTimeout")
    if seconds not in IDLE:
        raise ValidationException(f"IdleTimeout must be {IDLE.start} to {IDLE.stop - 1} seconds, not {seconds}")
    return int(seconds)
