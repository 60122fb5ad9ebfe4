"""Spark: the engine of every platform, and the one that the results are held against."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from lake.engines.engine import FILE, SPARK, Engine
from lake.errors import LakeError
from lake.session import spark_session
from lake.spark_errors import cause_of, is_spark_error, may_pass
from lake.spark_start import check_start, must_start
from lake.storage import spark_path
from schemas.layouts import FILE_PREFIX
from schemas.reasons import Refusal, RefusalCode

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import StructType


def _is_not_of_py4j(record: logging.LogRecord) -> bool:
    """Spark 3.5's py4j logs a stack trace, by the root logger, where its JVM is gone: `check_alive` says so in a line."""
    return "py4j" not in record.pathname


def _take_files_as_they_are(started: "SparkSession") -> None:
    """Hadoop holds a local file against the `.NAME.crc` beside it, which may be of an earlier file; we have our own proof."""
    assert started._jvm is not None
    started._jvm.org.apache.hadoop.fs.FileSystem.getLocal(started._jsc.hadoopConfiguration()).setVerifyChecksum(False)


class SparkEngine(Engine):
    """Spark. See `Engine`."""

    name = SPARK
    start_hint: ClassVar[str] = "; is its Java 17 or 21?"

    def __init__(self, app_name: str = "", *, rows: int | None = None, session: "SparkSession | None" = None) -> None:
        super().__init__(app_name, rows=rows, session=session)
        if not session and must_start():
            _ = self.session

    def _session(self, rows: int | None) -> "SparkSession":
        check_start()
        logging.getLogger().addFilter(_is_not_of_py4j)
        started = spark_session(self._app_name, rows=rows)
        _take_files_as_they_are(started)
        return started

    def lines(self, uris: Sequence[str], *, has_lone_cr: bool = True) -> "DataFrame":
        """See `Engine.lines`. Hadoop ends lines at LF, CR LF and CR."""
        return self.session.read.text([spark_path(uri, glob=True) for uri in uris])

    def rows(self, uris: Sequence[str], types: Sequence[tuple[str, str]], *, row_wise: bool = False) -> "DataFrame":
        """As `Engine.rows`. With the schema given, Spark opens no footers to find it, and no setting decides what a type is.

        The faster reader, which takes a column at a time, does not know every encoding.
        """
        schema = ", ".join(f"`{name}` {column_type}" for name, column_type in types)
        if not row_wise:
            return self.parquet(uris, schema)
        rows = self._read_parquet(self._row_wise_session, uris, schema)
        # An observation of a frame of another session never ends; a union takes the session of its first frame.
        return self.frame([], schema).unionByName(rows)

    def parquet(self, uris: Sequence[str], schema: "StructType | str") -> "DataFrame":
        """See `Engine.parquet`."""
        return self._read_parquet(self.session, uris, schema) if uris else self.frame([], schema)

    @staticmethod
    def _read_parquet(session: "SparkSession", uris: Sequence[str], schema: "StructType | str") -> "DataFrame":
        return session.read.schema(schema).parquet(*(spark_path(uri, glob=True) for uri in uris))

    @property
    def _row_wise_session(self) -> "SparkSession":
        """A session like ours but for this setting: Spark asks the session that reads for it, not the one that writes."""
        from pyspark.sql import SparkSession

        session = self.session
        other = SparkSession(session.sparkContext, session._jsparkSession.cloneSession())
        other.conf.set("spark.sql.parquet.enableVectorizedReader", "false")
        return other

    def folder(self, uri: str) -> "DataFrame":
        """See `Engine.folder`."""
        from pyspark.sql import functions as F

        frame = self.session.read.parquet(spark_path(uri, glob=True))
        return frame.withColumn(FILE, F.col("_metadata.file_name"))

    def source_file(self, suffix: str) -> "Column":
        """See `Engine.source_file`.

        Cut from the end of the path as bytes: counting the characters of the path for every row took a tenth of the job.
        """
        from pyspark.sql import functions as F

        length = len(FILE_PREFIX) + len("YYYY-MM") + len(suffix)
        path = F.input_file_name().cast("binary")
        return F.substring(path, -length, length).cast("string")

    def counted(self, frame: "DataFrame") -> "tuple[DataFrame, Callable[[], int]]":
        """See `Engine.counted`: by an observation, which takes no scan of its own."""
        from pyspark.sql import Observation
        from pyspark.sql import functions as F

        observation = Observation()
        return frame.observe(observation, F.count(F.lit(1)).alias("rows")), lambda: int(observation.get["rows"])

    def _place(self, uri: str) -> str:
        return spark_path(uri, glob=False)

    @contextmanager
    def kept(self, frame: "DataFrame") -> "Iterator[DataFrame]":
        """See `Engine.kept`."""
        kept = frame.persist()
        try:
            yield kept
        finally:
            kept.unpersist()

    def _how_far(self) -> str:
        tracker = self.session.sparkContext.statusTracker()
        stages = [info for stage in tracker.getActiveStageIds() if (info := tracker.getStageInfo(stage))]
        total = sum(stage.numTasks for stage in stages)
        return f", {sum(stage.numCompletedTasks for stage in stages)} of {total} parts" if total else ""

    def is_failure(self, error: Exception) -> bool:
        """See `Engine.is_failure`."""
        return is_spark_error(error)

    def unread(self, error: Exception) -> Refusal:
        """See `Engine.unread`."""
        if may_pass(error):
            return Refusal(RefusalCode.UNREADABLE, f"the file cannot be read: {cause_of(error)}")
        advice = "fetch the file again, or write it again with another tool"
        return Refusal(RefusalCode.UNDECODABLE, f"Spark cannot decode the file: {cause_of(error)}; {advice}")

    def check_alive(self, error: Exception) -> None:
        """See `Engine.check_alive`."""
        session = self.session
        try:
            is_gone = bool(session._jsc.sc().isStopped())
        except Exception:  # py4j's, or a refused connection
            is_gone = True
        if is_gone:
            cure = "run again, with more memory if it happens again (spark.driver.memory, or a larger machine)"
            raise LakeError(f"Spark has ended, maybe for want of memory: {cause_of(error)}; {cure}") from error
