"""What the tasks ask of AWS themselves, against a local account."""

import asyncio
import base64
import gzip
import importlib
import json
import shutil
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from local_aws import account

# A Parquet file: the column n, a BIGINT, with 1 and 2. What would write it is not in Airflow's environment.
TWO_ROWS = (
    "UEFSMRUAFSwVLCwVBBUAFQYVBhwAAAACAAAABAEBAAAAAAAAAAIAAAAAAAAAFQQZLDUAGAZzY2hlbWEVAgAVBCUCGAFuABYEGRwZHCYAHBUEGS"
    "UGABkYAW4VABYEFlIWUiYISRwVABUAFQIAPCkGGSYABAAAABZSFgQmCBZSACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZHBwA"
    "AAB6AAAAUEFSMQ=="
)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "redshift.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
LAKE = "s3://lake/aggregate/agg-green-rides"
WHERE = {
    "transformed": "s3://lake/transformed/green",
    "quarantine": "s3://lake/quarantine/green",
    "aggregates": LAKE,
    "logs": "s3://logs",
    "catalog": "nyc",
    "glue_role": "arn:aws:iam::123456789012:role/glue",
    "glue_version": "6.0",
}


@pytest.fixture(scope="module")
def local_aws():
    with account.start() as started, pytest.MonkeyPatch.context() as patch:
        for name, value in started.environment.items():
            patch.setenv(name, value)
        for bucket in ("artifacts", "logs"):
            boto3.client("s3").create_bucket(Bucket=bucket)
        yield started


@pytest.fixture
def modules(staged, local_aws, monkeypatch):
    """Imports what lies beside the DAGs, as a task does."""
    monkeypatch.syspath_prepend(staged)
    yield importlib.import_module
    for name in ("release_tasks", "pipeline_tasks"):
        sys.modules.pop(name, None)


@pytest.fixture
def deploy(modules):
    return modules("release_tasks")


