"""Sound Parquet files with the columns of TLC's."""

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lake.intake.identity import Identity
from lake.intake.inspection import SourceFile, look_into
from lake.intake.inventory import RawFile
from lake.intake.plan import DueFile
from lake.intake.scan import fingerprint
from lake.storage import storage_of
from schemas.reasons import Refusal
from tests.transforms.parquet_files import CODES, IDS, TIMES, arrow_schema

ROWS = 1000


def parquet(layout: str = "P2", rows: int = ROWS, month: int = 3, **options: object) -> bytes:
    """A sound file of 2018: two row groups, some pages a column, checksums."""
    schema = arrow_schema(layout)
    start = dt.datetime(2018, month, 5, 8)
    cells: dict[str, Callable[[int], object]] = {
        **dict.fromkeys(schema.names, lambda at: at % 40 + 0.25),
        **dict.fromkeys(TIMES, lambda at: start + dt.timedelta(seconds=97 * at)),
        **dict.fromkeys((*IDS, *CODES), lambda at: at % 200),
        "store_and_fwd_flag": lambda at: "N" if at % 3 else None,
        "ehail_fee": lambda _: None,
    }
    arrays = [pa.array([cells[name](at) for at in range(rows)], schema.field(name).type) for name in schema.names]
    sink = io.BytesIO()
    usual = {"row_group_size": 500, "data_page_size": 1000, "write_batch_size": 100, "write_page_checksum": True}
    pq.write_table(pa.table(arrays, schema=schema), sink, **(usual | options))
    return sink.getvalue()


def look(folder: Path, body: bytes, suffix: str = ".parquet") -> SourceFile | Refusal:
    """What becomes of a file with these bytes."""
    storage, file = storage_of(str(folder)), folder / f"green_tripdata_2018-03{suffix}"
    file.write_bytes(body)
    info = storage.head(str(file))
    assert info is not None
    due = DueFile(RawFile(info, "2018-03", suffix), Identity(storage, info, fingerprint(storage, info)), "new", None)
    files, refused = look_into(storage, [due])
    return files[0] if files else refused[file.name]
