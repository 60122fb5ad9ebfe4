"""What a night loses sight of costs nothing for long: a run of Glue is not doubled, and a cluster is ended."""

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import psutil

from tests.pipeline.nights import STARTS, until

WORKER = "airflow worker -- LocalExecutor:"  # how LocalExecutor calls its processes, with the id of the task instance


def test_a_run_whose_answer_was_lost_is_not_doubled(pipeline, faulty):
    """The SDK asks again, and Glue refuses a second run beside the first; what that publishes, the next night takes."""
    pipeline.put_month("2017-10", 70, 80)
    faulty.inject("glue", "StartJobRun", "lost")
    night = pipeline.night()
    assert (night.state, night.failed, night.started) == ("failed", {"glue_task"}, {})
    assert "ConcurrentRunsExceededException" in pipeline.log(night, "glue_task")
    runs = until(pipeline.glue_runs, lambda found: found[0]["JobRunState"] in ("SUCCEEDED", "FAILED"), within=120)
    assert (runs[0]["JobRunState"], runs[0]["Arguments"]["--months"]) == ("SUCCEEDED", "all")
    night = pipeline.night()
    assert (night.state, night.failed, "StartJobRun" in night.started) == ("success", set(), False)
    assert pipeline.rides("2017-10") == (2, "150.00")


def test_an_answer_that_is_lost_costs_no_second_cluster(pipeline, faulty):
    """The SDK asks again, and gets another cluster; the task ends the one that nobody knows."""
    pipeline.put_month("2017-05", 4, 4)
    faulty.inject("emr", "RunJobFlow", "lost")
    night = pipeline.night()
    assert (night.state, night.failed) == ("success", set())
    used, lost = (pipeline.ended(cluster["Id"]) for cluster in pipeline.clusters(night.run_id))
    assert [pipeline.step_states(one["Id"]) for one in (used, lost)] == [["COMPLETED"], []]
    times = [one["Status"]["Timeline"]["EndDateTime"] for one in (used, lost)]
    [step] = pipeline.emr.list_steps(ClusterId=used["Id"])["Steps"]
    assert times[1] < step["Status"]["Timeline"]["EndDateTime"] < times[0]
    assert pipeline.rides("2017-05") == (2, "8.00")


def test_a_cluster_whose_worker_died_is_ended_at_once(pipeline, faulty):
    """The task has not told its id to anybody. Airflow misses its heartbeat, and has its failure callback run elsewhere."""
    pipeline.put_month("2017-06", 1, 2, 3)
    faulty.inject("emr", "RunJobFlow", "late", seconds=60)
    run_id = pipeline.begin()
    [cluster] = until(lambda: pipeline.clusters(run_id), bool, within=300)
    pipeline.emr.put_auto_termination_policy(  # else it might idle for long enough before the callback has ended it
        ClusterId=cluster["Id"], AutoTerminationPolicy={"IdleTimeout": 6000}
    )
    kill_worker_of(pipeline.task_instance(run_id, "create_emr_cluster"))
    night = pipeline.end(run_id)
    assert (night.state, night.failed) == ("failed", {"create_emr_cluster"})
    assert night.tasks["remove_cluster"] in ("skipped", "upstream_failed")
    assert pipeline.end_of(cluster["Id"]) == "TERMINATED: Terminated by user request"
    night = pipeline.night()
    assert (night.state, night.failed, night.started.keys()) == ("success", set(), {*STARTS} - {"StartJobRun"})
    assert pipeline.rides("2017-06") == (3, "6.00")


def test_a_teardown_that_fails_is_seen_and_its_cluster_ends_because_it_idles(pipeline, faulty):
    pipeline.put_month("2017-07", 9, 9, 9)
    faulty.inject("emr", "TerminateJobFlows", "fail")
    night = pipeline.night()
    assert (night.state, night.failed) == ("failed", {"remove_cluster"})
    assert "AccessDenied" in pipeline.log(night, "remove_cluster")
    assert pipeline.rides("2017-07") == (3, "27.00")
    [cluster] = pipeline.live_clusters()
    policy = pipeline.emr.get_auto_termination_policy(ClusterId=cluster)["AutoTerminationPolicy"]
    assert policy == {"IdleTimeout": 600}
    policy["IdleTimeout"] = 60  # a tenth of the wait
    pipeline.emr.put_auto_termination_policy(ClusterId=cluster, AutoTerminationPolicy=policy)
    assert pipeline.end_of(cluster) == "TERMINATED: Auto-terminated: the cluster was idle for IdleTimeout"


def test_a_cluster_of_a_night_that_ran_out_of_time_is_ended_by_the_next(pipeline, faulty):
    pipeline.put_month("2017-08", 50)
    run_id = pipeline.begin()
    [cluster] = until(lambda: pipeline.clusters(run_id), bool, within=300)
    faulty.inject("s3", "GetObject", "late", key="transformed/green/_receipts/2017-08", seconds=120)  # holds the step
    until(lambda: pipeline.step_states(cluster["Id"]), lambda found: found == ["RUNNING"], within=60)
    until(lambda: pipeline.tasks(run_id)["watch_step"], lambda state: state == "deferred", within=60)
    let_two_hours_pass(pipeline.airflow.home, run_id)
    night = pipeline.end(run_id)
    faulty.clear_faults()  # the step may not have come so far
    assert night.state == "failed"
    assert (night.tasks["watch_step"], night.tasks["remove_cluster"]) == ("skipped", "skipped")
    assert pipeline.live_clusters() == [cluster["Id"]]
    night = pipeline.night()
    assert (night.state, night.failed, night.started.keys()) == ("success", set(), {*STARTS} - {"StartJobRun"})
    assert pipeline.end_of(cluster["Id"]) == "TERMINATED: Terminated by user request"
    assert cluster["Id"] in pipeline.log(night, "end_leftover_clusters")
    assert pipeline.rides("2017-08") == (1, "50.00")


def let_two_hours_pass(home: Path, run_id: str) -> None:
    """For the scheduler, which looks at when a run began: it meets dagrun_timeout."""
    with closing(sqlite3.connect(home / "airflow.db", timeout=60)) as database, database:
        began = "UPDATE dag_run SET start_date = datetime(start_date, '-121 minutes') WHERE run_id = ?"
        assert database.execute(began, (run_id,)).rowcount == 1


def kill_worker_of(task_instance: str) -> None:
    """SIGKILLs the worker that watches over a task, then the task: nobody is left to tell what became of it."""
    [worker] = [
        process
        for process in psutil.Process().children(recursive=True)
        if title_of(process) == f"{WORKER} {task_instance}"
    ]
    tasks = worker.children()
    worker.kill()
    for task in tasks:
        os.killpg(task.pid, signal.SIGKILL)


def title_of(process: psutil.Process) -> str:
    """What a process calls itself; nothing if it has just ended."""
    try:
        return "".join(process.cmdline()[:1])
    except psutil.Error:
        return ""