@pytest.fixture
def clusters(modules):
    """Starts clusters; all are ended after the test."""
    emr, started = boto3.client("emr"), []

    def start(dag="data_pipeline", run="run-1", lake=LAKE):
        tags = {"airflow-dag": dag, "airflow-run": run, "green-taxi-lake": lake}
        answer = emr.run_job_flow(
            Name="test",
            LogUri="s3://logs/emr/",
            ReleaseLabel="emr-spark-8.1.0",
            Instances={
                "MasterInstanceType": "m7g.xlarge",
                "SlaveInstanceType": "m7g.xlarge",
                "InstanceCount": 1,
                "KeepJobFlowAliveWhenNoSteps": True,
            },
            ServiceRole="emr",
            JobFlowRole="emr-ec2",
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        started.append(answer["JobFlowId"])
        return answer["JobFlowId"]

    yield start
    emr.terminate_job_flows(JobFlowIds=started)


def live():
    listed = boto3.client("emr").list_clusters(ClusterStates=["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"])
    return {cluster["Id"] for cluster in listed["Clusters"]}


def test_clusters_of_earlier_runs_are_ended_and_no_other(modules, clusters):
    old = {clusters(run=f"run-{number}") for number in range(10, 21)}  # more than one TerminateJobFlows takes
    others = {
        clusters(run="run-3"),  # of this run: a retry of the task must spare it
        clusters(dag="another_dag"),
        clusters(lake="s3://another/lake"),  # another installation in the same account
    }
    assert set(modules("pipeline_tasks").end_clusters("data_pipeline", LAKE, not_of_run="run-3")) == old
    assert live() == others


def test_a_cluster_made_twice_by_one_run_is_ended_but_for_the_one_in_use(modules, clusters):
    lost, used, of_another = clusters(run="run-3"), clusters(run="run-3"), clusters(run="run-2")
    assert modules("pipeline_tasks").end_clusters("data_pipeline", LAKE, of_run="run-3", spare=used) == [lost]
    assert live() == {used, of_another}


def test_a_cluster_whose_maker_failed_is_ended(modules, clusters):
    lost = clusters(run="run-3")
    assert modules("pipeline_tasks").end_clusters("data_pipeline", LAKE, of_run="run-3", spare=None) == [lost]
    assert live() == set()


def test_a_release_is_uploaded_once(deploy, local_aws):
    first = deploy.upload_release("s3://artifacts")
    uploads = puts(local_aws)
    assert deploy.upload_release("s3://artifacts") == first
    assert puts(local_aws) == uploads
    assert first["package"] == f"s3://artifacts/releases/{first['release']}/nyc-green-taxi.zip"


def test_a_changed_script_is_another_release_and_the_old_one_stays(deploy, tmp_path):
    first = deploy.upload_release("s3://artifacts")
    changed = tmp_path / "artifacts"
    shutil.copytree(deploy.ARTIFACTS, changed)
    (changed / "nyc_aggregations.py").write_text("# changed\n")
    second = deploy.upload_release("s3://artifacts", changed)
    assert second["release"] != first["release"]
    body = boto3.client("s3").get_object(Bucket="artifacts", Key=f"releases/{first['release']}/nyc_aggregations.py")
    assert body["Body"].read() == (deploy.ARTIFACTS / "nyc_aggregations.py").read_bytes()


def test_the_release_that_counts_is_named_last_and_once(deploy):
    release = {"release": "abc", "code_version": "1"}
    assert deploy.publish_release("s3://artifacts", release) == "release abc"
    assert deploy.publish_release("s3://artifacts", release) == "unchanged"
    newer = {"release": "def", "code_version": "1"}
    assert deploy.publish_release("s3://artifacts", newer) == "release def"
    body = boto3.client("s3").get_object(Bucket="artifacts", Key="release.json")["Body"].read()
    assert json.loads(body) == newer


def test_the_job_is_created_then_left_alone_then_updated(deploy):
    release = {"glue_script": "s3://artifacts/releases/1/a.py", "package": "s3://artifacts/releases/1/a.zip"}
    first = deploy.job_definition(WHERE, release)
    second = deploy.job_definition(WHERE, {**release, "package": "s3://artifacts/releases/2/a.zip"})
    assert [deploy.put_job("nyc", wanted) for wanted in (first, first, second, second)] == [
        *("created", "unchanged", "updated", "unchanged")
    ]
    job = boto3.client("glue").get_job(JobName="nyc")["Job"]
    assert job["DefaultArguments"]["--extra-py-files"] == "s3://artifacts/releases/2/a.zip"
    assert (job["GlueVersion"], job["WorkerType"], job["NumberOfWorkers"]) == ("6.0", "G.1X", 2)


def test_one_changed_table_is_updated_and_the_others_left_alone(deploy):
    tables = {"green": "created", "green_quarantine": "created", "agg_green_rides_by_month": "created"}
    unchanged = dict.fromkeys(tables, "unchanged")
    assert deploy.put_tables(WHERE) == {"nyc": "created", **tables}
    assert deploy.put_tables(WHERE) == unchanged
    glue = boto3.client("glue")
    found: Any = glue.get_table(DatabaseName="nyc", Name="green")["Table"]
    told = ("Name", "Description", "TableType", "Parameters", "PartitionKeys", "StorageDescriptor")
    older: Any = {key: found[key] for key in told}
    older["StorageDescriptor"]["Columns"].pop()  # as it was before the contract had its last column
    glue.update_table(DatabaseName="nyc", TableInput=older)
    assert deploy.put_tables(WHERE) == {**unchanged, "green": "updated"}
    assert deploy.put_tables(WHERE) == unchanged


def test_a_table_that_another_changes_meanwhile_is_not_overwritten(deploy, monkeypatch):
    from lake.errors import LakeError

    glue, compare = boto3.client("glue"), deploy.includes
    where = {"transformed": WHERE["transformed"], "catalog": "raced"}
    deploy.put_tables(where)
    theirs: Any = {"Name": "green", "Description": "theirs"}

    def includes(found, wanted):
        if "VersionId" in found:  # the table was read
            glue.update_table(DatabaseName="raced", TableInput=theirs)
            return False
        return compare(found, wanted)

    monkeypatch.setattr(deploy, "includes", includes)
    with pytest.raises(LakeError, match=r"^the Glue table raced\.green was changed by someone else in the meantime"):
        deploy.put_tables(where)
    assert glue.get_table(DatabaseName="raced", Name="green")["Table"]["Description"] == "theirs"


def after_deferral(bag, statement):
    """What the provider raises of a statement that was waited for in the triggerer: its own code, trigger and operator."""
    from airflow.providers.amazon.aws.triggers.redshift_data import RedshiftDataTrigger

    async def event():
        trigger = RedshiftDataTrigger(statement, "copy_to_redshift", poll_interval=1, aws_conn_id=None)
        return await anext(trigger.run())

    task = bag.dags["data_pipeline"].get_task("copy_to_redshift")
    context: Any = {
        "ti": {"id": uuid.uuid4()},
        "conf": "Statement of somebody",
    }  # Airflow's has more, and such an id first
    with pytest.raises(Exception, match="context: ") as raised:
        task.execute_complete(context, json.loads(json.dumps(asyncio.run(event()).payload)))
    return str(raised.value)


def test_redshifts_own_error_is_that_of_the_statement_that_failed(modules, bag):
    pipeline_tasks = modules("pipeline_tasks")
    with pytest.raises(Exception, match="FAILED") as raised:
        pipeline_tasks.newest_load("empty", "dev")  # where nothing was deployed
    statement = boto3.client("redshift-data").list_statements(Status="FAILED")["Statements"][0]["Id"]
    for text in (str(raised.value), after_deferral(bag, statement)):
        described = pipeline_tasks.failed_statement(text)
        assert (described["Id"], described["Error"]) == (statement, 'ERROR: relation "nyc.newest_load" does not exist')
    assert pipeline_tasks.failed_statement("the worker died") is None


@pytest.fixture
def run_sql(local_aws):
    """Runs batches in a workgroup that holds our objects."""
    from schemas.redshift import objects_sql

    data = boto3.client("redshift-data")

    def run(workgroup, *sqls):
        batch = data.batch_execute_statement(Sqls=list(sqls), WorkgroupName=workgroup, Database="dev")["Id"]
        wait_for(lambda: data.describe_statement(Id=batch)["Status"] == "FINISHED")

    def deployed(workgroup):
        run(workgroup, *objects_sql(set()))
        return lambda *sqls: run(workgroup, *sqls)

    return deployed


def test_the_figures_of_a_guard_are_logged_whatever_redshift_says(modules, bag, run_sql, monkeypatch, caplog):
    run_sql("guarded")(LOAD.format(1, 9, "newer"))
    settings = {"redshift_workgroup": "guarded", "redshift_database": "dev"}
    monkeypatch.setenv("AIRFLOW_VAR_GREEN_TAXI", json.dumps(settings))
    body = base64.b64decode(TWO_ROWS)
    entry = {"url": "s3://artifacts/guarded/n.parquet", "mandatory": True, "meta": {"content_length": len(body)}}
    s3, data = boto3.client("s3"), boto3.client("redshift-data")
    s3.put_object(Bucket="artifacts", Key="guarded/n.parquet", Body=body)
    s3.put_object(Bucket="artifacts", Key="guarded/_manifest.json", Body=json.dumps({"entries": [entry]}).encode())
    boto3.client("iam").create_role(RoleName="copy", AssumeRolePolicyDocument=TRUST)
    sqls = [
        "CREATE TEMP TABLE n_staging (n BIGINT)",
        "-- As redshift/3_copy.sql.\nCOPY n_staging\nFROM 's3://artifacts/guarded/_manifest.json'\n"
        "IAM_ROLE 'arn:aws:iam::123456789012:role/copy' FORMAT AS PARQUET MANIFEST",
        "SELECT CAST('nyc.n: rows in staging: ' || CAST(count(*) AS VARCHAR) AS BIGINT) FROM n_staging",
    ]
    statement = data.batch_execute_statement(Sqls=sqls, WorkgroupName="guarded", Database="dev")["Id"]
    wait_for(lambda: data.describe_statement(Id=statement)["Status"] == "FAILED")
    load = {"tables": {"n": {"manifest": "s3://artifacts/guarded/_manifest.json", "rows": 3}}, "generations": 8}
    ti = SimpleNamespace(xcom_pull=lambda task_ids: load)
    modules("pipeline_tasks").log_redshift_error({"exception": after_deferral(bag, statement), "ti": ti})
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "Redshift: Query #3 failed with ERROR: Invalid digit, Value 'n', Pos 0, Type: Long",
        "nyc.n: rows in the files: 2, in the receipts: 3; nothing was loaded",
        "a newer load is there: of 9 generations of receipts, this one of 8; nothing was loaded",
    ]


