"""Pending files, looked into: each gets a layout, or is refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lake.errors import LakeError, PreconditionFailed, StorageError
from lake.intake.inventory import CSV_GZ, PARQUET
from lake.intake.layout import recognise_csv, recognise_parquet, refuse
from lake.intake.plan import Pending
from lake.intake.scan import RefusedError, scan
from lake.spark_errors import cause_of
from lake.storage import Storage, spark_path
from schemas.layouts import CsvLayout
from schemas.reasons import Refusal, Refused

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_AT_ONCE = 8  # streams from S3; on a disk Python's one interpreter lock makes more than two useless anyway


@dataclass(frozen=True)
class Known:
    """A pending file whose layout is known.

    Attributes:
        pending: The file.
        lines: Its physical lines, or a Parquet file's rows by its footer.
        leading_lines: The header and the blank lines around it; 0 for Parquet.
        layout: The layout's name.
        csv: The layout of a CSV file.
        types: The types of a Parquet file's columns, which files of one layout need not share.
    """

    pending: Pending
    lines: int
    leading_lines: int
    layout: str
    csv: CsvLayout | None = None
    types: tuple[tuple[str, str], ...] = ()

    @property
    def month(self) -> str:
        """The file's month."""
        return self.pending.file.month

    @property
    def uri(self) -> str:
        """Where the file lies."""
        return self.pending.file.stored.uri


def look_into(
    storage: Storage, pending: list[Pending], spark: "Callable[[], SparkSession]"
) -> tuple[list[Known], dict[str, Refused]]:
    """Reads each pending CSV file once and each Parquet footer.

    Args:
        storage: Where the raw files lie.
        pending: The files.
        spark: Gives the session; only called if there is a Parquet file.

    Returns:
        The files whose layout is known, by month, and the refusals of the others, by file name.
    """

    def look(one: Pending) -> Known | Refused:
        try:
            return _parquet(storage, one, spark()) if one.file.suffix == PARQUET else _csv(storage, one)
        except RefusedError as error:
            return error.refused
        except PreconditionFailed:
            return Refused(Refusal.CHANGED_WHILE_READ, "the file was replaced while it was read; the next run takes it")
        except StorageError as error:
            return Refused(Refusal.UNREADABLE, str(error))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        results = list(zip(pending, pool.map(look, pending), strict=True))
    known = [result for _, result in results if isinstance(result, Known)]
    return known, {one.file.name: result for one, result in results if isinstance(result, Refused)}


def _csv(storage: Storage, pending: Pending) -> Known:
    file = pending.file
    is_gzip = file.suffix == CSV_GZ
    if file.stored.size == 0:
        raise refuse(Refusal.EMPTY_FILE, "the file has no bytes")
    if is_gzip:
        with storage.open(file.stored.uri) as stream:
            if stream.read(2) != b"\x1f\x8b":
                raise refuse(Refusal.NOT_GZIP, "the file is named .gz and is not gzip; if it is text, name it .csv")
    found = scan(storage, file.stored)
    if not file.stored.etag and found.sha256 != pending.etag:
        raise refuse(Refusal.CHANGED_WHILE_READ, "the file was replaced while it was read; the next run takes it")
    recognised = recognise_csv(found.head, found.lines, file.month, is_gzip=is_gzip)
    return Known(pending, found.lines, recognised.leading_lines, recognised.layout.name, recognised.layout)


def _parquet(storage: Storage, pending: Pending, spark: "SparkSession") -> Known:
    file = pending.file
    if file.stored.size == 0:
        raise refuse(Refusal.EMPTY_FILE, "the file has no bytes")
    with storage.open(file.stored.uri) as stream:
        if stream.read(4) != b"PAR1":
            raise refuse(Refusal.NOT_PARQUET, "the file does not begin like Parquet; if it is CSV, name it .csv")
    try:
        schema = spark.read.parquet(spark_path(file.stored.uri, glob=True)).schema
        rows = footer_rows(spark, spark_path(file.stored.uri, glob=False))
    except LakeError:
        raise
    except Exception as error:  # whatever Spark or py4j raise: the file is at fault, not the run
        if "COLUMN_ALREADY_EXISTS" in str(error):  # names that differ in case alone
            raise refuse(Refusal.DUPLICATE_COLUMN, cause_of(error)) from None
        raise refuse(Refusal.NOT_PARQUET, f"the footer cannot be read: {cause_of(error)}") from None
    types = {field.name: field.dataType.simpleString() for field in schema}
    layout = recognise_parquet(types)
    if rows == 0:
        raise refuse(Refusal.NO_DATA, "the file has columns and no rows")
    return Known(pending, rows, 0, layout.name, types=tuple(types.items()))


def footer_rows(spark: "SparkSession", path: str) -> int:
    """The rows of a Parquet file by its footer, apart from Spark's reader."""
    jvm, configuration = spark._jvm, spark._jsc.hadoopConfiguration()
    assert jvm is not None  # it is with a classic session, which all our jobs have
    parquet = jvm.org.apache.parquet.hadoop
    reader = parquet.ParquetFileReader.open(
        parquet.util.HadoopInputFile.fromPath(jvm.org.apache.hadoop.fs.Path(path), configuration)
    )
    try:
        return int(reader.getRecordCount())
    finally:
        reader.close()
