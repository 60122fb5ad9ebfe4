"""### Green taxi trips, every night: raw files → clean Parquet (Glue) → aggregates (EMR) → Redshift.

Begins at the first layer that has something to do; a night with nothing new starts no job and no cluster. Whatever failed
half-way, the next run completes: every layer is compared with its receipts, so there is nothing to repair by hand.

- **Parameters** for a manual run: `months` (`2020-04,2021-01..2021-06`, empty for all that is pending), `rebuild` (redo
  them, with `months` only), and the sizes of the job and the cluster.
- **On failure** the red task's log ends with the reason, below the job's own last lines. A red `check_refused` names files
  in `raw` that are refused and stays red until they are corrected or removed; everything else is loaded. A new run takes up
  the work; do not clear a single task of an old one.
- **Code**: `glue/`, `emr/`, `lake/` of the release that `deploy_entrypoints` put in place; SQL: `redshift/`.
- **Settings**: the Airflow variable `green_taxi`.
"""

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from airflow.providers.amazon.aws.operators.emr import (
    EmrAddStepsOperator,
    EmrCreateJobFlowOperator,
    EmrTerminateJobFlowOperator,
)
from airflow.providers.amazon.aws.operators.glue import GlueJobOperator
from airflow.providers.amazon.aws.operators.redshift_data import RedshiftDataOperator
from airflow.providers.amazon.aws.sensors.emr import EmrStepSensor
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.sdk import DAG, Asset, Context, Param, TriggerRule, chain, task
from airflow.sdk.types import RuntimeTaskInstanceProtocol

POLL = 5  # seconds between two looks at AWS
TABLES = {"agg_green_rides_by_month": "aggregates", "agg_green_rides_by_hour": "hours"}
"""What the step makes and Redshift holds: by table, the option and the setting that say where its files lie."""
MONTH = r"20[0-9]{2}-(0[1-9]|1[0-2])"
MONTHS = rf"^({MONTH}(\.\.{MONTH})?(,{MONTH}(\.\.{MONTH})?)*)?$"
PARAMS = {
    "months": Param(
        None,
        # Without null the form wants a text, and its Trigger button stays grey until there is one.
        type=["null", "string"],
        pattern=MONTHS,
        title="Months",
        description="Empty: all that is pending. Else YYYY-MM, from..to, joined by commas without spaces: "
        "2020-04,2021-01..2021-06",
    ),
    "rebuild": Param(
        "no",
        type="string",
        enum=["no", "yes"],
        title="Rebuild",
        description="yes: redo the months named above, also if they are published",
    ),
    "glue_worker_type": Param(
        "G.1X",
        type="string",
        enum=["G.1X", "G.2X", "R.1X", "R.2X"],
        title="Glue: worker type",
        description="A larger one, if the job ran out of memory: 2X has twice that of 1X, R twice that of G",
    ),
    "glue_workers": Param(
        2,
        type="integer",
        minimum=2,
        maximum=50,
        title="Glue: workers",
        description="2 to 50: an upper limit, below which Glue scales",
    ),
    "emr_instance_type": Param(
        "m7g.xlarge",
        type="string",
        pattern=r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$",
        title="EMR: instance type",
        description="Of all nodes, as m7g.xlarge",
    ),
    "emr_core_nodes": Param(
        2,
        type="integer",
        minimum=0,
        maximum=50,
        title="EMR: core nodes",
        description="0 to 50, apart from the primary node",
    ),
}

FIRST = {"trips": "glue_task", "aggregates": "create_emr_cluster", "load": "plan_load"}
"""By layer, the task that begins it."""
SETTINGS = "var.json.green_taxi"
FOUND = "ti.xcom_pull('find_pending', key='found')"
WHERE = "{{ " + SETTINGS + ".%s }}"
CLUSTER = "{{ ti.xcom_pull('create_emr_cluster') }}"
JOB_OPTIONS = {  # expressions
    "--months": "params.months or 'all'",
    "--rebuild": "params.rebuild",
    "--run": f"{FOUND}.run",
    "--refused": "'report'",  # check_refused tells, after everything else has been loaded
    "--catalog": f"{SETTINGS}.catalog",
}

