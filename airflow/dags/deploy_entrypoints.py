"""### Puts the code of the green taxi pipeline in place, and what it needs: Glue job, Glue tables, Redshift objects.

Takes what lies next to this file. Repeatable: what is as it should be is left alone, so a second run changes nothing, and
each task says what it changed. `data_pipeline` uses the new code from the last two tasks on: the Glue job's, then EMR's and
all else. A run that is between its first tasks and `glue_task` meanwhile mixes the two, so deploy while none is under way. To
go back, deploy the older files.
"""

from datetime import UTC, datetime, timedelta

from airflow.providers.amazon.aws.operators.redshift_data import RedshiftDataOperator
from airflow.sdk import DAG, Variable, chain, task

WHERE = "{{ var.json.green_taxi.%s }}"
REDSHIFT = {
    "workgroup_name": WHERE % "redshift_workgroup",
    "database": WHERE % "redshift_database",
    "deferrable": True,
    "poll_interval": 5,
}

with DAG(
    "deploy_entrypoints",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    default_args={
        "retries": 0,
        "execution_timeout": timedelta(minutes=5),
        "aws_conn_id": None,  # boto3's own credentials
        "botocore_config": {"retries": {"mode": "standard", "total_max_attempts": 5}},
    },
    tags=["green taxi"],
) as dag:

    @task
    def upload_release() -> dict[str, str]:
        """Uploads scripts and zip into a folder named after their content."""
        import release_tasks

        return release_tasks.upload_release(Variable.get("green_taxi", deserialize_json=True)["artifacts"])

    @task
    def glue_job(release: dict[str, str]) -> str:
        """Creates the Glue job, or updates it if it differs."""
        from release_tasks import job_definition, put_job

        where = Variable.get("green_taxi", deserialize_json=True)
        return put_job(where["glue_job"], job_definition(where, release))

    @task
    def glue_tables() -> dict[str, str]:
        """Creates the database and tables of the Glue catalog, or updates those that differ."""
        from release_tasks import put_tables

        return put_tables(Variable.get("green_taxi", deserialize_json=True))

    redshift_groups = RedshiftDataOperator(
        task_id="redshift_groups", sql="SELECT groname FROM pg_group", return_sql_result=True, **REDSHIFT
    )

    @task
    def redshift_sql(result: list[dict[str, list[list[dict[str, str]]]]]) -> list[str]:
        """The statements that make what Redshift lacks; each may be repeated."""
        from schemas.redshift import objects_sql

        return objects_sql({row[0]["stringValue"] for row in result[0]["Records"]})

    redshift_objects = RedshiftDataOperator(
        task_id="redshift_objects", sql=redshift_sql(redshift_groups.output), **REDSHIFT
    )

    @task
    def publish_release(release: dict[str, str]) -> str:
        """Names the release that counts: from here on `data_pipeline` uses it."""
        import release_tasks

        return release_tasks.publish_release(Variable.get("green_taxi", deserialize_json=True)["artifacts"], release)

    release = upload_release()
    job = glue_job(release)  # as late as may be: what fails before leaves the old code at work
    chain([glue_tables(), redshift_objects], job, publish_release(release))
