"""Where the parts of a lake lie: one by one, as a whole, or both."""

import pytest

from lake.__main__ import OPTIONS
from lake.errors import UsageError
from lake.jobs.options import COMMON
from lake.places import places_of
from schemas.datasets import AGGREGATES, LOCATIONS, PUBLISHED_TRIPS, QUARANTINED_LINES, RAW

RIDES, HOURS = (aggregate.location for aggregate in AGGREGATES[:2])


@pytest.mark.parametrize("lake", ["s3://bucket/lake", "s3://bucket/lake/"])
def test_a_lake_stands_for_all_its_parts(lake):
    assert places_of({"lake": lake}, [RAW, PUBLISHED_TRIPS.location, QUARANTINED_LINES.location, RIDES, HOURS]) == {
        "raw": "s3://bucket/lake/raw/green",
        "transformed": "s3://bucket/lake/transformed/green",
        "quarantine": "s3://bucket/lake/quarantine/green",
        "aggregates": "s3://bucket/lake/aggregate/agg-green-rides",
        "hours": "s3://bucket/lake/aggregate/agg-green-rides-by-hour",
    }


def test_no_location_is_named_like_another_option():
    taken = {option.name for option in COMMON} | set(OPTIONS)
    clash = taken & {location.name for location in LOCATIONS}
    assert not clash, f"--{', --'.join(clash)} exists: name the Location in schemas/datasets.py otherwise"


def test_a_bucket_is_a_lake_and_so_is_a_local_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert places_of({"lake": "s3://bucket"}, [RAW]) == {"raw": "s3://bucket/raw/green"}
    assert places_of({"lake": "."}, [RAW]) == {"raw": f"{tmp_path}/raw/green"}


def test_a_part_that_is_given_wins():
    assert places_of({"lake": "s3://b/l", "raw": "s3://other/files/"}, [RAW], [RIDES]) == {
        "raw": "s3://other/files",
        "aggregates": "s3://b/l/aggregate/agg-green-rides",
    }


def test_without_a_lake_an_optional_part_that_is_not_given_has_no_place():
    given = {"raw": "s3://b/raw", "hours": "", "lake": None}
    assert places_of(given, [RAW], [RIDES, HOURS]) == {"raw": "s3://b/raw"}


def test_all_parts_that_are_missing_are_named_at_once():
    with pytest.raises(UsageError, match=r"^missing: --raw, --aggregates; give a URI for each, or --lake URI for all"):
        places_of({"raw": None, "hours": "s3://b/h"}, [RAW, RIDES], [HOURS])


@pytest.mark.parametrize(
    ("raw", "rides"),
    [
        ("s3://b/x", "s3://b/x"),
        ("s3://b/x/", "s3://b/x/y"),
        ("s3://b/x/y", "s3://b/x"),
        ("s3://b", "s3://b/x"),
        ("/data", "/data/rides"),
        ("/", "/data"),
    ],
)
def test_two_parts_in_one_folder_or_one_in_another_are_wrong_usage(raw, rides):
    with pytest.raises(UsageError, match=r"lies in --(raw|aggregates) "):
        places_of({"raw": raw, "aggregates": rides}, [RAW, RIDES])


def test_folders_whose_names_begin_alike_are_two():
    given = {"aggregates": "s3://b/agg-green-rides", "hours": "s3://b/agg-green-rides-by-hour"}
    assert places_of(given, [RIDES, HOURS]) == given


@pytest.mark.parametrize("lake", ["s3://", "hdfs://host/lake", " "])
def test_a_lake_that_cannot_be_is_wrong_usage(lake):
    with pytest.raises(UsageError):
        places_of({"lake": lake}, [RAW])
