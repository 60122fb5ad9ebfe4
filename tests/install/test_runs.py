"""The DAGs through Celery and RabbitMQ."""

from tests.pipeline.nights import STARTS


def test_tasks_come_through_rabbitmq_and_run_at_the_same_time_in_processes_of_the_worker(first):
    assert (len(first.workers), first.unacknowledged) == (2, 2)


def test_a_night_is_green_and_its_rides_are_in_redshift(pipeline, first):
    night = first.night
    assert (night.state, night.failed, night.started) == ("success", set(), dict.fromkeys(STARTS, 1))
    assert pipeline.rides("2017-04") == (3, "6.00")
    assert (pipeline.account.faults(), pipeline.live_clusters()) == ([], [])
