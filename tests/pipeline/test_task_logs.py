"""What tasks say lies in the bucket of logs, as the host's settings have it, and is read from there."""

TASK = "end_leftover_clusters"


def test_the_log_of_a_task_outlives_the_host(pipeline):
    night = pipeline.night()
    bucket = pipeline.where["logs"].removeprefix("s3://")
    prefix = f"airflow/dag_id=data_pipeline/run_id={night.run_id}/"
    keys = [entry["Key"] for entry in pipeline.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]]
    ran = {task for task, state in night.tasks.items() if state == "success"}
    assert ran <= {key.split("task_id=")[1].split("/")[0] for key in keys}
    for file in pipeline.airflow.home.glob(f"logs/**/task_id={TASK}/*.log"):
        file.unlink()  # the host is gone
    [key] = [key for key in keys if TASK in key]
    assert "DAG bundles loaded" in pipeline.get(f"s3://{bucket}/{key}").decode()
    assert "DAG bundles loaded" in pipeline.log(night, TASK)
