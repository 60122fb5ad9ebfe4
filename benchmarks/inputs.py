"""The input: raw files of layout C7, made once by `data_samples` and kept under build/bench."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.check import Expected, expected_totals
from benchmarks.contenders import ROOT
from schemas.layouts import FILE_PREFIX


@dataclass(frozen=True)
class Input:
    """The raw files and what is in them.

    Attributes:
        raw: The folder.
        files: How many files.
        size: Their bytes.
        expected: Their totals.
    """

    raw: Path
    files: int
    size: int
    expected: Expected


def make_input(rows: int, folder: Path) -> Input:
    """The raw files with so many rows, made where they are not there yet, and their totals.

    Raises:
        SystemExit: If the files do not hold so many rows.
    """
    raw = folder / "raw"
    if not raw.is_dir():
        print(f"input: making {rows:,} rows (once; kept until `make clean`)", flush=True)
        making = folder / "raw.part"  # renamed when complete, so an interrupted run leaves nothing that looks whole
        shutil.rmtree(making, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "data_samples", "--rows", str(rows), "--layout", "C7", str(making)]
        subprocess.run(command, cwd=ROOT, check=True)
        making.rename(raw)
    files = sorted(raw.glob(f"{FILE_PREFIX}*.csv"))
    expected = expected_totals(raw, folder / "expected.json")
    if expected.rows != rows:
        raise SystemExit(f"{raw.relative_to(ROOT)} holds {expected.rows:,} rows, not {rows:,}: remove it")
    warm(files)
    size = sum(file.stat().st_size for file in files)
    print(f"input: {rows:,} rows in {len(files)} files, {size / 1e6:,.0f} MB", flush=True)
    return Input(raw, len(files), size, expected)


def warm(files: list[Path]) -> None:
    """Reads the files once, so that no contender reads from a cold disk what the next finds in memory."""
    for file in files:
        with file.open("rb", buffering=0) as stream:
            while stream.read(2**22):
                pass
