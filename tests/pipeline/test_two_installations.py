"""Two installations in one account, each with an Airflow of its own: one after the other, for a machine of two cores."""

import pytest

from demo.account import prepare
from tests.pipeline.nights import installed

MINE, THEIRS = "2018-05", "2018-06"


@pytest.fixture
def other(shared, tmp_path):
    where = prepare(shared.environment, stack="green-taxi-dev")
    with installed(shared, tmp_path / "airflow", where, {}) as made:
        yield made


def test_two_installations_do_not_touch_each_other(pipeline, other):
    pipeline.put_month(MINE, 10, 20)
    other.put_month(THEIRS, 7)
    nights = [one.night() for one in (pipeline, other)]
    assert [night.state for night in nights] == ["success", "success"]
    assert (pipeline.rides(MINE), other.rides(THEIRS)) == ((2, "30.00"), (1, "7.00"))
    assert (pipeline.rides(THEIRS), other.rides(MINE)) == ((None, None), (None, None))
    for one, month, others in ((pipeline, MINE, THEIRS), (other, THEIRS, MINE)):
        partitions = one.glue.get_partitions(DatabaseName=one.where["catalog"], TableName="green")["Partitions"]
        months = {partition["Values"][0] for partition in partitions}
        assert month in months
        assert others not in months
        [step] = [
            step["Name"]
            for cluster in one.clusters()
            if cluster["Name"] == f"{one.where['stack']} data_pipeline {nights[one is other].run_id}"
            for step in one.emr.list_steps(ClusterId=cluster["Id"])["Steps"]
        ]
        assert step == f"{one.where['catalog']}_aggregations"
    assert [one.where["catalog"] for one in (pipeline, other)] == ["nyc", "nyc_green_taxi_dev"]
    assert pipeline.live_clusters() == []
