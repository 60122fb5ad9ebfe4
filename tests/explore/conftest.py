"""Fixtures: a lake made by hand, on a disk and in S3; a command of `python -m lake` in this process."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lake.__main__ import main
from tests.explore.handmade import Handmade


@pytest.fixture
def handmade(tmp_path: Path) -> Handmade:
    return Handmade(str(tmp_path / "lake"))


@pytest.fixture(params=["local", pytest.param("remote", marks=pytest.mark.s3)])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Handmade:
    """The test runs on a disk and on S3."""
    if request.param == "local":
        return Handmade(str(tmp_path / "lake"))
    return Handmade(f"s3://{request.getfixturevalue('bucket')}/lake")


@dataclass(frozen=True)
class Said:
    """What a command said."""

    status: int
    out: str
    err: str


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs `python -m lake` with some words; standard output is no terminal."""

    def run(*words: str) -> Said:
        capsys.readouterr()
        status = main(words)
        return Said(status, *capsys.readouterr())

    return run
