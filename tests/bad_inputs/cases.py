"""What a case is: one raw file, and what must become of it."""

import gzip
import io
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from data_samples.defects import BY_KEY
from tests.bad_inputs.lines import COLUMNS, GOOD, H3_HEADER, ORDINARY, Line, names_of


def plain(lines: list[str]) -> bytes:
    """The bytes of lines with LF ends."""
    return joined(lines, "\n")


def joined(lines: list[str], end: str) -> bytes:
    """The bytes of lines with the same end each. A lone surrogate is the one byte that it stands for."""
    return "".join(line + end for line in lines).encode("utf-8", "surrogateescape")


@dataclass(frozen=True)
class Case:
    """A raw file of a month of its own.

    Attributes:
        defect: What is wrong with it: its key in `data_samples.defects`, where it is explained.
        lines: The lines under test.
        ahead: How many ordinary lines stand before them; the others come after them.
        make: The file's bytes from its lines, the header first.
        suffix: The end of the file's name.
        header: The header line.
        surplus: How many empty fields a line has after the last column.
        good: How many ordinary lines there are.
        headers: How many header lines the receipt counts.
        blanks: How many blank lines it counts.
        refused: Why the file is refused; empty if it is published.
        says: What the message of the refusal, or the line of a month with lines in quarantine, must contain.
        before: The ordinary lines of a file of this month published first; default: none, or 20 if the file is refused.
        beside: Other files of the month, by suffix: their bytes.
    """

    defect: str
    lines: tuple[Line, ...] = ()
    ahead: int = 10
    make: Callable[[list[str]], bytes] = plain
    suffix: str = ".csv"
    header: str = H3_HEADER
    surplus: int = 0
    good: int = GOOD
    headers: int = 1
    blanks: int = 0
    refused: str = ""
    says: tuple[str, ...] = ()
    before: int = 0
    beside: Mapping[str, Callable[[list[str]], bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses a defect that the table does not have."""
        if self.defect not in BY_KEY:
            raise ValueError(f"{self.defect}: not in data_samples/defects.py")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, by their names in the contract."""
        return names_of(self.header)

    def file(self, month: str) -> str:
        """The file's name."""
        return f"green_tripdata_{month}{self.suffix}"

    def all_lines(self) -> list[tuple[Line, int]]:
        """The lines with their places among the ordinary ones."""
        ordinary = [(ORDINARY, number) for number in range(self.good)]
        return [*ordinary[: self.ahead], *((line, -1) for line in self.lines), *ordinary[self.ahead :]]

    def text_lines(self, month: str) -> list[str]:
        """The header and the lines."""
        return [
            self.header,
            *(line.text(self.columns, self.surplus, month, number) for line, number in self.all_lines()),
        ]

    def body(self, month: str) -> bytes:
        """The file's bytes."""
        return self.make(self.text_lines(month))

    def physical_lines(self, body: bytes) -> int:
        """The lines of the file, counted from its bytes."""
        return len((gzip.decompress(body) if self.suffix == ".csv.gz" else body).splitlines())

    def trips(self, month: str) -> Counter[tuple[object, ...]]:
        """The rows that must be published."""
        return Counter(
            line.row(self.columns, month, number, self.file(month))
            for line, number in self.all_lines()
            if not line.reasons
        )

    def quarantined(self, month: str) -> Counter[tuple[object, ...]]:
        """Reasons, raw line and line number that must be in quarantine."""
        texts = self.text_lines(month)
        found = Counter[tuple[object, ...]]()
        for at, (line, _) in enumerate(self.all_lines(), 2):
            if line.reasons:
                text = texts[at - 1]
                found[line.reasons, _shown(text), texts.index(text) + 1] += 1
        return found


def _shown(text: str) -> str:
    """A line as the quarantine shows it: in ISO 8859-1 if it is not UTF-8."""
    body = text.encode("utf-8", "surrogateescape")
    return text if body.decode(errors="ignore") == text else body.decode("iso-8859-1")


_PARQUET_TYPES: dict[str, Any] = {
    **dict.fromkeys(("vendorid", "pulocationid", "dolocationid"), pa.int64()),
    **dict.fromkeys(("ratecodeid", "passenger_count", "payment_type", "trip_type"), pa.float64()),
    **dict.fromkeys(("lpep_pickup_datetime", "lpep_dropoff_datetime"), pa.timestamp("us")),
    "store_and_fwd_flag": pa.string(),
}
P3_HEADER = H3_HEADER + ",congestion_surcharge,cbd_congestion_fee"


@dataclass(frozen=True)
class ParquetCase(Case):
    """A Parquet file. `fields` of its lines are the values stored, not their texts."""

    suffix: str = ".parquet"
    more: Mapping[str, Any] = field(default_factory=dict)

    def body(self, month: str) -> bytes:
        """The file's bytes."""
        names = self.header.split(",")
        stored = []
        for line, number in self.all_lines():
            ordinary = dict(zip(COLUMNS, ORDINARY.row(self.columns, month, number, ""), strict=False))
            stored.append({**ordinary, **line.fields})
        arrays, kinds = [], []
        for name in names:
            kind = _PARQUET_TYPES.get(name.lower(), pa.float64())
            arrays.append(pa.array([_stored(row[name.lower()], kind) for row in stored], kind, from_pandas=False))
            kinds.append(pa.field(name, kind))
        for name, value in self.more.items():
            arrays.append(pa.array([value] * len(stored)))
            kinds.append(pa.field(name, arrays[-1].type))
        sink = io.BytesIO()
        pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(kinds)), sink)
        return self.make([]) if self.make is not plain else sink.getvalue()

    def physical_lines(self, body: bytes) -> int:
        """The rows of the file, counted by another reader."""
        return int(pq.ParquetFile(io.BytesIO(body)).metadata.num_rows)


def _stored(value: object, kind: Any) -> object:
    if isinstance(value, str) and kind == pa.timestamp("us"):
        return datetime.fromisoformat(value)
    if isinstance(value, datetime | str) or value is None:
        return value
    assert isinstance(value, int | float | Decimal)
    return float(value) if kind == pa.float64() else int(value)
