"""What tasks say lies in the bucket of logs, as the host's settings have it, and is read from there."""


def test_the_log_of_a_task_outlives_the_host(pipeline):
    night = pipeline.night()
    bucket = pipeline.where["logs"].removeprefix("s3://")
    found = pipeline.s3.list_objects_v2(Bucket=bucket, Prefix=f"airflow/dag_id=data_pipeline/run_id={night.run_id}/")
    tasks = {entry["Key"].split("task_id=")[1].split("/")[0]: entry["Key"] for entry in found["Contents"]}
    assert {"end_leftover_clusters", "find_pending", "check_refused"} <= set(tasks)
    said = pipeline.get(f"s3://{bucket}/{tasks['end_leftover_clusters']}").decode()
    for file in pipeline.airflow.home.glob("logs/**/*task_id=end_leftover_clusters/*.log"):
        file.unlink(missing_ok=True)  # the host is gone
    assert said
    assert pipeline.log(night, "end_leftover_clusters")
