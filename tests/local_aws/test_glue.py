"""Glue: runs are processes with the job's arguments, and their states are those of AWS."""

import json
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.conftest import SPEED
from tests.local_aws.jobs import GLUE_VERSION, processes, wait_for

pytestmark = pytest.mark.s3

SHOW = "import json, sys; print(json.dumps(sys.argv[1:]))"
FOREVER = "import sys, time\nprint('alive', flush=True)\ntime.sleep(1000)"


def pairs(words):
    return dict(zip(words[::2], words[1::2], strict=True))


def code(error):
    return error.value.response["Error"]["Code"]


def test_a_run_succeeds_and_says_what_it_was(glue):
    run = glue.run("print('done')", Timeout=90)
    assert (run["JobRunState"], run["GlueVersion"], run["Timeout"]) == ("SUCCEEDED", GLUE_VERSION, 90)
    assert "ErrorMessage" not in run
    assert run["StartedOn"] <= run["CompletedOn"]
    assert run["DPUSeconds"] == pytest.approx(2 * run["ExecutionTime"], abs=1.1)
    assert (run["WorkerType"], run["NumberOfWorkers"], run["MaxCapacity"]) == ("G.1X", 2, 2.0)
    assert glue.log(run) == ["done"]


def test_arguments_of_the_run_go_before_those_of_the_job_and_behind_the_fixed_ones(glue):
    run = glue.run(
        SHOW,
        {"--b": "run", "--c": "run", "--empty": ""},
        DefaultArguments={"--a": "job", "--b": "job"},
        NonOverridableArguments={"--c": "fixed"},
    )
    seen = pairs(json.loads(glue.log(run)[0]))
    assert (seen["--a"], seen["--b"], seen["--c"], seen["--empty"]) == ("job", "run", "fixed", "")


def test_the_script_sees_glues_own_arguments_but_not_those_that_glue_takes(glue):
    library = glue.put("lib.zip", zipped("there.py", "NAME = 'there'"))
    run = glue.run(
        "import there; print(there.NAME)\n" + SHOW,
        {
            "--extra-py-files": library,
            "--conf": "spark.app.name=x --conf spark.ui.enabled=false",
            "--TempDir": "s3://tmp/",
        },
    )
    name, words = glue.log(run)
    seen = pairs(json.loads(words))
    assert name == "there"
    assert (seen["--JOB_NAME"], seen["--JOB_RUN_ID"], seen["--TempDir"]) == (run["JobName"], run["Id"], "s3://tmp/")
    assert seen.keys() >= {"--JOB_ID", "--job-bookmark-option"}
    assert not seen.keys() & {"--extra-py-files", "--conf"}


def test_glues_parser_is_there_and_this_repository_is_not(glue):
    run = glue.run(
        "import sys\nfrom awsglue.utils import getResolvedOptions\n"
        "print(getResolvedOptions(sys.argv, ['JOB_NAME'])['JOB_NAME'])\n"
        "try:\n    import lake\nexcept ImportError as error:\n    print(error)\n"
    )
    assert glue.log(run) == [run["JobName"], "No module named 'lake'"]


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("raise ValueError('no such month')", "ValueError: no such month"),
        ("import sys; print('why', file=sys.stderr); sys.exit(3)", "SystemExit: 3"),
        ("import os; os.kill(os.getpid(), 9)", "Command failed with exit code 137"),
    ],
)
def test_a_script_that_ends_otherwise_than_well_fails_the_run_with_its_last_words(glue, script, message):
    run = glue.run(script)
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", message)


def test_what_a_script_writes_to_standard_error_is_in_the_error_log(glue):
    run = glue.run("import sys; print('out'); print('err', file=sys.stderr)")
    assert (glue.log(run, "output"), glue.log(run, "error")) == (["out"], ["err"])


def test_the_log_can_be_read_while_the_job_runs(glue):
    name = glue.job(FOREVER)
    run = glue.start(name)
    assert glue.wait(name, run, ["RUNNING"])["JobRunState"] == "RUNNING"
    wait_for(lambda: glue.log(glue.get(name, run)), lambda lines: lines == ["alive"])
    stop(glue, name, run)


