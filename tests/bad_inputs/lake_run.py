"""Runs the Glue job in this process, and reads what it left as any reader would: by the receipts."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from lake.jobs.run import run_job
from lake.jobs.trips import TRIPS_JOB
from lake.publication.receipt_book import ReceiptBook
from tests.engines import JOB_OPTIONS
from tests.jobs.lakes import Ran, captured


class Done(Ran):
    """A run that ended: its exit status, what it said, and the counts that it ended with."""

    @property
    def printed(self) -> str:
        """Everything it wrote to the terminal."""
        return self.out + self.err


@dataclass(frozen=True)
class Lake:
    """Three folders: raw files, trips, quarantine."""

    raw: Path
    transformed: Path
    quarantine: Path

    @classmethod
    def below(cls, folder: Path) -> "Lake":
        """A new lake in a folder."""
        lake = cls(folder / "raw" / "green", folder / "transformed" / "green", folder / "quarantine" / "green")
        lake.raw.mkdir(parents=True)
        return lake

    @property
    def locations(self) -> list[str]:
        """The three options that every run needs."""
        named = {"--raw": self.raw, "--transformed": self.transformed, "--quarantine": self.quarantine}
        return [text for name, folder in named.items() for text in (name, str(folder))]

    def run(self, *options: str) -> Done:
        """Runs the job on it."""
        return job([*self.locations, *JOB_OPTIONS, *options])

    def receipts(self) -> dict[str, dict[str, Any]]:
        """Each month's receipt as it lies there."""
        found = (self.transformed / "_receipts").glob("20*.json")
        return {file.stem: json.loads(file.read_bytes()) for file in sorted(found)}

    def receipt_bytes(self) -> dict[str, bytes]:
        """Each month's receipt, to the byte."""
        return {file.stem: file.read_bytes() for file in (self.transformed / "_receipts").glob("20*.json")}

    def refused(self) -> dict[str, dict[str, Any]]:
        """The records of refused files, by file name."""
        files = (self.transformed / "_refused").glob("*.json")
        records = [json.loads(file.read_bytes()) for file in files]
        return {record["name"]: record for record in records}

    def trips(self, month: str) -> Counter[tuple[object, ...]]:
        """The published rows of a month."""
        entry = ReceiptBook.at(str(self.transformed)).get(month)
        return Counter[tuple[object, ...]]() if entry is None else _rows(self.transformed, entry.receipt.files)

    def quarantined(self, month: str) -> Counter[tuple[object, ...]]:
        """Reasons, raw line and line number of what is in quarantine of a month."""
        entry = ReceiptBook.at(str(self.transformed)).get(month)
        if entry is None:
            return Counter()
        whole = _rows(self.quarantine, entry.receipt.quarantine_files)
        return Counter({row[:3]: number for row, number in whole.items()})


def job(options: Sequence[str]) -> Done:
    """Runs the Glue job with the session of this process."""
    argv = ["glue/nyc_raw_to_transform.py", *options]
    ran = captured(lambda: run_job(argv, TRIPS_JOB, "the job"))
    return Done(ran.status, ran.out, ran.err)


def _rows(root: Path, files: Sequence[Any]) -> Counter[tuple[object, ...]]:
    rows = Counter[tuple[object, ...]]()
    for file in files:
        table = pq.ParquetFile(root / file.path).read()
        columns = [column.to_pylist() for column in table.columns]
        found = list(zip(*columns, strict=True))
        assert len(found) == file.rows
        rows.update(tuple(tuple(value) if isinstance(value, list) else value for value in row) for row in found)
    return rows
