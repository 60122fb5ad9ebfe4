"""What is read back from storage is not believed: one line that names the object, and nothing is removed. No Spark."""

import json
import os
from typing import Any

import pytest

from lake.__main__ import main
from lake.errors import LakeError
from lake.intake.plan import make_plan
from lake.intake.refusals import RefusalNote, RefusalNotes
from lake.operate.nightly import read_release
from lake.publication.receipt_book import ReceiptBook
from lake.version import code_version
from tests.lake.conftest import Place
from tests.lake.operate.handmade import HandMade

NO_RECORDS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "Expecting value"),
    "not UTF-8": (b'{"month": "\xff"}', "can't decode"),
    "deep": (b"[" * 200_000, "nested too deep"),
    "deep objects": (b'{"a":' * 200_000, "nested too deep"),
    "a list": (b"[]", "it should be an object, found a list"),
    "null": (b"null", "it should be an object, found null"),
    "a text": (b'"text"', 'it should be an object, found "text"'),
    "huge number": (b'{"generation": ' + b"9" * 10_000 + b"}", "a number of 10,000 digits"),
    "twice": (b'{"month": "2020-04", "month": "2020-05"}', "a field stands twice"),
    "NaN": (b'{"generation": NaN}', "NaN is not a number"),
    "Infinity": (b'{"generation": -Infinity}', "-Infinity is not a number"),
    "large": (b" " * (17 << 20), "17,825,792 bytes, at most"),
}
FILE = {"path": "run=now-00000001/month=2020-04/part-0.parquet", "rows": 10, "size": 10}


def _path(path: str) -> dict[str, Any]:
    return {"files": [{**FILE, "path": path}]}


FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "infinite": ({"generation": 1e999}, "Infinity"),
    "fraction": ({"generation": 1.0}, "generation should be a whole number, found 1.0"),
    "bool": ({"generation": True}, "generation should be a whole number, found true"),
    "generation 0": ({"generation": 0}, "generation should be a whole number from 1 on, found 0"),
    "too large": ({"generation": 2**63}, "generation should be a whole number from 1 on"),
    "negative": (
        {"counts": {"lines": -1, "published": 0}},
        "counts.lines should be a whole number from 0 on, found -1",
    ),
    "negative size": ({"files": [{**FILE, "size": -1}]}, "files[0].size should be a whole number"),
    "number as text": ({"counts": {"lines": "1", "published": 0}}, "counts.lines should be a whole number"),
    "null field": ({"run": None}, "run should be text, found null"),
    "no time": ({"published_at": "yesterday"}, "published_at should be a time with its zone"),
    "year 0": ({"published_at": "0000-01-01T00:00:00+00:00"}, "published_at should be"),
    "year 1": ({"published_at": "0001-01-01T00:00:00+14:00"}, "published_at should be"),
    "year 99999": ({"published_at": "99999-01-01T00:00:00+00:00"}, "published_at should be"),
    "year 9999": ({"published_at": "9999-12-31T23:59:59-14:00"}, "published_at should be"),
    "no zone": ({"published_at": "2020-06-01T03:00:00"}, "published_at should be"),
    "path up": (_path("../x"), "files[0].path should be run=NAME/"),
    "absolute": (_path("/etc/passwd"), "files[0].path should be"),
    "path out of its folder": (_path("run=a/month=2020-04/../../x"), "files[0].path should be"),
    "dots": (_path("run=../month=2020-04/part-0.parquet"), "files[0].path should be"),
    "backslash": (_path("run=a/month=2020-04/..\\x"), "files[0].path should be"),
    "control characters": (_path("run=a/month=2020-04/a\n\x1b[31m"), "files[0].path should be"),
    "line feed at the end": (_path("run=a/month=2020-04/a\n"), "files[0].path should be"),
    "another month's file": (_path("run=a/month=2020-05/part-0.parquet"), "names a file of another month"),
    "another month": ({"month": "2020-06", "files": [], "quarantine_files": []}, "2020-06"),
    "run up": ({"run": ".."}, "run should be the name of a run"),
    "no source": ({"source": []}, "source should be an object, found a list"),
    "file of no object": ({"files": [1]}, "files[0] should be an object, found 1"),
}


@pytest.fixture
def lake(local: Place) -> HandMade:
    """April and May."""
    lake = HandMade(local)
    for month in ("2020-04", "2020-05"):
        lake.publish("transformed", month, "now-00000001", rejects=1)
        lake.publish("aggregates", month, "now-00000001")
    return lake