LOAD = "INSERT INTO nyc.load_log VALUES ({}, GETDATE(), {}, '{}', 0, 'r')"


def test_the_newest_load_is_read_with_its_generations(modules, run_sql):
    run, found = run_sql("loaded"), []
    for sql in ("SELECT 1", LOAD.format(1, 4, "first"), LOAD.format(2, 9, "second")):
        run(sql)
        found.append(modules("pipeline_tasks").newest_load("loaded", "dev"))
    assert found == [(None, 0), ("first", 4), ("second", 9)]


def test_a_lake_that_is_lost_stops_the_night_before_it_is_made_again(modules, run_sql, monkeypatch):
    from lake.errors import LakeError
    from lake.version import code_version

    run_sql("lost")(LOAD.format(1, 9, "digest"))
    place = "s3://artifacts/lost"
    where = {name: f"{place}/{name}" for name in ("artifacts", "raw", "transformed", "aggregates")}
    where.update(redshift_workgroup="lost", redshift_database="dev")
    monkeypatch.setenv("AIRFLOW_VAR_GREEN_TAXI", json.dumps(where))
    release = json.dumps({"code_version": code_version()}).encode()
    for key, body in (("artifacts/release.json", release), ("raw/green_tripdata_2020-04.csv", b"VendorID")):
        boto3.client("s3").put_object(Bucket="artifacts", Key=f"lost/{key}", Body=body)
    with pytest.raises(LakeError, match="from 9 generations of receipts, the lake has 0: receipts were lost"):
        modules("pipeline_tasks").choose_layer(SimpleNamespace(run_id="run-1"), "", rebuild=False)


