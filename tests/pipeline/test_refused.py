"""A file that must be refused lies among others."""

import pytest

BAD = "green_tripdata_2018-01.csv"


@pytest.fixture
def bad_file(pipeline):
    """Not a file of TLC's; gone at the latest when the test is over, as it turns every night red."""
    uri = f"{pipeline.where['raw']}/{BAD}"
    pipeline.put(uri, b"colour,length\r\nred,3\r\n")
    yield uri
    pipeline.delete(uri)


def test_a_refused_file_keeps_the_run_red_and_the_others_are_loaded(pipeline, bad_file):
    pipeline.put_month("2017-09", 11, 22)
    pipeline.put_month("2017-11", 33)
    night = pipeline.night()
    assert (night.state, night.failed) == ("failed", {"check_refused"})
    assert f"{BAD}: refused" in pipeline.log(night, "check_refused")
    assert (pipeline.rides("2017-09"), pipeline.rides("2017-11")) == ((2, "33.00"), (1, "33.00"))
    assert "2018-01" not in pipeline.receipts("transformed")

    again = pipeline.night()
    assert (again.state, again.failed, again.started) == ("failed", {"check_refused"}, {})
    assert BAD in pipeline.log(again, "check_refused")

    pipeline.delete(bad_file)
    after = pipeline.night()
    assert (after.state, after.failed, after.started) == ("success", set(), {})


def test_a_night_of_refused_files_starts_a_cluster_only_for_what_is_left_to_aggregate(pipeline, bad_file, faulty):
    """Other files each night; what earlier nights have left undone is done, whatever is refused."""
    pipeline.delete(bad_file)
    pipeline.put_month("2018-03", 8, 9)
    faulty.inject("emr", "RunJobFlow", "fail")
    assert pipeline.night().failed == {"create_emr_cluster"}

    pipeline.put(bad_file, b"colour,length\r\nred,4\r\n")
    faulty.inject("redshift-data", "BatchExecuteStatement", "fail")
    night = pipeline.night()
    assert (night.failed, night.started) == (
        {"copy_to_redshift"},
        {"StartJobRun": 1, "RunJobFlow": 1, "AddJobFlowSteps": 1},
    )

    pipeline.put(bad_file, b"colour,length\r\nred,5\r\n")
    night = pipeline.night()
    assert (night.failed, night.started) == ({"check_refused"}, {"StartJobRun": 1, "BatchExecuteStatement": 1})
    assert f"{BAD}: refused" in pipeline.log(night, "check_refused")
    assert pipeline.rides("2018-03") == (2, "17.00")

    pipeline.put(bad_file, b"colour,length\r\nred,6\r\n")
    night = pipeline.night()
    assert (night.state, night.failed, night.started) == ("failed", {"check_refused"}, {"StartJobRun": 1})
    assert f"{BAD}: refused" in pipeline.log(night, "check_refused")
    assert night.tasks["plan_load"] == night.tasks["remove_cluster"] == "skipped"