@pytest.mark.parametrize("name", ["2020-04", "replaced/2020-04.1"])
@pytest.mark.parametrize("what", [*NO_RECORDS, *FIELDS])
def test_a_receipt_that_is_none_is_one_line_and_nothing_is_removed(lake, capsys, what, name):
    change, says = FIELDS.get(what, ({}, ""))
    body, says = NO_RECORDS.get(what) or (json.dumps({**lake.runs["transformed", "2020-04"], **change}).encode(), says)
    uri = lake.place.uri(f"transformed/_receipts/{name}.json")
    lake.put(f"transformed/_receipts/{name}.json", body)
    lake.put("transformed/run=killed-0123abcd/month=2020-04/part-0.parquet")
    before = lake.files()
    commands = [["expire", *lake.options, "--delete", "yes"]]
    commands += [["status", lake.options[0]]] if name == "2020-04" else []
    for command in commands:
        assert main(command) == 1
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)
        assert said.err.startswith(f"error: {uri}")
        assert says in said.err
    assert lake.files() == before
    if name == "2020-04":
        with pytest.raises(LakeError) as told:
            make_plan(lake.place.uri("raw"), lake.place.uri("transformed"))
        assert says in str(told.value)
    assert main(["verify", lake.options[0]]) == 1
    fault, *good = capsys.readouterr().out.splitlines()
    assert fault.startswith(uri)
    assert says in fault
    assert good == [
        f"{month}  as its receipt says: 1 files, 10 rows" for month in ("2020-04", "2020-05") if month != name
    ]


@pytest.mark.parametrize("what", [*NO_RECORDS])
def test_a_release_that_is_none_is_one_line(local, what):
    body, says = NO_RECORDS[what]
    local.put("release.json", body)
    with pytest.raises(LakeError) as told:
        read_release(local.folder)
    assert str(told.value).startswith(local.uri("release.json"))
    assert says in str(told.value)


NAME = "green_tripdata_2020-04.csv"
NOTE = {"name": NAME, "etag": "e", "code": "UNKNOWN_LAYOUT", "message": "m", "code_version": code_version()}
CHANGES: dict[str, dict[str, Any]] = {
    "elsewhere": {"name": "../_receipts/2018-01"},
    "of another file": {"name": "green_tripdata_2020-05.csv"},
    "of an unknown code": {"code": "NO_SUCH_CODE"},
    "of no name": {"name": ""},
    "of no text": {"message": 1},
}
NOTES = {what: body for what, (body, _) in NO_RECORDS.items()} | {
    what: json.dumps({**NOTE, **change}).encode() for what, change in CHANGES.items()
}


@pytest.mark.parametrize("what", NOTES)
def test_a_note_that_is_none_is_ignored_with_a_line_and_the_run_goes_on(local, capsys, what):
    local.put(f"transformed/_refused/{NAME}.json", NOTES[what])
    local.put(f"raw/{NAME}", b"header\n")
    plan = make_plan(local.uri("raw"), local.uri("transformed"))
    assert [*plan.due] == ["2020-04"]
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith(f"ignored: {local.uri('transformed/_refused')}")


def test_a_note_that_cannot_be_opened_is_ignored(local, capsys):
    local.put("transformed/_refused/a.json")
    os.symlink("nothing", local.uri("transformed/_refused/b.json"))
    assert RefusalNotes.of(ReceiptBook.at(local.uri("transformed"))).all() == {}
    assert capsys.readouterr().out.count("ignored: ") == 2


@pytest.mark.defect("long-name")
@pytest.mark.parametrize(
    "name",
    [NAME, "green_tripdata_2020-04" + "x" * 229, "green\ntripdata_2020-04.csv", "gr\u00fcn\udcff.csv", "\x1b[31m.csv"],
    ids=["plain", "251 bytes", "line feed", "not UTF-8", "escape"],
)
def test_the_note_of_any_name_is_kept_and_removed(local, name):
    notes = RefusalNotes.of(ReceiptBook.at(local.uri("transformed")))
    notes.write(RefusalNote(**{**NOTE, "name": name}))
    assert [*notes.all()] == [name]
    notes.remove(name)
    assert notes.all() == {}


def test_a_note_of_older_code_counts_and_is_removed(local):
    local.put(f"transformed/_refused/{NAME}.json", json.dumps(NOTE).encode())
    notes = RefusalNotes.of(ReceiptBook.at(local.uri("transformed")))
    assert notes.all() == {NAME: RefusalNote(**NOTE)}
    notes.remove(NAME)
    assert notes.all() == {}
    assert local.storage.list_folder(local.uri("transformed/_refused")) == []


def test_control_characters_in_a_receipt_do_not_reach_the_terminal(lake, capsys):
    layout = {"uri": "raw", "etag": "e", "layout": "\x1b[31m\nX"}
    receipt = {**lake.runs["transformed", "2020-04"], "source": layout}
    lake.put("transformed/_receipts/2020-04.json", json.dumps(receipt).encode())
    assert main(["status", lake.options[0]]) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert said.count("\n") == 2
