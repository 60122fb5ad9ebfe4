"""EMR: clusters move through AWS's states, run their steps, and take them along when they end."""

import io
import time
import zipfile
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.conftest import SPEED
from tests.local_aws.jobs import EMR_RELEASE, OPEN, SPARK, command, processes, shell, wait_for

pytestmark = pytest.mark.s3

IDLE = 60  # seconds, two here


def code(error):
    return error.value.response["Error"]["Code"]


def test_a_step_is_a_spark_submit_with_its_arguments_files_settings_and_release(emr):
    emr.put("lib.py", "NAME = 'there'")
    script = emr.put(
        "s.py",
        "import sys, lib\nfrom pyspark import SparkContext, __version__\nconf = SparkContext.getOrCreate().getConf()\n"
        "print(__version__, lib.NAME, conf.get('spark.app.color'), conf.get('spark.sql.shuffle.partitions'), sys.argv[1:])",
    )
    defaults = {"Classification": "spark-defaults", "Properties": {"spark.sql.shuffle.partitions": "7"}}
    cluster = emr.cluster(
        command(
            *("spark-submit", "--deploy-mode", "cluster", "--master=yarn", "--conf", "spark.app.color=red"),
            *("--py-files", f"s3://{emr.bucket}/lib.py", "--num-executors", "4", script, "--option", "a b", ""),
        ),
        keep=False,
        Configurations=[defaults],
        Tags=[{"Key": "dag", "Value": "test"}],
    )
    seen = emr.wait(cluster, "TERMINATED")
    assert emr.steps(cluster) == ["COMPLETED"]
    step = emr.client.list_steps(ClusterId=cluster)["Steps"][0]["Id"]
    assert emr.log(cluster, step, "stdout") == f"{SPARK} there red 7 ['--option', 'a b', '']\n"
    assert "exiting with ret '0'" in emr.log(cluster, step, "controller")
    assert seen["Status"]["StateChangeReason"] == {"Code": "ALL_STEPS_COMPLETED", "Message": "Steps completed"}
    assert seen["Tags"] == [{"Key": "dag", "Value": "test"}]
    times = seen["Status"]["Timeline"]
    assert times["CreationDateTime"] <= times["ReadyDateTime"] <= times["EndDateTime"]


