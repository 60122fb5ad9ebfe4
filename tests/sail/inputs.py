"""What both engines are given: a lake for each, with its raw folders."""

import shutil
from pathlib import Path

from data_samples import make_samples
from tests.bad_inputs import conftest as bad
from tests.needs import TLC
from tests.sail.both import NIGHTS
from tests.sail.generated import make_generated


def _night(base: Path, number: int = 0) -> Path:
    folder = base / f"{NIGHTS}{number}"
    folder.mkdir(parents=True)
    return folder


def make_inputs(folder: Path) -> None:
    """All of them."""
    make_samples(_night(folder / "samples"))
    odd = folder / "a b=c%20d+e:f ünï ✓"
    bad._write_previous(_night(odd))
    bad._write_cases(_night(odd, 1))
    make_generated(_night(folder / "generated"))
    if TLC.is_dir():
        _heads(_night(folder / "heads"))
        real = folder / "real"
        shutil.copy(TLC / "csv" / "green_tripdata_2020-04.csv", _night(real))
        for path in (TLC / "parquet").iterdir():
            shutil.copy(path, _night(real, 1) if not (real / f"{NIGHTS}1").exists() else real / f"{NIGHTS}1")


def _heads(folder: Path) -> None:
    """The first lines of each of the 83 files that TLC published as CSV."""
    for head in (TLC / "heads").iterdir():
        text = head.read_bytes()
        (folder / head.name).write_bytes(text[: text.rindex(b"\n") + 1])
