"""A new installation, into which nobody has put a file."""

import pytest


@pytest.fixture
def no_file(pipeline):
    """The raw folder is empty; what lay there is put back when the test is over."""
    bucket, _, prefix = f"{pipeline.where['raw']}/".removeprefix("s3://").partition("/")
    listed = pipeline.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    kept = {uri: pipeline.get(uri) for uri in (f"s3://{bucket}/{entry['Key']}" for entry in listed)}
    for uri in kept:
        pipeline.delete(uri)
    yield
    for uri, body in kept.items():
        pipeline.put(uri, body)


def test_a_night_without_any_file_looks_for_a_minute_and_is_green(pipeline, no_file):
    night = pipeline.night()
    assert (night.state, night.failed, night.started) == ("success", set(), {})
    assert {*night.tasks.values()} == {"success", "skipped"}
    assert {task for task, state in night.tasks.items() if state == "success"} == {
        *("end_leftover_clusters", "check_refused")
    }
