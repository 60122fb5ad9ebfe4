"""The samples, published by the jobs: every number on their page counted again by the engine, and lines mended and published."""

import csv
import io
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data_samples.samples import make_samples
from explore.report import page
from lake.operate.status import Lake
from lake.places import places_of
from lake.reader import quarantine, trips
from schemas.datasets import LOCATIONS
from tests.engines import readable
from tests.explore.page import Page
from tests.jobs.lakes import LakeFolder

pytestmark = [pytest.mark.spark, pytest.mark.slow]
RECEIPTS = (
    "source_month date, generation int, layout string, raw_file string, raw_bytes bigint, published_at string, lines bigint, "
    "header bigint, blank bigint, published bigint, quarantined bigint"
)
LAYOUTS = ("C1", "C6", "C8", "P1", "P3")  # every flag and reason is in one of them
FIGURES = ("months", "rides", "lines", "flags", "reasons", "zones", "hours", "way")


@pytest.fixture(scope="module")
def sampled(spark, tmp_path_factory: pytest.TempPathFactory) -> LakeFolder:
    lake = LakeFolder(tmp_path_factory.mktemp("samples"))
    make_samples(lake.raw, layouts=readable(LAYOUTS))
    assert lake.trips().status == lake.rides(*lake.further_options).status == 0
    return lake


@pytest.fixture(scope="module")
def shown(sampled: LakeFolder) -> Page:
    return Page.of(page(Lake(places_of({"lake": str(sampled.base)}, LOCATIONS))))


def receipt_row(path: Path) -> tuple[Any, ...]:
    """A receipt as it lies there, read apart from our code."""
    found = json.loads(path.read_text())
    source, counts = found["source"], found["counts"]
    name = Path(source["uri"]).name
    month = date.fromisoformat(f"{found['month']}-01")
    facts = (month, found["generation"], source["layout"], name, source["size"], found["published_at"])
    return (*facts, *(counts[name] for name in ("lines", "header", "blank", "published", "quarantined")))


@pytest.fixture(scope="module")
def counted(spark, sampled: LakeFolder) -> Any:
    """What the engine says to a SELECT of the page, which DuckDB drew; only the day of the week has another name there."""
    trips(spark, str(sampled.transformed)).createOrReplaceTempView("trips")
    quarantine(spark, str(sampled.transformed), str(sampled.quarantine)).createOrReplaceTempView("quarantine")
    receipts = [receipt_row(path) for path in (sampled.transformed / "_receipts").glob("*.json")]
    spark.createDataFrame(receipts, RECEIPTS).createOrReplaceTempView("receipts")

    def count(query: str) -> list[list[str]]:
        rows = spark.sql(re.sub(r"isodow\((\w+)\)", r"1 + pmod(weekday(\1), 7)", query)).collect()
        return [["" if value is None else str(value) for value in row] for row in rows]

    return count


@pytest.mark.parametrize("figure", FIGURES)
def test_every_number_is_what_the_engine_counts(shown: Page, counted: Any, figure: str):
    assert shown.rows[figure]
    assert shown.rows[figure] == counted(shown.checks[figure])


def test_no_figure_is_left_out(shown: Page):
    assert set(shown.rows) == set(shown.checks) == set(FIGURES)


def test_a_mended_line_is_published_by_the_next_run(spark, tmp_path: Path, command):
    lake = LakeFolder(tmp_path)
    make_samples(lake.raw, layouts=("C8",))
    lake.trips("--months", "2020-03")
    before = lake.receipt("2020-03")["counts"]
    rows = list(csv.DictReader(io.StringIO(command("quarantine", "2020-03", "--lake", str(tmp_path)).out)))
    [row] = [row for row in rows if row["found"] == "$12.50"]
    row["raw_line"] = row["raw_line"].replace("$12.50", "12.50")
    with (tmp_path / "edited.csv").open("w", newline="") as out:
        writer = csv.DictWriter(out, row)
        writer.writeheader()
        writer.writerow(row)

    mended, raw = tmp_path / "mended.csv", lake.raw / "green_tripdata_2020-03.csv"
    said = command(
        *("quarantine", "2020-03", "--lake", str(tmp_path)),
        *("--apply", str(tmp_path / "edited.csv"), "--out", str(mended)),
    )
    assert said.status == 0, said.err
    mended.replace(raw)
    assert lake.trips("--months", "2020-03").counts["published"] == ["2020-03"]

    after = lake.receipt("2020-03")
    assert after["generation"] == 2
    assert after["counts"]["published"] == before["published"] + 1
    assert after["counts"]["quarantined"] == before["quarantined"] - 1
    assert after["counts"]["lines"] == before["lines"]
