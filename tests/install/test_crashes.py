"""What a night needs goes away in the middle of it: it recovers or is red, costs nothing afterwards, and the next completes."""

import subprocess

from tests.pipeline.nights import until

HELD = "create_emr_cluster"  # the task in the middle of which it happens


def begin_and_hold(pipeline, seconds):
    """A night whose task waits for the answer to a call that EMR has carried out; returns its id."""
    pipeline.account.inject("emr", "RunJobFlow", "late", seconds=seconds)
    run_id = pipeline.begin()
    until(lambda: pipeline.clusters(run_id), bool, within=300)
    assert pipeline.tasks(run_id)[HELD] == "running"
    return run_id


def assert_done_by_the_next(pipeline, night, month, rides):
    """Nothing of the night lives on in AWS, and whatever it has not done, the next one does."""
    for cluster in pipeline.clusters(night.run_id):
        assert pipeline.end_of(cluster["Id"]) == "TERMINATED: Terminated by user request"
    after = pipeline.night()
    assert (after.state, after.failed) == ("success", set())
    assert pipeline.rides(month) == rides
    assert pipeline.live_clusters() == []
    loads = pipeline.query("SELECT count(*), count(DISTINCT manifest_digest) FROM nyc.load_log")
    assert loads[0][0] == loads[0][1]


def test_the_worker_is_killed_in_the_middle_of_a_task(pipeline, host, faulty):
    """The service starts another, to which RabbitMQ gives the task that was not done: Airflow does not let it run twice."""
    pipeline.put_month("2017-01", 10, 20)
    run_id = begin_and_hold(pipeline, seconds=60)
    before = host.worker().pid
    host.kill_worker()
    night = pipeline.end(run_id)
    assert (night.state, night.failed) == ("failed", {HELD})
    assert_done_by_the_next(pipeline, night, "2017-01", (2, "30.00"))
    assert len(pipeline.clusters(run_id)) == 1
    assert host.worker().pid != before


def test_rabbitmq_is_restarted(pipeline, host, faulty):
    """It gives the task out again, as nobody said that it is done; the worker sees that it is at it, and goes on.

    Longer than the restart takes: Airflow fails a task that it cannot send.
    """
    pipeline.put_month("2017-02", 5, 6, 7)
    run_id = begin_and_hold(pipeline, seconds=45)
    assert host.unacknowledged() == 1
    subprocess.run(["service", "rabbitmq-server", "restart"], check=True, stdout=subprocess.DEVNULL)
    host.wait_until_well()
    night = pipeline.end(run_id)
    assert night.failed <= {HELD}
    assert_done_by_the_next(pipeline, night, "2017-02", (3, "18.00"))


def test_postgresql_is_restarted(pipeline, host, faulty):
    pipeline.put_month("2017-03", 1000)
    run_id = begin_and_hold(pipeline, seconds=30)
    subprocess.run(["service", "postgresql", "restart"], check=True, stdout=subprocess.DEVNULL)
    host.wait_until_well()
    night = pipeline.end(run_id)
    assert_done_by_the_next(pipeline, night, "2017-03", (1, "1000.00"))
