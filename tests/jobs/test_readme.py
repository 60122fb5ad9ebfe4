"""The commands that the README gives for one's own files, as they stand there."""

import re
import sys
from pathlib import Path

import pytest

from tests.jobs.lakes import ROOT, LakeFolder
from tests.jobs.processes import run

pytestmark = [pytest.mark.spark, pytest.mark.slow]
README = (ROOT / "README.md").read_text()


def block(heading: str, language: str = "") -> str:
    """The first block of code below a heading."""
    section = README.partition(f"## {heading}\n")[2]
    found = re.search(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_the_commands_for_own_files_publish_them_and_the_reader_finds_them(spark, tmp_path, monkeypatch, capsys):
    for name in ("glue", "emr"):  # where the commands are given: in the checkout
        (tmp_path / name).symlink_to(ROOT / name)
    LakeFolder(tmp_path / "data").csv("2020-04", rows=4)

    commands = [line for line in block("Run it on your own files").splitlines() if not line.startswith(("make", ". "))]
    assert len(commands) == 3
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    *jobs, status = [run(["bash", "-c", command], cwd=tmp_path, PATH=path) for command in commands]
    for job in jobs:
        assert (job.status, job.errors) == (0, []), job.err
        assert job.counts["published"] == ["2020-04"]
    assert status.status == 0
    assert re.fullmatch(r"2020-04 +4 rows  C7  generation 1\n", status.out)

    monkeypatch.chdir(tmp_path)
    exec(block("What you get", "python"), {})  # in the session of these tests: another takes twelve seconds to start
    assert "|           1|    4|" in capsys.readouterr().out