def test_a_red_run_is_told_to_the_topic_if_there_is_one(modules, local_aws, bag, monkeypatch):
    sns, sqs = boto3.client("sns"), boto3.client("sqs")
    topic, queue = sns.create_topic(Name="failures")["TopicArn"], sqs.create_queue(QueueName="failures")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:failures")
    context = {"dag": bag.dags["data_pipeline"], "run_id": "run-1", "reason": "timed_out"}
    for named in ("", topic):
        monkeypatch.setenv("AIRFLOW_VAR_GREEN_TAXI", json.dumps({"failure_topic": named}))
        modules("pipeline_tasks").notify_failure(context)
    [message] = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert json.loads(message["Body"])["Subject"] == "data_pipeline failed"
    assert json.loads(message["Body"])["Message"].startswith("data_pipeline run-1: timed_out.")


@pytest.fixture
def night(modules, monkeypatch):
    """Ends a run in a lake of its own: with some raw files, the rows of months that are published, and what it took."""
    from lake.publication.receipt_book import ReceiptBook
    from lake.publication.receipts import Counts, DataFile, Receipt, Source

    def night(lake, raw, published=(), taken=()):
        place = f"s3://artifacts/{lake}"
        where = {**{name: f"{place}/{name}" for name in ("raw", "transformed")}, "artifacts": f"s3://{lake}"}
        monkeypatch.setenv("AIRFLOW_VAR_GREEN_TAXI", json.dumps(where))
        for name in raw:
            boto3.client("s3").put_object(Bucket="artifacts", Key=f"{lake}/raw/{name}", Body=b"VendorID")
        at = (datetime.now(UTC) - timedelta(days=3, hours=12)).isoformat()
        for month, rows in dict(published).items():
            file = DataFile(f"run=r/month={month}/part-0.parquet", rows, 1000)
            of = Source(f"{place}/raw/any", "etag")
            receipt = Receipt(month, "r", 1, None, 1, "c", at, of, (file,), Counts(lines=rows, published=rows))
            ReceiptBook.at(where["transformed"]).publish(receipt, None)
        modules("pipeline_tasks").check_and_report(
            SimpleNamespace(xcom_pull=lambda **_: {"files": taken} if taken else None)
        )

    return night


def told(lake):
    """The figures of a lake in CloudWatch, by name."""
    metrics = boto3.client("cloudwatch").list_metrics(Namespace="GreenTaxi")["Metrics"]
    of = [{"Name": "Artifacts", "Value": lake}]
    found = {}
    for name in sorted(one["MetricName"] for one in metrics if one["Dimensions"] == of):
        [point] = boto3.client("cloudwatch").get_metric_statistics(
            Namespace="GreenTaxi",
            MetricName=name,
            Dimensions=of,
            StartTime=datetime.now(UTC) - timedelta(hours=1),
            EndTime=datetime.now(UTC) + timedelta(hours=1),
            Period=86400,
            Statistics=["Maximum"],
        )["Datapoints"]
        found[name] = round(point["Maximum"], 1)
    return found


def test_a_good_run_is_told_with_the_days_since_a_new_month(night):
    night("told", ["green_tripdata_2020-04.csv"], {"2020-04": 1})
    assert told("told") == {"DaysWithoutNewMonth": 3.5, "GoodNights": 1.0}


def test_before_the_first_month_is_published_there_are_no_days_to_tell(night):
    night("first", ["green_tripdata_2020-04.csv"])
    assert told("first") == {"GoodNights": 1.0}


def test_a_run_that_finds_no_month_in_raw_is_not_a_good_one(night):
    night("emptied", ["README"], {"2020-04": 1})
    assert told("emptied") == {}


