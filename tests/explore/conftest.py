"""Fixtures: a lake made by hand, on a disk and in S3; a command of `python -m lake` in this process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lake.__main__ import main
from tests.explore.handmade import Handmade
from tests.jobs.lakes import Ran, captured


@pytest.fixture
def handmade(tmp_path: Path) -> Handmade:
    return Handmade(str(tmp_path / "lake"))


@pytest.fixture(params=["local", pytest.param("remote", marks=pytest.mark.s3)])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Handmade:
    """The test runs on a disk and on S3."""
    if request.param == "local":
        return Handmade(str(tmp_path / "lake"))
    return Handmade(f"s3://{request.getfixturevalue('bucket')}/lake")


@pytest.fixture
def command() -> Callable[..., Ran]:
    """Runs `python -m lake` with some words; standard output is not a terminal."""
    return lambda *words: captured(lambda: main(words))
