"""Files all of whose lines are strict are read as typed CSV, others as lines; and where that goes wrong, all as lines."""

from collections.abc import Callable
from typing import Any

import pytest

from lake.engines.sail import SailEngine
from tests.jobs.lakes import LakeFolder, fares

BAD = "this is not a trip"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read as typed CSV."""
    read, names = SailEngine.typed, list[str]()

    def spy(self: SailEngine, uris: list[str], *rest: Any) -> Any:
        names.extend(uri.rpartition("/")[2] for uri in uris)
        return read(self, uris, *rest)

    monkeypatch.setattr(SailEngine, "typed", spy)
    return names


def test_strict_files_are_read_as_typed_csv_and_no_others(lake: LakeFolder, typed: list[str]):
    strict, odd = lake.csv("2018-01", 5), lake.csv("2018-02", 4, more=[BAD])
    blank, cents = lake.csv("2018-03", 3, more=[""]), lake.csv("2018-04", 2)
    cents.write_text(cents.read_text().replace(".8", ".805"))
    alone = lake.csv("2018-05", 6)
    alone.write_bytes(alone.read_bytes().replace(b"\r\n", b"\r"))
    ran = lake.trips()
    assert (ran.status, ran.counts["rows"], ran.counts["quarantined"]) == (0, 20, 1)
    assert typed == [strict.name]
    assert odd.exists()
    assert blank.exists()
    assert fares(lake, "2018-01") == [10, 11, 12, 13, 14]
    [folder] = lake.transformed.glob("run=*")
    assert not folder.name.endswith(".1")


def _fails(frame: Any) -> Any:
    return frame.selectExpr("*", "raise_error('no') as x").drop("x").filter("raise_error('no') is null")


FAULTS: dict[str, Callable[[Any], Any]] = {
    "a row less": lambda frame: frame.limit(4),
    "a row twice": lambda frame: frame.unionByName(frame.limit(1)),
    "an error": _fails,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_where_that_goes_wrong_all_is_read_as_lines(lake: LakeFolder, monkeypatch: pytest.MonkeyPatch, fault: str):
    lake.csv("2018-01", 5)
    read = SailEngine.typed
    monkeypatch.setattr(SailEngine, "typed", lambda self, *rest: FAULTS[fault](read(self, *rest)))
    ran = lake.trips()
    assert (ran.status, ran.counts["rows"], ran.counts["refused"]) == (0, 5, {})
    assert fares(lake, "2018-01") == [10, 11, 12, 13, 14]
    assert lake.receipt("2018-01")["run"].endswith(".1")


def test_a_header_that_is_no_comment_is_none_for_lines_either(lake: LakeFolder):
    path = lake.csv("2018-01", 5)
    path.write_text(path.read_text().replace("VendorID", '"VendorID"', 1))
    ran = lake.trips()
    assert (ran.status, ran.counts["rows"]) == (0, 5)
