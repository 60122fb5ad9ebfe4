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