def test_a_run_that_names_a_refused_file_is_not_a_good_one(night):
    from lake.errors import LakeError

    with pytest.raises(LakeError, match="not published"):
        night("refused", ["green_tripdata_2020-04.csv", "green_tripdata_2020_05.csv"], {"2020-04": 1})
    assert told("refused") == {}


def test_a_month_unlike_those_before_is_a_warning_of_the_run_that_took_it(night, caplog):
    name = "green_tripdata_2020-07.csv"
    night("unlike", [name], {**{f"2020-0{number}": 2000 for number in range(1, 7)}, "2020-07": 9000}, {name: "etag"})
    assert "unlike the months before: 2020-07: 9,000 rows; the 6 months before had 2,000 to 2,000" in caplog.messages
    assert told("unlike") == {"DaysWithoutNewMonth": 3.5, "GoodNights": 1.0}


def test_a_run_that_cannot_be_told_stays_good(night, local_aws, caplog):
    local_aws.inject("monitoring", "PutMetricData", "fail", code="AccessDenied", status=403)
    night("silent", ["green_tripdata_2020-04.csv"], {"2020-04": 1})
    assert "CloudWatch was not told of this run" in caplog.text
    assert told("silent") == {}


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def puts(local_aws):
    return [call for call in local_aws.calls() if call["action"] == "PutObject"]


def test_the_lines_of_a_step_are_found_where_emr_puts_them(modules, clusters):
    cluster = clusters()
    script = "for i in $(seq 60); do echo line $i; done; echo the reason >&2; exit 3"
    step = {"Name": "sh", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["sh", "-c", script]}}
    emr = boto3.client("emr")
    [step_id] = emr.add_job_flow_steps(JobFlowId=cluster, Steps=[step])["StepIds"]
    wait_for(lambda: emr.describe_step(ClusterId=cluster, StepId=step_id)["Step"]["Status"]["State"] == "FAILED")
    of_yarn = "containers/application_1_0001/container_1_0001_01_00000"
    for container, text in (("1", b"of the driver"), ("2", b"of an executor")):
        key = f"emr/{cluster}/{of_yarn}{container}/stderr.gz"
        boto3.client("s3").put_object(Bucket="logs", Key=key, Body=gzip.compress(text))
    found = dict(modules("pipeline_tasks").step_output(cluster))
    assert {place.removeprefix(f"s3://logs/emr/{cluster}/"): lines for place, lines in found.items()} == {
        f"{of_yarn}1/stderr.gz": ["of the driver"],
        f"steps/{step_id}/stderr.gz": ["the reason"],
        f"steps/{step_id}/stdout.gz": [f"line {number}" for number in range(1, 61)],
    }


@pytest.mark.needs("jars")
def test_the_reason_of_a_glue_run_is_found_before_all_that_spark_says_at_its_end(modules, deploy):
    glue, s3 = boto3.client("glue"), boto3.client("s3")
    script = """
import sys
print("2020-04  failed     no space")
print("error: the reason", *range(100), sep="\\n", file=sys.stderr)
sys.exit("the end")
"""
    s3.put_object(Bucket="artifacts", Key="fails.py", Body=script.encode())
    wanted = deploy.job_definition(WHERE, {"glue_script": "s3://artifacts/fails.py", "package": ""})
    wanted["DefaultArguments"].pop("--extra-py-files")
    deploy.put_job("fails", wanted)
    run_id = glue.start_job_run(JobName="fails")["JobRunId"]
    wait_for(lambda: glue.get_job_run(JobName="fails", RunId=run_id)["JobRun"]["JobRunState"] == "FAILED")
    tasks = modules("pipeline_tasks")
    found = {place.split()[0]: lines for place, lines in tasks.glue_output("fails", run_id)}
    assert found["/aws-glue/jobs/output"] == ["2020-04  failed     no space"]
    assert "the end" in found["/aws-glue/jobs/error"]
    assert (
        tasks.reason([line for lines in found.values() for line in lines]) == "the reason; 2020-04  failed     no space"
    )


def test_a_run_that_was_never_started_has_no_lines(modules):
    assert list(modules("pipeline_tasks").glue_output("fails", None)) == []


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["WARN Utils: x", "error: s3://lake/raw: no right", "INFO end"], "s3://lake/raw: no right"),
        (["2020-04  published 3 rows", "2020-05  failed     no space", '{"run": 1}'], "2020-05  failed     no space"),
        (["error: a", "error: a", "error: b"], "a; b"),
        (["ERROR Executor: died", "a line about an error: none"], ""),
        ([], ""),
    ],
)
def test_the_reason_is_what_the_job_itself_calls_an_error(modules, lines, told):
    assert modules("pipeline_tasks").reason(lines) == told
