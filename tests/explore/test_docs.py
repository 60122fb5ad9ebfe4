"""The five lines of docs/explore.md, as they stand there; TLC's own file stands in for the download."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.explore.page import Page
from tests.jobs.lakes import ROOT
from tests.jobs.processes import run
from tests.needs import TLC

GUIDE = (ROOT / "docs" / "explore.md").read_text(encoding="utf-8")


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.needs("tlc")
def test_from_a_download_to_a_page_in_five_lines(tmp_path: Path):
    found = re.search(r"^## From a download to a page\n.*?^```\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert found
    lines = found[1].splitlines()
    assert len(lines) == 5
    for name in ("glue", "emr"):  # where the commands are given: in the checkout
        (tmp_path / name).symlink_to(ROOT / name)
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    for line in lines:
        if line.startswith("curl "):
            assert line.endswith("/trip-data/green_tripdata_2024-01.parquet")
            shutil.copyfile(
                TLC / "parquet" / "green_tripdata_2024-01.parquet",
                tmp_path / "data/raw/green/green_tripdata_2024-01.parquet",
            )
            continue
        done = run(["bash", "-c", line], cwd=tmp_path, PATH=path)
        assert (done.status, done.errors) == (0, []), done.err
    page = Page.of((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert page.rows["rides"] == [["2024-01-01", "56551", "3418", "957367.44", "1266922.59"]]


def test_the_commands_of_the_guide_are_commands():
    from lake.__main__ import COMMANDS

    named = set(re.findall(r"python -m lake ([a-z-]+)", GUIDE))
    assert {"report", "sql", "diff", "quarantine"} <= named <= set(COMMANDS)
