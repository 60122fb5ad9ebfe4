"""A lake made by hand: trips written by DuckDB, receipts by the lake's own book. No Spark, on a disk or in S3."""

import datetime as dt
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from explore.tables import column_type
from lake.intake.scan import fingerprint
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Counts, DataFile, Receipt, Source
from lake.storage import join, storage_of
from schemas.datasets import (
    AGGREGATES,
    PUBLISHED_TRIPS,
    QUARANTINED_LINES,
    DataSet,
)
from schemas.flags import ANY_FLAG, FLAGS
from tests.aggregates import counted
from tests.factories import TRIP

NAMES = {flag.name: False for flag in (*FLAGS, ANY_FLAG)}


def trip(month: str, **values: Any) -> dict[str, Any]:
    """A trip of a month, plain but for what is given."""
    first = dt.date.fromisoformat(f"{month}-01")
    pickup = dt.datetime(first.year, first.month, 6, 8, 15)
    return {
        **TRIP,
        **NAMES,
        "lpep_pickup_datetime": pickup,
        "lpep_dropoff_datetime": pickup + dt.timedelta(minutes=15),
        "source_file": f"green_tripdata_{month}.csv",
        "source_month": first,
        **values,
    }


@dataclass
class Handmade:
    """A lake.

    Attributes:
        base: Where it lies.
        published_at: Of the next receipt.
    """

    base: str
    published_at: str = "2026-11-01T04:00:00+00:00"
    runs: int = field(default=0, init=False)

    @property
    def option(self) -> list[str]:
        return ["--lake", self.base]

    def root(self, data_set: DataSet) -> str:
        return join(self.base, data_set.location.folder)

    def publish(
        self,
        month: str,
        trips: Sequence[Mapping[str, Any]],
        quarantined: Sequence[tuple[int | None, str, list[str]]] = (),
        *,
        layout: str = "C7",
        etag: str = "",
        aggregates: bool = True,
        source_file: str = "",
    ) -> None:
        """Publishes a month's trips, the lines that are none (number, text, reasons) and the aggregates."""
        self.runs += 1
        run = f"20261101T040000Z-{self.runs:08x}"
        name = source_file or f"green_tripdata_{month}.{'parquet' if layout.startswith('P') else 'csv'}"
        etag = etag or f"{self.runs:064x}"
        connection = duckdb.connect()
        self._table(connection, "trips", PUBLISHED_TRIPS, trips)
        rows = [
            {"reasons": reasons, "raw_line": line, "line_number": number, "source_file": name, "rules_version": 1}
            | {"source_month": f"{month}-01", "source_etag": etag}
            for number, line, reasons in quarantined
        ]
        self._table(connection, "quarantine", QUARANTINED_LINES, rows)
        files = self._write(connection, PUBLISHED_TRIPS, "SELECT * FROM trips", run, month)
        rejects = self._write(connection, QUARANTINED_LINES, "SELECT * FROM quarantine", run, month) if rows else ()
        reasons = [reason for _, _, found in quarantined for reason in found]
        counts = Counts(
            lines=len(trips) + len(rows) + 2,
            published=len(trips),
            header=1,
            blank=1,
            quarantined=len(rows),
            reasons={reason: reasons.count(reason) for reason in sorted(set(reasons))},
            flags={flag: sum(bool(row[flag]) for row in trips) for flag in NAMES},
        )
        source = Source(join(self.base, "raw/green", name), etag, 1000, layout)
        self._receipt(PUBLISHED_TRIPS, month, run, source, counts, files, rejects)
        for aggregate in AGGREGATES if aggregates else ():
            files = self._write(
                connection, aggregate, f"SELECT {counted(aggregate)} FROM trips GROUP BY ALL", run, month
            )
            found = self.book(PUBLISHED_TRIPS).get(month)
            generation = found.receipt.generation if found else 0
            source = Source(self.root(PUBLISHED_TRIPS), run, generation=generation)
            counts = Counts(lines=len(trips), published=sum(file.rows for file in files))
            self._receipt(aggregate, month, run, source, counts, files)

    def book(self, data_set: DataSet) -> ReceiptBook:
        return ReceiptBook.at(self.root(data_set))

    def etag_of(self, name: str) -> str:
        """What identifies a raw file."""
        storage = storage_of(self.base)
        found = storage.head(join(self.base, "raw/green", name))
        assert found
        return fingerprint(storage, found)

    def put_raw(self, name: str, body: bytes) -> None:
        """Puts a raw file."""
        uri = join(self.base, "raw/green", name)
        storage_of(uri).put(uri, body, None)

    def _table(
        self, connection: duckdb.DuckDBPyConnection, name: str, data_set: DataSet, rows: Sequence[Mapping[str, Any]]
    ) -> None:
        columns = data_set.table.columns
        types = ", ".join(f"{column.name} {column_type(column.type)}" for column in columns)
        connection.execute(f"CREATE TABLE {name} ({types})")
        if rows:
            places = ", ".join("?" for _ in columns)
            values = [[row[column.name] for column in columns] for row in rows]
            connection.executemany(f"INSERT INTO {name} VALUES ({places})", values)

    def _write(
        self, connection: duckdb.DuckDBPyConnection, data_set: DataSet, query: str, run: str, month: str
    ) -> tuple[DataFile, ...]:
        names = ", ".join(f'"{name}"' for name in data_set.table.names)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "file.parquet")
            connection.execute(f"COPY (SELECT * FROM ({query}) AS t({names})) TO '{path}' (FORMAT parquet)")
            body = path.read_bytes()
        found = connection.execute(f"SELECT count(*) FROM ({query})").fetchone()
        relative = f"run={run}/month={month}/part-00000.parquet"
        uri = join(self.root(data_set), relative)
        storage_of(uri).put(uri, body, None)
        return (DataFile(relative, found[0] if found else 0, len(body)),)

    def _receipt(
        self,
        data_set: DataSet,
        month: str,
        run: str,
        source: Source,
        counts: Counts,
        files: tuple[DataFile, ...],
        rejects: tuple[DataFile, ...] = (),
    ) -> None:
        book = self.book(data_set)
        before = book.get(month)
        now = before.receipt if before else None
        book.publish(
            Receipt(
                month=month,
                run=run,
                generation=now.generation + 1 if now else 1,
                previous={"run": now.run, "published_at": now.published_at} if now else None,
                contract_version=data_set.version,
                code_version="0123456789ab",
                published_at=self.published_at,
                source=source,
                files=files,
                counts=counts,
                quarantine_files=rejects,
            ),
            before,
        )
