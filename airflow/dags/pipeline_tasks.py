"""What the tasks and callbacks of `data_pipeline` do themselves, where the provider has no operator.

Imported when they run, never when the DAG is parsed.
"""

import gzip
import logging
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook
from airflow.providers.amazon.aws.hooks.emr import EmrHook
from airflow.providers.amazon.aws.hooks.glue import GlueJobHook
from airflow.providers.amazon.aws.hooks.logs import AwsLogsHook
from airflow.providers.amazon.aws.hooks.redshift_data import RedshiftDataHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.notifications.sns import SnsNotifier
from airflow.sdk import Context, Variable
from botocore.exceptions import BotoCoreError, ClientError

from lake.errors import LakeError
from lake.operate import nightly
from lake.operate.health import read_health, unlike_before
from lake.operate.load_faults import UNKNOWN, load_faults
from lake.storage import normalise, storage_of

LIVE = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"]
LAST_LINES = 40
REASON = re.compile(r"error: |\d{4}-\d{2}  failed ")  # as the jobs begin the lines that say why they fail
FAILED = re.compile(r"(?:^|, error message: )Statement ([0-9a-f-]{36}) terminated with status ")  # the provider's words
COPY = re.compile(r"^COPY (?P<table>\w+)_staging$", re.MULTILINE)  # as redshift/3_copy.sql begins
GROUP_ENDS = "::endgroup::"  # Airflow folds what callbacks say away, in the group `Post Execute`

log = logging.getLogger(__name__)


def settings() -> dict[str, str]:
    """The Airflow variable `green_taxi`."""
    return Variable.get("green_taxi", deserialize_json=True)


def region() -> str:
    """Where Airflow's requests go, and so its clusters run."""
    name: str = EmrHook(aws_conn_id=None).conn.meta.region_name
    return name


def choose_layer(ti: Any, months: str, *, rebuild: bool) -> nightly.Layer | None:
    """The first layer with something to do; what the later tasks need to know is the XCom `found`.

    Raises:
        LakeError: Nothing is deployed, a month has no file, or the lake is older than what was made from it.
    """
    where = settings()
    release = nightly.read_release(where["artifacts"])
    loaded, generations = newest_load(where["redshift_workgroup"], where["redshift_database"])
    pending = nightly.find_pending(where, months, rebuild, loaded, generations)
    log.info(pending.why)
    found = {
        "release": release,
        "run": nightly.run_name(ti.run_id),
        "files": pending.files,
        "region": region(),
        "loaded": loaded,
    }
    ti.xcom_push("found", found)
    return pending.layer


def choose_layer_after_trips(ti: Any, months: str, *, rebuild: bool) -> nightly.Layer | None:
    """The next layer with something to do, now that the job of the trips has ended."""
    loaded = ti.xcom_pull(task_ids="find_pending", key="found")["loaded"]
    stale = nightly.find_stale(settings(), months, rebuild, loaded)
    log.info(stale.why)
    return stale.layer


def check_and_report(ti: Any) -> None:
    """Looks for raw files that are not published though this run, or an earlier one, has looked at them; reports a good run.

    Raises:
        LakeError: There are such files; it names them.
    """
    found = ti.xcom_pull(task_ids="find_pending", key="found") or {"files": {}}  # nothing, if that was skipped
    for line in unlike_before(settings(), found["files"]):
        log.warning("unlike the months before: %s", line)
    lines = nightly.unpublished(settings(), found["files"])
    if lines:
        raise LakeError(f"raw files that are not published: {'; '.join(lines)}")
    tell_health()


