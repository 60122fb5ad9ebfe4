"""Everything is aggregated, and the load fails: table and log stay as they were, and no job is run again."""

import json
import re

import pytest

from tests.pipeline.nights import STARTS, until

NOT_RUN = {"upstream_failed", "skipped"}


@pytest.fixture(scope="module")
def refused(pipeline):
    """The first night of two months, in which Redshift refuses the load; before and after."""
    pipeline.put_month("2017-03", 100, 200)
    pipeline.put_month("2017-04", 7)
    before = pipeline.warehouse()
    pipeline.account.inject("redshift-data", "BatchExecuteStatement", "fail")
    return before, pipeline.night()


@pytest.fixture(scope="module")
def loaded(pipeline, refused):
    """The night after all that."""
    return pipeline.night()


@pytest.fixture
def broken_file(pipeline, refused):
    """A file of the manifest that comes after others, to be put back when the test is over."""
    [file] = [
        entry["url"]
        for entry in json.loads(pipeline.get(f"{pipeline.where['aggregates']}/_manifest.json"))["entries"]
        if "month=2017-04" in entry["url"]
    ]
    body = pipeline.get(file)
    yield file
    pipeline.put(file, body)


def assert_the_load_failed(pipeline, night, task, says, before):
    assert (night.state, night.failed) == ("failed", {task})
    assert says in pipeline.log(night, task)
    assert night.tasks["check_refused"] in NOT_RUN
    assert pipeline.live_clusters() == []
    assert pipeline.warehouse() == before


def test_redshift_refuses_the_statement(pipeline, refused):
    before, night = refused
    assert_the_load_failed(pipeline, night, "copy_to_redshift", "AccessDenied", before)
    assert night.started == {"StartJobRun": 1, "RunJobFlow": 1, "AddJobFlowSteps": 1}


def test_the_plan_of_the_load_fails(pipeline, refused, faulty):
    faulty.inject("glue", "GetPartitions", "fail")
    night = pipeline.night()
    assert_the_load_failed(pipeline, night, "plan_load", "nyc.green", refused[0])
    assert night.started == {}


def test_a_file_of_the_manifest_is_missing(pipeline, refused, broken_file):
    pipeline.delete(broken_file)
    night = pipeline.night()
    assert_the_load_failed(pipeline, night, "copy_to_redshift", "Mandatory url is not present", refused[0])
    assert f"{broken_file} is not there" in pipeline.log(night, "copy_to_redshift")
    assert night.started == {"BatchExecuteStatement": 1}


def test_a_file_of_the_manifest_has_another_length(pipeline, refused, broken_file):
    pipeline.put(broken_file, pipeline.get(broken_file) + b"more")
    night = pipeline.night()
    assert_the_load_failed(pipeline, night, "copy_to_redshift", "S3 Query Exception (Fetch)", refused[0])
    size = len(pipeline.get(broken_file))
    told = rf"{re.escape(broken_file)} has {size} bytes, \S+/_manifest.json says {size - 4}"
    assert re.search(told, pipeline.log(night, "copy_to_redshift"))
    assert night.started == {"BatchExecuteStatement": 1}


def test_the_next_night_loads_without_a_job(pipeline, loaded):
    assert (loaded.state, loaded.failed, loaded.started) == ("success", set(), {"BatchExecuteStatement": 1})
    assert (pipeline.rides("2017-03"), pipeline.rides("2017-04")) == ((2, "300.00"), (1, "7.00"))


def test_a_night_without_anything_new_starts_nothing(pipeline, loaded):
    before = pipeline.warehouse()
    night = pipeline.night()
    assert (night.state, night.failed, night.started) == ("success", set(), {})
    assert pipeline.warehouse() == before


def test_a_lost_answer_loads_once_and_a_last_look_that_fails_is_seen(pipeline, faulty):
    """Everything is done by then, so there is nothing for the next night."""
    pipeline.put_month("2018-02", 3)
    loads = len(pipeline.query("SELECT load_number FROM nyc.load_log"))
    faulty.inject("redshift-data", "BatchExecuteStatement", "lost")
    run_id = pipeline.begin()
    until(lambda: pipeline.tasks(run_id)["copy_to_redshift"], {"running", "deferred"}.__contains__, within=300)
    lake = pipeline.where["raw"].split("/")[2]  # not the bucket of logs, which remove_cluster may still list
    faulty.inject("s3", "ListObjectsV2", "fail", key=f"^{lake}")
    night = pipeline.end(run_id)
    assert (night.state, night.failed) == ("failed", {"check_refused"})
    assert "AccessDenied" in pipeline.log(night, "check_refused")
    assert night.started == dict.fromkeys(STARTS, 1)
    assert pipeline.rides("2018-02") == (1, "3.00")
    assert len(pipeline.query("SELECT load_number FROM nyc.load_log")) == loads + 1
    after = pipeline.night()
    assert (after.state, after.failed, after.started) == ("success", set(), {})