@pytest.mark.slow
def test_the_container_of_a_driver_has_its_archives_and_variables(emr):
    """As YARN makes it: unpacked under the name behind the #, and with a path of Python's that comes first."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("boto3/__init__.py", "mine = True\n")
    libraries = emr.put("libraries.zip", body.getvalue())
    asks = (
        "import boto3, os\nfrom pyspark import SparkContext\nSparkContext()\n"
        "assert (boto3.mine, os.environ['COLOR'], os.listdir('things')) == (True, 'red', ['boto3'])\n"
    )
    script = emr.put("where.py", asks)
    submit = ("spark-submit", "--deploy-mode", "cluster", "--archives", f"{libraries}#things")
    conf = ("spark.yarn.appMasterEnv.PYTHONPATH=things", "spark.yarn.appMasterEnv.COLOR=red")
    cluster = emr.cluster()
    (step,) = emr.add(cluster, command(*submit, *(word for one in conf for word in ("--conf", one)), script))
    assert emr.wait_step(cluster, step)["State"] == "COMPLETED", emr.log(cluster, step, "stderr")


CLUSTER = ("spark-submit", "--deploy-mode", "cluster")
ATTEMPTS = "spark.yarn.maxAppAttempts"


@pytest.mark.parametrize(
    ("submit", "tried"),
    [
        (("spark-submit",), 1),
        (CLUSTER, 2),
        ((*CLUSTER, "--conf", f"{ATTEMPTS}=1"), 1),
        ((*CLUSTER, "--conf", f"{ATTEMPTS}=5"), 2),
    ],
    ids=["client", "YARN's default", "once", "more than YARN allows"],
)
def test_a_failing_application_is_tried_as_often_as_yarn_does(emr, submit, tried):
    script = emr.put("s.py", "print('tried')\nraise ValueError('no such month')")
    cluster = emr.cluster()
    (step,) = emr.add(cluster, command(*submit, script))
    seen = emr.wait_step(cluster, step)
    assert (seen["State"], seen["FailureDetails"]["Message"]) == ("FAILED", "ValueError: no such month")
    assert emr.log(cluster, step, "stdout") == "tried\n" * tried


@pytest.mark.parametrize(("submit", "state"), [(("spark-submit",), "COMPLETED"), (CLUSTER, "FAILED")])
def test_only_on_yarn_an_application_must_make_a_spark_context(emr, submit, state):
    cluster = emr.cluster()
    (step,) = emr.add(cluster, command(*submit, emr.put("s.py", "print('well')")))
    seen = emr.wait_step(cluster, step)
    assert seen["State"] == state
    if state == "FAILED":
        assert "exitCode: 13" in seen["FailureDetails"]["Message"]
        assert "User did not initialize spark context!" in seen["FailureDetails"]["Message"]


@pytest.mark.parametrize("mode", ["client", "cluster"])
def test_a_step_inherits_no_region_and_on_yarn_little_else(emr, mode):
    """boto3 does not ask an instance for its region, so a job has none that it was not given."""
    asks = (
        "import os\nfrom pyspark import SparkContext\nSparkContext()\n"
        "print([os.environ.get(name) for name in ('AWS_REGION', 'AWS_DEFAULT_REGION')], "
        "os.environ['HOME'].rstrip('/').rpartition('/')[2], 'SPARK_YARN_STAGING_DIR' in os.environ)"
    )
    cluster = emr.cluster()
    (step,) = emr.add(cluster, command("spark-submit", "--deploy-mode", mode, emr.put("s.py", asks)))
    assert emr.wait_step(cluster, step)["State"] == "COMPLETED", emr.log(cluster, step, "stderr")
    home = "home" if mode == "cluster" else step  # a folder of its own
    assert emr.log(cluster, step, "stdout") == f"[None, None] {home} {mode == 'cluster'}\n"


def test_instance_fleets_are_refused(emr):
    fleet = {"InstanceFleetType": "MASTER", "TargetOnDemandCapacity": 1}
    with pytest.raises(ClientError, match="InstanceGroups") as error:
        emr.cluster(Instances={"InstanceFleets": [fleet]})
    assert code(error) == "ValidationException"


def test_a_failing_script_says_why_in_the_failure_details_and_the_logs(emr):
    script = emr.put("s.py", "raise ValueError('no such month')")
    cluster = emr.cluster()
    (step,) = emr.add(cluster, command("spark-submit", script))
    seen = emr.wait_step(cluster, step)
    assert seen["State"] == "FAILED"
    assert seen["FailureDetails"] == {
        "Reason": "Unknown Error.",
        "Message": "ValueError: no such month",
        "LogFile": f"s3://{emr.bucket}/logs/{cluster}/steps/{step}/stderr.gz",
    }
    assert emr.log(cluster, step, "stderr").endswith("ValueError: no such month\n")


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (command("spark-submit", "s3://none/s.py"), "s3://none/s.py"),
        (command("spark-submit", "--class", "Main", "s3://b/x.jar"), "Python scripts only"),
        (command("no-such-program"), 'Cannot run program "no-such-program"'),
        ({**command(), "HadoopJarStep": {"Jar": "s3://b/x.jar"}}, "command-runner.jar only"),
    ],
)
def test_a_step_that_cannot_start_fails_and_says_why(emr, step, said):
    cluster = emr.cluster(step, keep=False)
    emr.wait(cluster, "TERMINATED")
    (seen,) = emr.client.list_steps(ClusterId=cluster)["Steps"]
    assert seen["Status"]["State"] == "FAILED"
    assert said in seen["Status"]["FailureDetails"]["Message"]


def test_steps_run_one_after_the_other(emr):
    cluster = emr.cluster(shell("until [ -e go ]; do sleep 0.05; done; exit 0"), shell("exit 0"))
    wait_for(lambda: emr.steps(cluster), lambda states: states == ["RUNNING", "PENDING"])
    assert emr.state(cluster) == "RUNNING"
    first = emr.client.list_steps(ClusterId=cluster, StepStates=["RUNNING"])["Steps"][0]["Id"]
    folder_of(first).joinpath("go").touch()
    wait_for(lambda: emr.steps(cluster), lambda states: states == ["COMPLETED", "COMPLETED"])
    emr.wait(cluster, "WAITING")


def folder_of(step):
    """The working folder of a running step, by its supervisor, which knows the step's id."""
    supervisor = min(processes(step))  # of all that the step has started, the first
    return (Path("/proc") / str(supervisor) / "cwd").resolve()