@pytest.mark.parametrize("what", ["script", "library"])
def test_a_script_or_library_that_is_not_there_fails_the_run(glue, what):
    missing = f"s3://{glue.bucket}/none"
    if what == "script":
        run = glue.run("", Command={"Name": "glueetl", "ScriptLocation": missing})
    else:
        run = glue.run("pass", {"--extra-py-files": missing})
    assert run["JobRunState"] == "FAILED"
    assert missing in run["ErrorMessage"]
    assert "NoSuchKey" in run["ErrorMessage"]


def test_a_job_that_makes_a_glue_context_is_told_what_to_do_instead(glue):
    script = (
        "from awsglue.context import GlueContext\nfrom pyspark.context import SparkContext\nGlueContext(SparkContext())"
    )
    run = glue.run(script)
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("RuntimeError: GlueContext needs Glue's Scala library, which is not public")
    assert "SparkSession.builder.getOrCreate()" in run["ErrorMessage"]


def test_a_job_has_no_variable_of_the_users(glue):
    """Home, keys and settings are its own: what is found there would not be found on AWS."""
    found = json.loads(glue.log(glue.run("import json, os; print(json.dumps(dict(os.environ)))"))[0])
    assert run_folder(found["HOME"])
    known = (
        "AWS_",
        "PYTHON",
        "PYSPARK",
        "SPARK",
        "LOCAL_AWS_",
        "NO_PROXY",
        "no_proxy",
        "LANG",
        "LC_",
        "JAVA_HOME",
        "TMPDIR",
    )
    of_spark_submit = {"MASTER", "SHLVL", "PWD", "_", "OLD_PYTHONHASHSEED", "green_venv", "BASH_FUNC_green_java_fits%%"}
    others = {name for name in found if not name.startswith(known)}
    assert others - of_spark_submit == {"HOME", "PATH"}


def run_folder(path):
    return path.rpartition("/")[2].startswith("jr_")


def test_a_job_that_takes_more_memory_than_its_limit_is_ended(glue):
    settings = "spark.driver.memory=300m --conf spark.driver.memoryOverhead=300m"
    run = glue.run("import time\nmuch = bytearray(900 * 2**20)\ntime.sleep(1000)", {"--conf": settings})
    assert run["JobRunState"] == "FAILED"
    assert "is running beyond physical memory limits" in run["ErrorMessage"]
    assert "600 MB physical memory used" in run["ErrorMessage"]
    assert processes(run["Id"]) == set()


def stop(glue, name, run):
    answer = glue.client.batch_stop_job_run(JobName=name, JobRunIds=[run])
    assert answer["SuccessfulSubmissions"] == [{"JobName": name, "JobRunId": run}]
    return glue.wait(name, run)


def test_a_stopped_run_is_over_and_its_processes_are_gone(glue):
    name = glue.job("import subprocess\nprint('alive', flush=True)\nsubprocess.run(['sleep', '1000'])")
    run = glue.start(name)
    glue.wait(name, run, ["RUNNING"])
    wait_for(lambda: glue.log(glue.get(name, run)), lambda lines: lines == ["alive"])
    assert len(processes(run)) >= 3  # the supervisor, Spark's and the script's at least
    assert stop(glue, name, run)["JobRunState"] == "STOPPED"
    assert processes(run) == set()
    again = glue.client.batch_stop_job_run(JobName=name, JobRunIds=[run, "jr_none"])
    assert [error["ErrorDetail"]["ErrorCode"] for error in again["Errors"]] == [
        "InvalidInputException",
        "EntityNotFoundException",
    ]


def test_a_run_that_exceeds_its_timeout_is_ended(glue):
    name = glue.job(FOREVER)
    run = glue.wait(name, glue.start(name, Timeout=1))
    assert (run["JobRunState"], run["Timeout"]) == ("TIMEOUT", 1)
    assert "1 minutes" in run["ErrorMessage"]
    assert 60 / SPEED - 1 <= run["ExecutionTime"] < 60 / SPEED + 25
    assert processes(run["Id"]) == set()


@pytest.mark.parametrize(("given", "allowed"), [({}, 1), ({"ExecutionProperty": {"MaxConcurrentRuns": 2}}, 2)])
def test_no_more_runs_at_a_time_than_the_job_allows(glue, given, allowed):
    name = glue.job(FOREVER, **given)
    run, *_ = [glue.start(name) for _ in range(allowed)]
    with pytest.raises(ClientError) as error:
        glue.start(name)
    assert code(error) == "ConcurrentRunsExceededException"
    stop(glue, name, run)
    stop(glue, name, glue.start(name))