def tell_health() -> None:
    """Tells CloudWatch of a good run, for the alarms that ring when there is none (deploy/aws/templates/alarms.yaml).

    A run that finds no month's file in `raw` tells nothing: the folder may be another one, or have been emptied. If CloudWatch
    cannot be reached, the run still succeeds; the alarm rings when it hears nothing.
    """
    where = settings()
    health = read_health(where)
    if not health.raw_months:
        log.warning("no file of a month lies in %s: CloudWatch is not told of a good night", where["raw"])
        return
    figures = {"GoodNights": 1.0, "DaysWithoutNewMonth": health.days_without_new_month(datetime.now(UTC))}
    of = [{"Name": "Artifacts", "Value": where["artifacts"].removeprefix("s3://")}]
    data = [
        {"MetricName": name, "Value": value, "Dimensions": of} for name, value in figures.items() if value is not None
    ]
    try:
        cloudwatch: Any = AwsGenericHook(aws_conn_id=None, client_type="cloudwatch").conn
        cloudwatch.put_metric_data(Namespace="GreenTaxi", MetricData=data)
    except (BotoCoreError, ClientError) as error:
        log.error("CloudWatch was not told of this run: %s", error)


def end_clusters(
    dag_id: str, lake: str, *, of_run: str = "", not_of_run: str = "", spare: str | None = None
) -> list[str]:
    """Ends clusters that bear the tags of a DAG and a lake.

    The lake is a tag of its own, so that two installations in one account never end each other's clusters.

    Args:
        dag_id: The DAG that made them.
        lake: The location of its first aggregate, which stands for the lake.
        of_run: Only those of this run.
        not_of_run: Only those of other runs.
        spare: A cluster to leave alone.

    Returns:
        The ids of the clusters.
    """
    emr = EmrHook(aws_conn_id=None).conn
    ids = []
    for page in emr.get_paginator("list_clusters").paginate(ClusterStates=LIVE):
        for entry in page["Clusters"]:
            cluster = emr.describe_cluster(ClusterId=entry["Id"])["Cluster"]
            tags = {tag["Key"]: tag["Value"] for tag in cluster.get("Tags", [])}
            run = tags.get("airflow-run", "")
            ours = tags.get("airflow-dag") == dag_id and tags.get("green-taxi-lake") == lake
            if ours and entry["Id"] != spare and run != not_of_run and of_run in ("", run):
                log.warning("ending cluster %s of run %s", entry["Id"], run)
                ids.append(entry["Id"])
    for first in range(0, len(ids), 10):  # as many as TerminateJobFlows takes
        emr.terminate_job_flows(JobFlowIds=ids[first : first + 10])
    return ids


def newest_load(workgroup: str, database: str) -> tuple[str | None, int]:
    """The digest of the manifests that Redshift was loaded from, and their generations; None and 0 before the first load.

    Raises:
        RedshiftDataQueryFailedError: Redshift refused; without the objects of `deploy_entrypoints`, for example.
    """
    redshift = RedshiftDataHook(aws_conn_id=None)
    sql = "SELECT manifest_digest, generations FROM nyc.newest_load"
    output = redshift.execute_query(sql, database, workgroup_name=workgroup, poll_interval=1)
    records = redshift.conn.get_statement_result(Id=output.statement_id)["Records"]
    return (records[0][0]["stringValue"], records[0][1]["longValue"]) if records else (None, 0)


def end_doubles(context: Context) -> None:
    """Ends the clusters of this run but the one it uses: an answer to RunJobFlow was late or lost, and asked for again."""
    ti = context["ti"]
    used = ti.xcom_pull(task_ids=ti.task_id)
    end_clusters(ti.dag_id, settings()["aggregates"], of_run=ti.run_id, spare=used)


def log_job_output(context: Context) -> None:
    """Logs the last lines of what the job of a Glue task, or the step on the cluster of an EMR task, wrote.

    The provider logs states and error messages only. If the task has failed, the job's reason is the last line of all.
    """
    ti: Any = context["ti"]
    if hasattr(ti.task, "job_flow_id"):
        found = list(step_output(ti.task.job_flow_id))
    else:
        found = list(glue_output(ti.task.job_name, ti.xcom_pull(task_ids=ti.task_id, key="glue_job_run_id")))
    failed = context.get("exception")
    if failed:
        log.info(GROUP_ENDS)
    for place, lines in found:
        if lines:
            log.info("the last lines of %s\n%s", place, "\n".join(lines[-LAST_LINES:]))
    if failed:
        log.error("%s failed: %s", ti.task_id, reason([line for _, lines in found for line in lines]) or failed)