# Rendered to what they evaluate to, not to text: counts are numbers, and there may be no core nodes or no subnet.
GLUE_RUN = "{{ dict(WorkerType=params.glue_worker_type, NumberOfWorkers=params.glue_workers, Timeout=38) }}"  # minutes
INSTANCES = """{{ dict(
    InstanceGroups=[dict(InstanceRole='MASTER', InstanceType=params.emr_instance_type, InstanceCount=1)]
        + ([dict(InstanceRole='CORE', InstanceType=params.emr_instance_type, InstanceCount=params.emr_core_nodes)]
            if params.emr_core_nodes else []),
    KeepJobFlowAliveWhenNoSteps=true,
    **(dict(Ec2SubnetId=var.json.green_taxi.emr_subnet) if var.json.green_taxi.emr_subnet else {})
) }}"""
TAGS = """{{ [
    dict(Key='airflow-dag', Value=dag.dag_id),
    dict(Key='airflow-run', Value=run_id),
    dict(Key='green-taxi-lake', Value=var.json.green_taxi.aggregates),
    dict(Key='for-use-with-amazon-emr-managed-policies', Value='true'),
] + var.json.green_taxi.get('tags', []) }}"""  # the last of these is what EMR's own policy for its service role asks for
# Driver and one executor fit into what YARN has of the smallest node (5.5 GB of 8); Spark adds executors as far as there is
# room. EMR's maximizeResourceAllocation makes an executor as large as a node: none fits beside the driver on the only one.
SIZES = "'--driver-memory', '2g', '--executor-memory', '2g', '--executor-cores', '2'"
# A table whose location is not set is not made. EMR's own boto3 may be too old for conditional writes: Spark unpacks the
# archive next to the driver, which inherits nothing of the instance's environment, and boto3 does not ask the instance for
# its region. A step that fails, fails once: YARN would run it again from the start.
STEP = f"""{{{{ [
    'spark-submit', '--deploy-mode', 'cluster', {SIZES}, '--py-files', {FOUND}.release.package,
    '--archives', {FOUND}.release.libraries ~ '#libraries', '--conf', 'spark.yarn.appMasterEnv.PYTHONPATH=libraries',
    '--conf', 'spark.yarn.appMasterEnv.AWS_DEFAULT_REGION=' ~ {FOUND}.region, '--conf', 'spark.yarn.maxAppAttempts=1',
    {FOUND}.release.emr_script, '--transformed', {SETTINGS}.transformed,
] {"".join(f"+ (['--{name}', {SETTINGS}.{name}] if {SETTINGS}.get('{name}') else [])" for name in TABLES.values())}
+ [{", ".join(f"'{option}', {value}" for option, value in JOB_OPTIONS.items())}] }}}}"""


def statements(tables: Collection[str]) -> list[str]:
    """The load of these tables, one transaction: what can fail comes before the first of them changes.

    To Airflow an item that ends in `.sql` is a file, any other a text. Redshift takes 40 in a batch: so seven tables.
    """
    loaded = "ti.xcom_pull('plan_load').tables"
    each = [
        f"{{% set table = '{table}' %}}{{% if table in {loaded} %}}{{% include 'redshift/{name}.sql' %}}"
        "{% else %}SELECT 1 -- its location is not set{% endif %}"
        for name in ("2_staging", "3_copy", "4_row_count", "5_delete", "6_insert")
        for table in tables
    ]
    return ["redshift/1_lock.sql", *each, "redshift/7_log.sql"]


def minutes(number: int) -> timedelta:
    """A timeout. Together they are less than dagrun_timeout, at which the teardown would be skipped."""
    return timedelta(minutes=number)


def polls(number: int) -> int:
    """How often a deferred task looks within so many minutes, half a minute spared to tell the end."""
    return (number * 60 - 30) // POLL


def callback(name: str) -> Callable[[Context], None]:
    """A function of pipeline_tasks, which parsing does not import."""
    return lambda context: getattr(import_module("pipeline_tasks"), name)(context)


