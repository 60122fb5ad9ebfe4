"""Due files, opened: each gets a layout, or is refused."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lake.errors import PreconditionFailed, StorageError
from lake.intake.endings import PARQUET
from lake.intake.layout import csv_heading, parquet_layout
from lake.intake.parquet_footer import column_chunks, read_footer
from lake.intake.parquet_pages import prove_pages
from lake.intake.plan import DueFile
from lake.intake.scan import RefusalError, check_content, refuse, scan
from lake.intake.signatures import SIGHT
from lake.storage import FileInfo, Storage
from schemas.layouts import CsvLayout
from schemas.reasons import MIN_PARQUET_ROWS, Refusal, RefusalCode

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
        types: Name and type of each column of a Parquet file, which files of one layout need not share.
        has_lone_cr: Whether a line of a CSV file ends in a CR alone.
        is_common: Whether a Parquet file's pages are encoded as nearly all files' are, which Spark's faster reader takes.
    """

    due: DueFile
    lines: int
    leading_lines: int
    layout: str
    csv: CsvLayout | None = None
    types: tuple[tuple[str, str], ...] = ()
    has_lone_cr: bool = False
    is_common: bool = True

    @property
    def month(self) -> str:
        """The file's month."""
        return self.due.file.month

    @property
    def uri(self) -> str:
        """Where the file lies."""
        return self.due.file.info.uri


def look_into(storage: Storage, due_files: list[DueFile]) -> tuple[list[SourceFile], dict[str, Refusal]]:
    """Reads each due file once, and the footer of a Parquet file before.

    Args:
        storage: Where the raw files lie.
        due_files: The files.

    Returns:
        The files whose layout is known, by month, and the refusals of the others, by file name.
    """

    def look(due: DueFile) -> SourceFile | Refusal:
        try:
            return _parquet(storage, due) if due.file.suffix == PARQUET else _csv(storage, due)
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


def _check_size(info: FileInfo) -> None:
    if info.size == 0:
        raise refuse(RefusalCode.EMPTY_FILE, "the file has no bytes: fetch it again")


def _csv(storage: Storage, due: DueFile) -> SourceFile:
    file = due.file
    _check_size(file.info)
    found = scan(storage, file.info)
    if not file.info.etag and found.sha256 != due.etag:
        raise refuse(RefusalCode.CHANGED_WHILE_READ, "the file was replaced while it was read; the next run takes it")
    heading = csv_heading(found.head, found.lines, file.month)
    return SourceFile(
        due, found.lines, heading.leading_lines, heading.layout.name, heading.layout, has_lone_cr=found.has_lone_cr
    )


def _parquet(storage: Storage, due: DueFile) -> SourceFile:
    info = due.file.info
    _check_size(info)
    with storage.open(info.uri, info.etag) as stream:
        check_content(stream.read(SIGHT), info.name)
    footer = read_footer(storage, info)
    if footer.rows > (most := max(MIN_PARQUET_ROWS, info.size)):
        raise refuse(
            RefusalCode.DECOMPRESSION_BOMB, f"{info.size:,} bytes claim {footer.rows:,} rows, more than {most:,}"
        )
    types = tuple((column.name, column.type) for column in footer.columns)
    layout = parquet_layout(types)
    pages = prove_pages(storage, info, column_chunks(footer))
    if not info.etag and pages.sha256 != due.etag:
        raise refuse(RefusalCode.CHANGED_WHILE_READ, "the file was replaced while it was read; the next run takes it")
    if footer.rows == 0:
        raise refuse(RefusalCode.NO_DATA, "the file has columns and no rows: fetch it again")
    return SourceFile(due, footer.rows, 0, layout.name, types=types, is_common=pages.is_common)