def test_as_many_steps_at_a_time_as_the_cluster_is_told(emr):
    cluster = emr.cluster(*[shell("sleep 1000")] * 3, StepConcurrencyLevel=2)
    wait_for(lambda: emr.steps(cluster), lambda states: states == ["RUNNING", "RUNNING", "PENDING"])
    with pytest.raises(ClientError, match="ActionOnFailure") as error:
        emr.add(cluster, shell("exit 0", action="TERMINATE_CLUSTER"))
    assert code(error) == "ValidationException"


@pytest.mark.parametrize(
    ("action", "protected", "state", "left", "steps"),
    [
        ("CONTINUE", False, "WAITING", "", ["FAILED", "COMPLETED"]),
        ("CANCEL_AND_WAIT", False, "WAITING", "", ["FAILED", "CANCELLED"]),
        ("TERMINATE_CLUSTER", False, "TERMINATED_WITH_ERRORS", "STEP_FAILURE", ["FAILED", "CANCELLED"]),
        ("TERMINATE_CLUSTER", True, "WAITING", "", ["FAILED", "CANCELLED"]),
    ],
)
def test_what_becomes_of_a_cluster_whose_step_fails(emr, action, protected, state, left, steps):
    cluster = emr.cluster(shell("exit 1", action=action), shell("exit 0"), protected=protected)
    wait_for(lambda: emr.steps(cluster), lambda states: not OPEN & set(states))
    seen = emr.wait(cluster, state)
    assert emr.steps(cluster) == steps
    assert seen["Status"]["StateChangeReason"].get("Code", "") == left


def test_a_terminated_cluster_takes_its_steps_along(emr):
    cluster = emr.cluster(shell("sleep 1000 & sleep 1000"), shell("exit 0"))
    wait_for(lambda: emr.steps(cluster), lambda states: "RUNNING" in states)
    running = emr.client.list_steps(ClusterId=cluster, StepStates=["RUNNING"])["Steps"][0]["Id"]
    wait_for(lambda: len(processes(running)), lambda number: number >= 3)  # the supervisor and both sleeps
    emr.client.terminate_job_flows(JobFlowIds=[cluster])
    seen = emr.wait(cluster, "TERMINATED")
    assert seen["Status"]["StateChangeReason"] == {"Code": "USER_REQUEST", "Message": "Terminated by user request"}
    assert emr.steps(cluster) == ["CANCELLED", "CANCELLED"]
    assert processes(running) == set()
    with pytest.raises(ClientError) as error:
        emr.add(cluster, shell("exit 0"))
    assert code(error) == "ValidationException"


def test_steps_can_be_cancelled_while_they_wait_and_while_they_run(emr):
    cluster = emr.cluster()
    first, second = emr.add(cluster, shell("sleep 1000"), shell("exit 0"))
    emr.wait_step(cluster, first, "RUNNING")
    answer = emr.client.cancel_steps(ClusterId=cluster, StepIds=[second, first, "s-none"])["CancelStepsInfoList"]
    assert [info["Status"] for info in answer] == ["SUBMITTED", "SUBMITTED", "FAILED"]
    wait_for(lambda: emr.steps(cluster), lambda states: states == ["CANCELLED", "CANCELLED"])
    assert processes(first) == set()
    emr.wait(cluster, "WAITING")


def test_an_idle_cluster_ends_by_its_policy(emr):
    cluster = emr.cluster(shell(f"sleep {IDLE / SPEED + 0.5}"), AutoTerminationPolicy={"IdleTimeout": IDLE})
    policy = emr.client.get_auto_termination_policy(ClusterId=cluster)["AutoTerminationPolicy"]
    assert policy == {"IdleTimeout": IDLE}
    emr.wait(cluster, "WAITING")
    seen = emr.wait(cluster, "TERMINATED")["Status"]
    assert "idle" in seen["StateChangeReason"]["Message"]
    worked = emr.client.list_steps(ClusterId=cluster)["Steps"][0]["Status"]["Timeline"]["EndDateTime"]
    idle = (seen["Timeline"]["EndDateTime"] - worked).total_seconds()
    assert IDLE / SPEED - 0.5 <= idle < IDLE / SPEED + 25  # since its last step, by a look every 0.2 s