def test_update_replaces_the_definition_and_keeps_the_runs(glue):
    name = glue.job("print('old')", DefaultArguments={"--a": "1"}, Timeout=7)
    old = glue.start(name)
    glue.wait(name, old)
    made = glue.client.get_job(JobName=name)["Job"]["CreatedOn"]
    glue.client.update_job(JobName=name, JobUpdate=glue.definition("print('new')"))
    job = glue.client.get_job(JobName=name)["Job"]
    assert (job["DefaultArguments"], job["Timeout"], job["CreatedOn"]) == ({}, 480, made)
    run = glue.wait(name, glue.start(name))
    assert glue.log(run) == ["new"]
    listed = glue.client.get_job_runs(JobName=name)["JobRuns"]  # the newest first
    assert [(each["Id"], each["JobRunState"]) for each in listed] == [(run["Id"], "SUCCEEDED"), (old, "SUCCEEDED")]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"GlueVersion": "4.0"}, "5.1, 6.0"),
        ({"Command": {"Name": "pythonshell", "ScriptLocation": "s3://b/s.py"}}, "glueetl only"),
        ({"WorkerType": None, "NumberOfWorkers": None, "MaxCapacity": 10.0}, "WorkerType and NumberOfWorkers"),
    ],
)
def test_a_job_that_glue_or_this_account_would_not_run_is_refused(glue, more, said):
    asked = {name: value for name, value in glue.definition("pass", **more).items() if value is not None}
    with pytest.raises(ClientError, match=said) as error:
        glue.client.create_job(Name="refused", **asked)
    assert code(error) == "InvalidInputException"


def test_a_second_job_of_a_name_is_refused_and_an_unknown_one_not_found(glue):
    name = glue.job("pass")
    with pytest.raises(ClientError) as error:
        glue.client.create_job(Name=name, **glue.definition("pass"))
    assert code(error) == "AlreadyExistsException"
    for ask in (
        lambda: glue.start("none"),
        lambda: glue.get(name, "jr_none"),
        lambda: glue.client.update_job(JobName="none", JobUpdate=glue.definition("pass")),
    ):
        with pytest.raises(ClientError) as error:
            ask()
        assert code(error) == "EntityNotFoundException"


def table(glue, name):
    """A table in a database of its own; returns where it is."""
    glue.client.create_database(DatabaseInput={"Name": name})
    glue.client.create_table(DatabaseName=name, TableInput={"Name": "t", "Description": "0"})
    return {"DatabaseName": name, "Name": "t"}


def test_a_table_is_updated_from_its_newest_version_only(glue):
    where = table(glue, "versions")
    assert glue.client.get_table(**where)["Table"]["VersionId"] == "0"
    asked = {"DatabaseName": "versions", "VersionId": "0"}
    glue.client.update_table(**asked, TableInput={"Name": "t", "Description": "1"})
    with pytest.raises(ClientError) as error:
        glue.client.update_table(**asked, TableInput={"Name": "t", "Description": "lost"})
    assert code(error) == "ConcurrentModificationException"
    glue.client.update_table(DatabaseName="versions", TableInput={"Name": "t", "Description": "2"}, SkipArchive=True)
    now = glue.client.get_table(**where)["Table"]
    assert (now["VersionId"], now["Description"]) == ("2", "2")
    listed = glue.client.get_table_versions(DatabaseName="versions", TableName="t")["TableVersions"]
    assert sorted(version["VersionId"] for version in listed) == ["0", "2"]


def test_of_two_who_update_a_table_at_once_one_is_told(glue):
    where = table(glue, "race")

    def update(text):
        version = glue.client.get_table(**where)["Table"]["VersionId"]
        both_have_read.wait(timeout=60)
        try:
            glue.client.update_table(
                DatabaseName="race", TableInput={"Name": "t", "Description": text}, VersionId=version
            )
        except ClientError as error:
            return error.response["Error"]["Code"]
        return text

    both_have_read = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        done = set(pool.map(update, ("a", "b")))
    assert "ConcurrentModificationException" in done
    assert glue.client.get_table(**where)["Table"]["Description"] in done


def test_the_catalog_is_there(glue):
    glue.client.create_database(DatabaseInput={"Name": "somewhere"})
    assert glue.client.get_database(Name="somewhere")["Database"]["Name"] == "somewhere"


def zipped(name, text):
    memory = BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr(name, text)
    return memory.getvalue()
