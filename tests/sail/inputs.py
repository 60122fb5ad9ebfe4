"""What both engines are given: a lake for each, with its raw folders."""

import shutil
from pathlib import Path

from data_samples import make_samples
from tests.bad_inputs import conftest as bad
from tests.needs import TLC
from tests.sail.both import NIGHTS
from tests.sail.generated import make_generated

SAMPLES, ODD, GENERATED, HEADS, REAL = "samples", "a b=c%20d+e:f ünï ✓", "generated", "heads", "real"
LAKES = (SAMPLES, ODD, GENERATED, HEADS, REAL)
OF_TLC = (HEADS, REAL)


def _night(base: Path, number: int = 0) -> Path:
    folder = base / f"{NIGHTS}{number}"
    folder.mkdir(parents=True)
    return folder


def make_inputs(folder: Path) -> None:
    """All of them."""
    make_samples(_night(folder / SAMPLES))
    odd = folder / ODD
    bad._write_previous(_night(odd))
    bad._write_cases(_night(odd, 1))
    make_generated(_night(folder / GENERATED))
    if TLC.is_dir():
        _heads(_night(folder / HEADS))
        for number, form in enumerate(("csv", "parquet")):
            shutil.copytree(TLC / form, _night(folder / REAL, number), dirs_exist_ok=True)


def _heads(folder: Path) -> None:
    """The first lines of each of the 83 files that TLC published as CSV."""
    for head in (TLC / "heads").iterdir():
        text = head.read_bytes()
        (folder / head.name).write_bytes(text[: text.rindex(b"\n") + 1])