def test_a_policy_can_be_put_and_removed(emr):
    cluster = emr.cluster()
    assert "AutoTerminationPolicy" not in emr.client.get_auto_termination_policy(ClusterId=cluster)
    with pytest.raises(ClientError, match="60 to 604800") as error:
        emr.client.put_auto_termination_policy(ClusterId=cluster, AutoTerminationPolicy={"IdleTimeout": 59})
    assert code(error) == "ValidationException"
    emr.client.put_auto_termination_policy(ClusterId=cluster, AutoTerminationPolicy={"IdleTimeout": 3600})
    assert emr.client.get_auto_termination_policy(ClusterId=cluster)["AutoTerminationPolicy"] == {"IdleTimeout": 3600}
    emr.client.remove_auto_termination_policy(ClusterId=cluster)
    assert "AutoTerminationPolicy" not in emr.client.get_auto_termination_policy(ClusterId=cluster)


def test_a_protected_cluster_is_not_terminated(emr):
    cluster = emr.cluster(protected=True)
    with pytest.raises(ClientError, match="termination protected") as error:
        emr.client.terminate_job_flows(JobFlowIds=[cluster])
    assert code(error) == "ValidationException"
    assert emr.state(cluster) in ("STARTING", "BOOTSTRAPPING", "WAITING")


@pytest.mark.parametrize("label", ["emr-9.9.9", None])
def test_a_release_that_is_not_known_is_refused_with_those_that_are(emr, label):
    more = {"ReleaseLabel": label} if label else {}
    with pytest.raises(ClientError, match=r"emr-7\.13\.0, emr-spark-8\.1\.0") as error:
        emr.client.run_job_flow(Name="refused", Instances={}, **more)
    assert code(error) == "ValidationException"


def test_clusters_and_steps_that_are_not_there(emr):
    cluster = emr.cluster()
    for ask in (
        lambda: emr.client.list_steps(ClusterId="j-none"),
        lambda: emr.client.describe_cluster(ClusterId="j-none"),
        lambda: emr.add("j-none", shell("exit 0")),
        lambda: emr.client.terminate_job_flows(JobFlowIds=["j-none"]),
        lambda: emr.step(cluster, "s-none"),
    ):
        with pytest.raises(ClientError, match="is not valid") as error:
            ask()
        assert code(error) == "InvalidRequestException"


def test_a_step_too_long_for_emr_is_refused(emr):
    cluster = emr.cluster()
    with pytest.raises(ClientError, match="10240") as error:
        emr.add(cluster, shell(":" + " " * 10_216))
    assert code(error) == "ValidationException"
    assert len(emr.add(cluster, shell(":" + " " * 10_215))) == 1  # with command-runner.jar, bash and -c, 10,240


def test_a_cluster_takes_256_steps_at_a_time(emr):
    cluster = emr.cluster(shell("sleep 1000"))
    with pytest.raises(ClientError, match="256") as error:
        emr.add(cluster, *[shell("exit 0")] * 256)
    assert code(error) == "ValidationException"
    assert len(emr.add(cluster, *[shell("exit 0")] * 255)) == 255


def test_the_release_labels_are_those_that_a_cluster_takes(emr):
    labels = emr.client.list_release_labels()["ReleaseLabels"]
    assert EMR_RELEASE in labels
    for label in labels:
        emr.cluster(ReleaseLabel=label)
    assert emr.client.list_release_labels(Filters={"Prefix": "emr-4"})["ReleaseLabels"] == []


def test_clusters_are_listed_the_newest_first_and_by_state(emr):
    first = emr.cluster()
    time.sleep(0.01)
    second = emr.cluster()
    listed = [each["Id"] for each in emr.client.list_clusters()["Clusters"]]
    assert listed.index(second) < listed.index(first)
    emr.client.terminate_job_flows(JobFlowIds=[first])
    emr.wait(first, "TERMINATED")
    emr.wait(second, "WAITING")
    assert [each["Id"] for each in emr.client.list_clusters(ClusterStates=["WAITING"])["Clusters"]] == [second]