with DAG(
    "data_pipeline",
    doc_md=__doc__,
    schedule="0 3 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=2),
    params=PARAMS,
    on_failure_callback=callback("notify_failure"),  # also of a run that is out of time
    default_args={
        "retries": 0,  # boto3 repeats calls; a job that failed is for the next run
        "aws_conn_id": None,  # boto3's own credentials, as the jobs and the tasks in Python have
        "botocore_config": {"retries": {"mode": "standard", "total_max_attempts": 5}},
    },
    tags=["green taxi"],
) as dag:

    @task(execution_timeout=minutes(5))
    def end_leftover_clusters(ti: RuntimeTaskInstanceProtocol) -> list[str]:
        """Ends what earlier runs left running: their worker died, or dagrun_timeout skipped their teardown."""
        from pipeline_tasks import end_clusters, settings

        return end_clusters(ti.dag_id, settings()["aggregates"], not_of_run=ti.run_id)

    s3_sensor = S3KeySensor(
        task_id="s3_sensor",
        bucket_key=WHERE % "raw" + "/*",
        wildcard_match=True,
        poke_interval=POLL,
        timeout=minutes(1),
        soft_fail=True,  # no file at all: there is nothing to do
        deferrable=True,
        execution_timeout=minutes(2),
    )

    @task.branch(execution_timeout=minutes(5))
    def find_pending(params: dict[str, Any], ti: RuntimeTaskInstanceProtocol) -> str | None:
        """Names the first task that has something to do; those after it follow."""
        from pipeline_tasks import choose_layer

        layer = choose_layer(ti, params["months"] or "", rebuild=params["rebuild"] == "yes")
        return FIRST[layer] if layer else None

    glue_task = GlueJobOperator(
        task_id="glue_task",
        job_name=WHERE % "glue_job",
        script_args={
            "--raw": WHERE % "raw",
            "--transformed": WHERE % "transformed",
            "--quarantine": WHERE % "quarantine",
            **{option: f"{{{{ {value} }}}}" for option, value in JOB_OPTIONS.items()},
        },
        run_job_kwargs=GLUE_RUN,
        render_template_as_native_obj=True,
        deferrable=True,
        waiter_delay=POLL,
        waiter_max_attempts=polls(40),
        execution_timeout=minutes(40),
        on_success_callback=callback("log_job_output"),
        on_failure_callback=callback("log_job_output"),
        outlets=[Asset("green_taxi_trips")],
    )

    @task.branch(execution_timeout=minutes(3))
    def find_stale(params: dict[str, Any], ti: RuntimeTaskInstanceProtocol) -> str | None:
        """Looks again: where all that was pending is refused, no aggregate is due, and no cluster is needed."""
        from pipeline_tasks import choose_layer_after_trips

        layer = choose_layer_after_trips(ti, params["months"] or "", rebuild=params["rebuild"] == "yes")
        return FIRST[layer] if layer else None

    create_emr_cluster = EmrCreateJobFlowOperator(
        task_id="create_emr_cluster",
        emr_conn_id=None,  # all of the cluster is here
        job_flow_overrides={
            "Name": WHERE % "stack" + " {{ dag.dag_id }} {{ run_id }}",  # by its beginning the alarms know their own
            "ReleaseLabel": WHERE % "emr_release",
            "Applications": [{"Name": "Spark"}],
            "Configurations": [
                {
                    "Classification": "spark-env",
                    "Configurations": [
                        {"Classification": "export", "Properties": {"PYSPARK_PYTHON": "/usr/bin/python3.11"}}
                    ],
                },
            ],
            "Instances": INSTANCES,
            "ServiceRole": WHERE % "emr_service_role",
            "JobFlowRole": WHERE % "emr_instance_profile",
            "SecurityConfiguration": WHERE % "emr_security_configuration",
            "LogUri": WHERE % "logs" + "/emr/",
            "AutoTerminationPolicy": {"IdleTimeout": 600},  # seconds: if Airflow is gone, it ends by itself
            "Tags": TAGS,
        },
        render_template_as_native_obj=True,
        execution_timeout=minutes(3),
        trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
        on_success_callback=callback("end_doubles"),
        on_failure_callback=callback("end_doubles"),
    )

    add_steps = EmrAddStepsOperator(
        task_id="add_steps",
        job_flow_id=CLUSTER,
        steps=[
            {
                "Name": WHERE % "catalog" + "_aggregations",
                "ActionOnFailure": "CONTINUE",  # remove_cluster ends it, and sees it end in order
                "HadoopJarStep": {"Jar": "command-runner.jar", "Args": STEP},
            }
        ],
        render_template_as_native_obj=True,
        execution_timeout=minutes(3),
    )

    watch_step = EmrStepSensor(
        task_id="watch_step",
        job_flow_id=CLUSTER,
        step_id="{{ ti.xcom_pull('add_steps')[0] }}",
        poke_interval=POLL,
        max_attempts=polls(30),
        timeout=minutes(30),
        deferrable=True,
        execution_timeout=minutes(30),
        on_success_callback=callback("log_job_output"),
        on_failure_callback=callback("log_job_output"),
        outlets=[Asset("green_taxi_rides")],
    )

    remove_cluster = EmrTerminateJobFlowOperator(
        task_id="remove_cluster",
        job_flow_id=CLUSTER,
        deferrable=True,
        waiter_delay=POLL,
        waiter_max_attempts=polls(8),
        execution_timeout=minutes(8),
        # EMR puts a step's log in place every five minutes, and the rest when the cluster ends.
        on_success_callback=callback("log_job_output"),
    ).as_teardown(setups=create_emr_cluster, on_failure_fail_dagrun=True)

    @task(execution_timeout=minutes(3), trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    def plan_load() -> dict[str, Any]:
        """The facts of the load, read at one moment."""
        from lake.operate.nightly import prepare_load
        from pipeline_tasks import settings

        return prepare_load(settings()).as_dict()

    copy_to_redshift = RedshiftDataOperator(
        task_id="copy_to_redshift",
        sql=statements(TABLES),
        workgroup_name=WHERE % "redshift_workgroup",
        database=WHERE % "redshift_database",
        deferrable=True,
        poll_interval=POLL,
        execution_timeout=minutes(10),
        on_failure_callback=callback("log_redshift_error"),
        outlets=[Asset(f"nyc.{table}") for table in TABLES],
    )

    @task(execution_timeout=minutes(3), trigger_rule=TriggerRule.NONE_FAILED)
    def check_refused(ti: RuntimeTaskInstanceProtocol) -> None:
        """Fails while a raw file is refused, and names it; else reports a good run to the alarms."""
        from pipeline_tasks import check_and_report

        check_and_report(ti)

    pending, stale, loading = find_pending(), find_stale(), plan_load()
    [end_leftover_clusters(), s3_sensor] >> pending >> [glue_task, create_emr_cluster, loading]
    glue_task >> stale >> [create_emr_cluster, loading]
    chain(create_emr_cluster, add_steps, watch_step, loading, copy_to_redshift, check_refused())
    watch_step >> remove_cluster
