"""What `verify` finds: receipts that went back, that were made from what never was, or that do not fit together. No Spark."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lake.__main__ import main
from lake.operate.verification import history_faults
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Receipt
from tests.lake.conftest import Place
from tests.lake.operate.handmade import HandMade

KEPT = Path(__file__).parents[1] / "publication" / "receipts" / "trips-2020-03.json"


def receipt(generation: int, *, of: str = "") -> Receipt:
    """A generation of a month; `of` is the run that it says it replaced, if not that of the one before."""
    first = Receipt.from_json(KEPT.read_bytes(), "")
    before = {"run": of or f"run-{generation - 1}", "etag": "token"}
    return replace(first, generation=generation, run=f"run-{generation}", previous=before if generation > 1 else None)


@pytest.mark.parametrize(
    ("replaced", "now", "says"),
    [
        ([], receipt(1), []),
        ([], receipt(4), []),  # from before receipts were kept
        ([receipt(1), receipt(2)], receipt(3), []),
        ([receipt(3)], receipt(4), []),
        ([receipt(1)], receipt(3), []),  # older code published in between, which keeps none
        ([receipt(1), receipt(3)], receipt(4), []),
        ([receipt(1)], receipt(2, of="other"), ["2020-03.1.json is of run run-1, but its successor replaced another"]),
    ],
    ids=["first", "no history", "whole", "begins late", "gap at its end", "gap within", "another run"],
)
def test_the_history_of_a_month(tmp_path, replaced, now, says):
    found = history_faults(ReceiptBook.at(str(tmp_path)), now, replaced)
    assert len(found) == len(says)
    for problem, text in zip(found, says, strict=True):
        assert problem.startswith(f"{tmp_path}/_receipts/replaced/{text}")


@pytest.fixture
def lake(local: Place) -> HandMade:
    """April: the second generation of the trips, of which the first rides were made."""
    lake = HandMade(local)
    lake.publish("transformed", "2020-04", "first-00000001")
    lake.publish("transformed", "2020-04", "second-00000002", rejects=1)
    lake.publish("aggregates", "2020-04", "first-00000001")
    return lake


def _edit(root: str, **change: object):
    def harm(lake: HandMade) -> None:
        receipt = {**lake.runs[root, "2020-04"], **change}
        lake.put(f"{root}/_receipts/2020-04.json", json.dumps(receipt).encode())

    return harm


def _source(run: str, generation: int):
    return _edit("aggregates", source={"uri": "trips", "etag": run, "generation": generation})


def _put_back(lake: HandMade) -> None:
    """The first receipt, from a copy."""
    uri = lake.place.uri("transformed/_receipts/replaced/2020-04.1.json")
    lake.put("transformed/_receipts/2020-04.json", Path(uri).read_bytes())
    lake.publish("transformed", "2020-04", "third-00000003")
    lake.put("transformed/_receipts/2020-04.json", Path(uri).read_bytes())


def _name_a_file_twice(lake: HandMade) -> None:
    [file] = lake.runs["transformed", "2020-04"]["files"]
    _edit("transformed", files=[file, file], counts={"lines": 21, "published": 20, "quarantined": 1})(lake)


def _lose(lake: HandMade) -> None:
    lake.place.storage.delete(lake.place.uri("transformed/_receipts/2020-04.json"))


def _aggregate_older_trips(lake: HandMade) -> None:
    lake.publish("aggregates", "2020-04", "second-00000002")
    _source("first-00000001", 1)(lake)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (_put_back, "is of generation 1, but 2020-04.2.json was replaced: receipts were lost"),
        (_name_a_file_twice, "its receipt names a file twice"),
        (_lose, "is gone, but 2020-04.1.json was replaced: receipts were lost"),
        (
            _edit("transformed", published_at="2999-01-01T00:00:00+00:00"),
            "published at 2999-01-01T00:00:00+00:00, which is",
        ),
        (
            _edit("transformed", counts={"lines": 12, "published": 10, "quarantined": 1}),
            "accounts for its 12 lines wrongly",
        ),
        (_edit("transformed", counts={"lines": 9, "published": 9}), "the files have 10 rows, counted are 9"),
        (_edit("transformed", quarantine_files=[]), "the quarantine's files have 0 rows, counted are 1"),
        (_edit("transformed", run="other-00000009"), "its receipt is of run other-00000009, and names run=second"),
        (_edit("transformed", previous={"run": "other"}), "2020-04.1.json is of run first-00000001, but its successor"),
        (_source("second-00000002", 3), "made from generation 3, run second-00000002, which trips never had"),
        (_source("other-00000009", 2), "made from generation 2, run other-00000009, which trips never had"),
        (_aggregate_older_trips, "was made from generation 2, its successor from the older 1"),
    ],
)
def test_what_is_wrong_is_a_line_and_status_1(lake, capsys, harm, says):
    harm(lake)
    assert main(["verify", *lake.options]) == 1
    assert says in capsys.readouterr().out


@pytest.mark.parametrize("source", [("second-00000002", 2), ("first-00000001", 1), ("of-older-code", 0)])
def test_what_is_in_order_is_status_0(lake, capsys, source):
    _source(*source)(lake)
    lake.place.storage.delete(lake.place.uri("transformed/_receipts/replaced/2020-04.1.json"))  # older code kept none
    assert main(["verify", *lake.options]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "2020-04  as its receipt says: 1 files, 10 rows",
        "2020-04  as its receipt says: 1 files, 10 rows  agg_green_rides_by_month",
    ]
