"""Due files, opened: each gets a layout, or is refused."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lake.engine import SparkEngine
from lake.errors import LakeError, PreconditionFailed, StorageError
from lake.intake.inventory import CSV_GZ, PARQUET
from lake.intake.layout import csv_heading, parquet_layout
from lake.intake.plan import DueFile
from lake.intake.scan import RefusalError, refuse, scan
from lake.spark_errors import cause_of
from lake.storage import Storage
from schemas.layouts import CsvLayout
from schemas.reasons import Refusal, RefusalCode

_AT_ONCE = 8  # streams from S3; on a disk Python's one interpreter lock makes more than two useless anyway


@dataclass(frozen=True)
class SourceFile:
    """A due file whose layout is known.

    Attributes:
        due: The file.
        lines: Its physical lines, or a Parquet file's rows by its footer.
        leading_lines: The header and the blank lines around it; 0 for Parquet.
        layout: The layout's name.
        csv: The layout of a CSV file.
        types: The types of a Parquet file's columns, which files of one layout need not share.
    """

    due: DueFile
    lines: int
    leading_lines: int
    layout: str
    csv: CsvLayout | None = None
    types: tuple[tuple[str, str], ...] = ()

    @property
    def month(self) -> str:
        """The file's month."""
        return self.due.file.month

    @property
    def uri(self) -> str:
        """Where the file lies."""
        return self.due.file.info.uri


def look_into(
    storage: Storage, due_files: list[DueFile], engine: SparkEngine
) -> tuple[list[SourceFile], dict[str, Refusal]]:
    """Reads each due CSV file once and each Parquet footer.

    Args:
        storage: Where the raw files lie.
        due_files: The files.
        engine: Reads Parquet footers; not started if there are none to read.

    Returns:
        The files whose layout is known, by month, and the refusals of the others, by file name.
    """

    def look(due: DueFile) -> SourceFile | Refusal:
        try:
            return _parquet(storage, due, engine) if due.file.suffix == PARQUET else _csv(storage, due)
        except RefusalError as error:
            return error.refused
        except PreconditionFailed:
            return Refusal(
                RefusalCode.CHANGED_WHILE_READ, "the file was replaced while it was read; the next run takes it"
            )
        except StorageError as error:
            return Refusal(RefusalCode.UNREADABLE, str(error))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        results = list(zip(due_files, pool.map(look, due_files), strict=True))
    files = [result for _, result in results if isinstance(result, SourceFile)]
    return files, {due.file.name: result for due, result in results if isinstance(result, Refusal)}


def _csv(storage: Storage, due: DueFile) -> SourceFile:
    file = due.file
    is_gzip = file.suffix == CSV_GZ
    if file.info.size == 0:
        raise refuse(RefusalCode.EMPTY_FILE, "the file has no bytes")
    if is_gzip:
        with storage.open(file.info.uri) as stream:
            if stream.read(2) != b"\x1f\x8b":
                raise refuse(RefusalCode.NOT_GZIP, "the file is named .gz and is not gzip; if it is text, name it .csv")
    found = scan(storage, file.info)
    if not file.info.etag and found.sha256 != due.etag:
        raise refuse(RefusalCode.CHANGED_WHILE_READ, "the file was replaced while it was read; the next run takes it")
    heading = csv_heading(found.head, found.lines, file.month, is_gzip=is_gzip)
    return SourceFile(due, found.lines, heading.leading_lines, heading.layout.name, heading.layout)


def _parquet(storage: Storage, due: DueFile, engine: SparkEngine) -> SourceFile:
    info = due.file.info
    if info.size == 0:
        raise refuse(RefusalCode.EMPTY_FILE, "the file has no bytes")
    with storage.open(info.uri) as stream:
        if stream.read(4) != b"PAR1":
            raise refuse(RefusalCode.NOT_PARQUET, "the file does not begin like Parquet; if it is CSV, name it .csv")
    try:
        schema, rows = engine.parquet_schema(info.uri), engine.footer_rows(info.uri)
    except LakeError:
        raise
    except Exception as error:  # whatever Spark or py4j raise: the file is at fault, not the run
        if "COLUMN_ALREADY_EXISTS" in str(error):  # names that differ in case alone
            raise refuse(RefusalCode.DUPLICATE_COLUMN, cause_of(error)) from None
        raise refuse(RefusalCode.NOT_PARQUET, f"the footer cannot be read: {cause_of(error)}") from None
    types = {field.name: field.dataType.simpleString() for field in schema}
    layout = parquet_layout(types)
    if rows == 0:
        raise refuse(RefusalCode.NO_DATA, "the file has columns and no rows")
    return SourceFile(due, rows, 0, layout.name, types=tuple(types.items()))
