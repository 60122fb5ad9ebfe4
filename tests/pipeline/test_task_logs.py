"""What tasks say lies in the bucket of logs, as the host's settings have it, and is read from there."""

from tests.pipeline.nights import until

TASK = "end_leftover_clusters"


def test_the_log_of_a_task_outlives_the_host(pipeline):
    night = pipeline.night()
    bucket = pipeline.where["logs"].removeprefix("s3://")
    prefix = f"airflow/dag_id=data_pipeline/run_id={night.run_id}/"
    ran = {task for task, state in night.tasks.items() if state == "success"}
    keys = until(  # a log is sent when its task is over, and the night may be over before
        lambda: [one["Key"] for one in pipeline.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])],
        lambda found: ran <= {key.split("task_id=")[1].split("/")[0] for key in found},
    )
    for file in pipeline.airflow.home.glob(f"logs/**/task_id={TASK}/*.log"):
        file.unlink()  # the host is gone
    [key] = [key for key in keys if TASK in key]
    assert "DAG bundles loaded" in pipeline.get(f"s3://{bucket}/{key}").decode()
    assert "DAG bundles loaded" in pipeline.log(night, TASK)
