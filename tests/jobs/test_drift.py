"""A month that is unlike those before it is published, and told."""

import json
from pathlib import Path

import pytest

from tests.jobs.lakes import LakeFolder

pytestmark = pytest.mark.spark


def test_a_month_unlike_those_before_is_a_warning_and_no_refusal(
    spark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("lake.publication.drift.MIN_ROWS", 1)
    lake = LakeFolder(tmp_path)
    for number in range(1, 7):
        lake.csv(f"2018-0{number}", rows=4)
    first = lake.trips()
    assert (first.status, "warning" in first.out, "warnings" in first.counts) == (0, False, False)

    lake.csv("2018-07", rows=7)
    ran = lake.trips()
    assert ran.status == 0
    assert "2018-07  warning    7 rows; the 6 months before had 4 to 4\n" in ran.out
    assert ran.counts["warnings"] == {"2018-07": ["7 rows; the 6 months before had 4 to 4"]}
    assert json.loads((lake.transformed / "_receipts" / "2018-07.json").read_text())["counts"]["published"] == 7
