"""What runs after what, under which rule, for how long."""

import copy
import runpy
from datetime import timedelta

import pytest
from airflow.sdk.exceptions import ParamValidationError

from lake.months import MONTH
from schemas.datasets import AGGREGATES

EDGES = {
    "end_leftover_clusters": {"find_pending"},
    "s3_sensor": {"find_pending"},
    "find_pending": {"glue_task", "create_emr_cluster", "plan_load"},
    "glue_task": {"find_stale"},
    "find_stale": {"create_emr_cluster", "plan_load"},
    "create_emr_cluster": {"add_steps", "remove_cluster"},
    "add_steps": {"watch_step"},
    "watch_step": {"plan_load", "remove_cluster"},
    "plan_load": {"copy_to_redshift"},
    "copy_to_redshift": {"check_refused"},
    "remove_cluster": set(),
    "check_refused": set(),
}
RULES = {
    # The branch decides whether they run; what was skipped before them does not, what failed does.
    "create_emr_cluster": "none_failed_min_one_success",
    "plan_load": "none_failed_min_one_success",
    "check_refused": "none_failed",  # also after a night in which all was skipped
    "remove_cluster": "all_done_setup_success",
}
DEFERRED = {"s3_sensor", "glue_task", "watch_step", "remove_cluster", "copy_to_redshift"}


def test_tasks_and_edges(pipeline):
    assert {task.task_id: task.downstream_task_ids for task in pipeline.tasks} == EDGES


def test_trigger_rules(pipeline):
    assert {task.task_id: task.trigger_rule for task in pipeline.tasks} == {
        name: RULES.get(name, "all_success") for name in EDGES
    }


def test_the_cluster_is_removed_by_a_teardown_whose_failure_is_the_runs(pipeline):
    remove = pipeline.get_task("remove_cluster")
    assert remove.is_teardown
    assert remove.on_failure_fail_dagrun
    assert [task.task_id for task in pipeline.tasks if task.is_setup] == ["create_emr_cluster"]


def test_a_run_is_alone_and_makes_up_for_nothing(pipeline):
    assert (pipeline.max_active_runs, pipeline.catchup) == (1, False)
    assert pipeline.timetable.expression == "0 3 * * *"


def test_all_timeouts_together_are_less_than_the_runs(pipeline):
    total = sum((task.execution_timeout for task in pipeline.tasks), timedelta())
    assert total == timedelta(minutes=115)
    assert total < pipeline.dagrun_timeout == timedelta(hours=2)


def test_tasks_that_wait_do_so_without_a_worker(pipeline):
    assert {task.task_id for task in pipeline.tasks if getattr(task, "deferrable", False)} == DEFERRED


def test_a_deferred_task_gives_up_before_its_timeout(pipeline):
    """Airflow's execution_timeout does not run while a task is deferred: the trigger's own limit must."""
    glue, step, remove = (pipeline.get_task(name) for name in ("glue_task", "watch_step", "remove_cluster"))
    budgets = {
        glue: glue.waiter_delay * glue.waiter_max_attempts,
        step: step.poke_interval * step.max_attempts,
        remove: remove.waiter_delay * remove.waiter_max_attempts,
        pipeline.get_task("s3_sensor"): pipeline.get_task("s3_sensor").timeout,
    }
    for task, seconds in budgets.items():
        assert 0 <= task.execution_timeout.total_seconds() - seconds <= 60, task.task_id


def test_what_was_published_is_told_to_other_dags(pipeline):
    outlets = {task.task_id: [asset.name for asset in task.outlets] for task in pipeline.tasks if task.outlets}
    assert outlets == {
        "glue_task": ["green_taxi_trips"],
        "watch_step": ["green_taxi_rides"],
        "copy_to_redshift": ["nyc.agg_green_rides_by_month", "nyc.agg_green_rides_by_hour"],
    }


def test_the_tables_are_those_that_the_tasks_load(staged):
    """A literal in the DAG, as parsing imports nothing of ours."""
    tables = runpy.run_path(str(staged / "data_pipeline.py"))["TABLES"]
    assert [*tables.items()] == [(aggregate.table.name, aggregate.location.name) for aggregate in AGGREGATES]


def test_a_month_is_spelled_as_the_jobs_spell_it(staged):
    found = runpy.run_path(str(staged / "data_pipeline.py"))["MONTH"]
    assert found == MONTH.pattern


def validated(dag, **given):
    params = copy.deepcopy(dag.params)
    params.update(given)
    return params.validate()


@pytest.mark.parametrize("months", [None, "", "2020-04", "2020-04,2021-01..2021-06", "2013-08..2021-07,2022-12"])
def test_months_that_the_jobs_take(pipeline, months):
    assert validated(pipeline, months=months)["months"] == months


def test_the_form_can_be_sent_as_it_is_opened(bag):
    """Airflow's form wants a value for each parameter whose type lacks null, and an empty text is none."""
    for dag in bag.dags.values():
        for name, param in dag.params.items():
            types = param.schema.get("type")
            may_be_empty = "null" in types if isinstance(types, list) else types is None
            assert may_be_empty or param.value not in (None, ""), name


def test_the_form_says_what_each_parameter_is(pipeline):
    for name in pipeline.params:
        param = pipeline.params.get_param(name)
        assert param.schema["title"], name
        assert param.description, name


@pytest.mark.parametrize(
    "wrong",
    [
        {"months": "2020-4"},
        {"months": "2020-13"},
        {"months": "2020-04, 2020-05"},
        {"months": "2020-04.."},
        {"months": "all of it"},
        {"months": 202004},
        {"rebuild": True},
        {"rebuild": "maybe"},
        {"glue_workers": 1},
        {"glue_workers": 51},
        {"glue_workers": "2"},
        {"glue_worker_type": "Standard"},
        {"emr_core_nodes": -1},
        {"emr_core_nodes": 51},
        {"emr_core_nodes": 1.5},
        {"emr_instance_type": "m7g"},
    ],
    ids=str,
)
def test_parameters_that_are_refused(pipeline, wrong):
    with pytest.raises(ParamValidationError):
        validated(pipeline, **wrong)