def reason(lines: Sequence[str]) -> str:
    """Why a job failed, in its own words (`error: ...`, `2020-04  failed ...`); empty if it died without any."""
    return "; ".join(dict.fromkeys(line.removeprefix("error: ") for line in lines if REASON.match(line)))


def glue_output(job: str, run_id: str | None) -> Iterator[tuple[str, list[str]]]:
    """A run's standard output and error; of much, the last megabyte, which CloudWatch gives in one answer."""
    if run_id is None:  # it was never started
        return
    run = GlueJobHook(aws_conn_id=None).conn.get_job_run(JobName=job, RunId=run_id)["JobRun"]
    logs = AwsLogsHook(aws_conn_id=None).conn
    for kind in ("error", "output"):
        group = f"{run.get('LogGroupName') or '/aws-glue/jobs'}/{kind}"
        try:
            events = logs.get_log_events(logGroupName=group, logStreamName=run_id)["events"]
        except logs.exceptions.ResourceNotFoundException:
            continue
        yield f"{group} {run_id}", [line for event in events for line in event["message"].splitlines()]


def step_output(cluster_id: str) -> Iterator[tuple[str, list[str]]]:
    """The logs of a cluster's step and of its driver: those that EMR has already uploaded to LogUri.

    EMR does that every five minutes and when the cluster ends: what the task of the step does not find, the task that
    ends the cluster does.
    """
    cluster = EmrHook(aws_conn_id=None).conn.describe_cluster(ClusterId=cluster_id)["Cluster"]
    bucket, prefix = S3Hook.parse_s3_url(f"{cluster['LogUri'].rstrip('/')}/{cluster_id}/")
    logs = normalise(f"s3://{bucket}/{prefix}")
    storage = storage_of(logs)
    for file in storage.list_tree(logs):
        if re.search(r"/(steps/[^/]+|containers/.+_000001)/std(err|out)\.gz$", file.uri):
            try:
                body, _ = storage.read(file.uri) or (b"", "")
                lines = gzip.decompress(body).decode(errors="replace").splitlines()
            except (LakeError, OSError, EOFError, zlib.error) as error:  # EMR may be at it
                lines = [f"cannot be read: {error}"]
            yield file.uri, lines


def log_redshift_error(context: Context) -> None:
    """Logs why Redshift refused the load: its own words, and the figures that they may lack."""
    described = failed_statement(str(context.get("exception")))
    if described is None:
        return
    log.info(GROUP_ENDS)
    log.error("Redshift: %s", described.get("Error"))
    try:
        faults = faults_of_load(context["ti"].xcom_pull(task_ids="plan_load"), described)
    except Exception as error:  # what Redshift said stands above in any case
        faults = [f"what does not agree cannot be told: {error}"]
    for fault in faults:
        log.error("%s; nothing was loaded", fault)


def faults_of_load(load: Any, described: Mapping[str, Any]) -> list[str]:
    """What does not agree between a load that failed, its files and what Redshift holds."""
    where = settings()
    copied = {
        copy["table"]: step.get("ResultRows", UNKNOWN)
        for step in described.get("SubStatements", [])
        if step["Status"] == "FINISHED" and (copy := COPY.search(step["QueryString"]))
    }
    _, newest = newest_load(where["redshift_workgroup"], where["redshift_database"])
    return load_faults(load["tables"], load["generations"], copied, newest)


def failed_statement(exception: str) -> Mapping[str, Any] | None:
    """What the Data API says of the statement that failed, by the text of the provider's exception.

    After a deferral that text begins with the task's context, which names other things in the same form.
    """
    statement = FAILED.search(exception)
    if statement is None:
        return None
    return RedshiftDataHook(aws_conn_id=None).conn.describe_statement(Id=statement[1])


def notify_failure(context: Context) -> None:
    """Tells the topic of the settings, if they name one, that a run has failed."""
    topic = settings()["failure_topic"]
    if topic:
        dag_id, run_id, reason = context["dag"].dag_id, context["run_id"], context.get("reason", "failed")
        message = f"{dag_id} {run_id}: {reason}. The log of its first red task says why."
        SnsNotifier(aws_conn_id=None, target_arn=topic, subject=f"{dag_id} failed", message=message)(context)
