"""What `expire` deletes: only what is proven to be a replaced run of this lake. On both storages, without Spark."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lake.__main__ import main
from schemas.datasets import AGGREGATES
from tests.lake.conftest import Place
from tests.lake.operate.handmade import HandMade

PART = "month=2020-04/part-0.parquet"
OLD, NOW, LATER = (f"run={name}-0000000{number}" for number, name in enumerate(("old", "now", "later"), 1))
GONE = {f"{root}/{OLD}/{PART}" for root in ("transformed", "quarantine")}


@pytest.fixture
def lake(place: Place, monkeypatch: pytest.MonkeyPatch) -> HandMade:
    """April was published twice, with rejects, and aggregated after that. All of it is long past."""
    monkeypatch.setattr("lake.operate.expiry.grace_began", lambda grace: datetime(2050, 1, 1, tzinfo=UTC))
    lake = HandMade(place)
    lake.publish("transformed", "2020-04", OLD.removeprefix("run="), rejects=1)
    lake.publish("transformed", "2020-04", NOW.removeprefix("run="), rejects=2)
    lake.publish("aggregates", "2020-04", NOW.removeprefix("run="))
    return lake


def expire(lake: HandMade, *more: str) -> int:
    return main(["expire", *lake.options, "--delete", "yes", *more])


@pytest.mark.parametrize(
    "stray",
    [
        ".DS_Store",
        "notes.txt",
        f"{OLD}/.DS_Store",
        f"{OLD}/month=2020-04/.DS_Store",
        f"{OLD}/month=2020-04/part-0.csv",
        f"{OLD}/month=2020-04/deeper/part-0.parquet",
        f"{OLD}/month=2020-4/part-0.parquet",
        f"{OLD}/part-0.parquet",
        f"{NOW}/.DS_Store",
        "run=x/month=2020-04/part-0.parquet",
        f"copies/{OLD}/{PART}",
    ],
)
def test_what_no_run_writes_is_left_and_told(lake, capsys, stray):
    lake.put(f"transformed/{stray}")
    before = lake.files()
    assert expire(lake) == 0
    assert before - lake.files() == GONE
    unknown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("unknown")]
    assert unknown == [f"unknown  {lake.place.uri('transformed')}/{stray}"]


@pytest.mark.parametrize(
    "staged",
    [
        "_temporary/0/_temporary/attempt_1/month=2020-04/part-0.parquet",
        "__magic_job-1/tasks/a/part-0.pending",
        "_SUCCESS",
        "month=2020-05/part-0.parquet",
        "month=2020-05/.part-0.parquet.crc",
    ],
)
def test_what_a_killed_run_left_goes(lake, capsys, staged):
    lake.put(f"transformed/run=killed-0123abcd/{staged}")
    before = lake.files()
    assert expire(lake) == 0
    assert before - lake.files() == GONE | {f"transformed/run=killed-0123abcd/{staged}"}
    assert "unknown  " not in capsys.readouterr().out


def _swapped(lake: HandMade) -> list[str]:
    return [f"--quarantine={lake.place.uri('aggregates')}", f"--aggregates={lake.place.uri('quarantine')}"]


def _of_another_lake(lake: HandMade) -> list[str]:
    lake.put(f"other/run=other-00000001/{PART}", b"reject")
    return [f"--quarantine={lake.place.uri('other')}"]


def _without_a_published_file(lake: HandMade) -> list[str]:
    lake.place.storage.delete(lake.place.uri(f"transformed/{NOW}/{PART}"))
    return []


def _without_a_file_of_the_rides(lake: HandMade) -> list[str]:
    lake.place.storage.delete(lake.place.uri(f"aggregates/{NOW}/{PART}"))
    return []


def _with_a_file_cut_off(lake: HandMade) -> list[str]:
    lake.put(f"quarantine/{NOW}/{PART}", b"")
    return []


def _with_an_unreadable_receipt(lake: HandMade) -> list[str]:
    lake.put("aggregates/_receipts/2020-05.json", b"{}")
    return []


def _with_an_unreadable_replaced_receipt(lake: HandMade) -> list[str]:
    lake.put("transformed/_receipts/replaced/2020-04.1.json", b"")
    return []


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (_swapped, f"{NOW}/{PART} "),
        (_of_another_lake, f"other/{NOW}/{PART} is missing"),
        (_without_a_published_file, f"transformed/{NOW}/{PART} is missing"),
        (_without_a_file_of_the_rides, f"aggregates/{NOW}/{PART} is missing"),
        (_with_a_file_cut_off, f"quarantine/{NOW}/{PART} has 0 bytes instead of 6"),
        (_with_an_unreadable_receipt, "aggregates/_receipts/2020-05.json is not a receipt"),
        (_with_an_unreadable_replaced_receipt, "replaced/2020-04.1.json is not a receipt"),
    ],
)
def test_where_the_proof_fails_nothing_is_deleted(lake, capsys, harm: Callable[[HandMade], list[str]], says):
    more = harm(lake)
    before = lake.files()
    assert expire(lake, *more) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert says in said.err
    assert lake.files() == before


def test_what_was_replaced_within_the_grace_period_is_kept(lake):
    """So is what it was made from."""
    lake.publish("transformed", "2020-04", LATER.removeprefix("run="), "2050-01-02T00:00:00+00:00", rejects=1)
    before = lake.files()
    assert expire(lake) == 0
    assert before - lake.files() == GONE
    lake.publish("aggregates", "2020-04", LATER.removeprefix("run="), "2050-01-02T00:00:00+00:00")
    before = lake.files()
    assert expire(lake) == 0
    assert lake.files() == before


def test_an_aggregate_that_is_not_given_is_named_where_trips_go(lake, capsys):
    assert expire(lake) == 0
    unseen = ", ".join(f"--{aggregate.location.name}" for aggregate in AGGREGATES[1:])
    assert f"bytes; {unseen} not given: trips that it was made from are not kept" in capsys.readouterr().out
    assert expire(lake) == 0
    assert capsys.readouterr().out == "nothing has expired\n"


@pytest.mark.parametrize(
    ("link", "of_folder"),
    [
        ("run=x", True),
        ("run=link-0123abcd", True),
        (f"{OLD}/month=2020-05", True),
        ("run=link-0123abcd/month=2020-04/part-0.parquet", False),
        ("notes", True),
    ],
)
@pytest.mark.parametrize("to_published", [True, False], ids=["to what is published", "elsewhere"])
def test_a_link_is_never_followed(local, monkeypatch, capsys, link, of_folder, to_published):
    monkeypatch.setattr("lake.operate.expiry.grace_began", lambda grace: datetime(2050, 1, 1, tzinfo=UTC))
    lake = HandMade(local)
    lake.publish("transformed", "2020-04", NOW.removeprefix("run="))
    outside = Path(local.uri(f"transformed/{NOW}/month=2020-04" if to_published else "outside/month=2020-04"))
    outside.mkdir(parents=True, exist_ok=True)
    (outside / "part-0.parquet").touch()
    path = Path(local.uri(f"transformed/{link}"))
    path.parent.mkdir(parents=True, exist_ok=True)
    os.symlink(outside if of_folder else outside / "part-0.parquet", path)
    assert expire(lake) == 0
    assert (outside / "part-0.parquet").exists()
    assert path.is_symlink()
    assert capsys.readouterr().out.splitlines() == [f"unknown  {path}", "nothing has expired"]
