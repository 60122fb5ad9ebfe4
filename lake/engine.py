"""What is asked of Spark, in one object, so that another engine can stand next to it.

The formulas of `transforms` are columns and frames, and know of no engine. Whatever runs them or depends on how an engine
reads, counts, writes or fails is here.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lake.errors import LakeError
from lake.progress import progress
from lake.session import spark_session
from lake.spark_errors import cause_of, is_spark_error
from lake.spark_start import check_start, must_start
from lake.storage import spark_path
from schemas.columns import MONTH_FOLDER
from schemas.layouts import FILE_PREFIX

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import StructType

FILE = "file"
"""The column of `SparkEngine.folder` that holds the name of a row's file."""


def _is_not_of_py4j(record: logging.LogRecord) -> bool:
    """Spark 3.5's py4j logs a stack trace, by the root logger, where its JVM is gone: `check_alive` says so in a line."""
    return "py4j" not in record.pathname


def _start(session: "Future[SparkSession]", app_name: str, rows: int | None) -> None:
    try:
        check_start()
        logging.getLogger().addFilter(_is_not_of_py4j)
        started = spark_session(app_name, rows=rows)
        _take_files_as_they_are(started)
        session.set_result(started)
    except BaseException as error:
        session.set_exception(error)


def _take_files_as_they_are(session: "SparkSession") -> None:
    """Hadoop holds a local file against the `.NAME.crc` beside it, which may be of an earlier file; we have our own proof."""
    assert session._jvm is not None
    session._jvm.org.apache.hadoop.fs.FileSystem.getLocal(session._jsc.hadoopConfiguration()).setVerifyChecksum(False)


class SparkEngine:
    """Spark. It starts when it is first needed: a run with nothing to do starts none, except where YARN wants one.

    Args:
        app_name: What Spark shows the session as.
        rows: About how many rows will be read, rather too many than too few; None if nobody knows.
        session: A session that is there already.
    """

    def __init__(self, app_name: str = "", *, rows: int | None = None, session: "SparkSession | None" = None) -> None:
        self._app_name = app_name
        self._rows = rows
        self._starting: Future[SparkSession] | None = None
        self._lock = threading.Lock()  # not a cached_property, which has none since Python 3.12
        if session:
            self._starting = Future()
            self._starting.set_result(session)
        elif must_start():
            _ = self.session

    def start(self, rows: int | None = None) -> "Future[SparkSession]":
        """Starts Spark in the background, once: that takes seconds, in which other things can be done.

        Args:
            rows: About how many rows will be read, if that is known better by now.
        """
        with self._lock:
            if self._starting is None:
                self._starting = Future()
                arguments = self._starting, self._app_name, self._rows if rows is None else rows
                # A daemon: a run that turns out to need no Spark does not wait for it.
                threading.Thread(target=_start, args=arguments, daemon=True).start()
            return self._starting

    @property
    def session(self) -> "SparkSession":
        """The session.

        Raises:
            LakeError: Spark cannot start.
        """
        try:
            return self.start().result()
        except LakeError:
            raise
        except Exception as error:
            # Whatever it is: nothing of ours has run yet, and what Spark's own scripts said is above.
            raise LakeError(f"Spark cannot start: {cause_of(error)}; is its Java 17 or 21?") from error

    def lines(self, uris: Sequence[str]) -> "DataFrame":
        """The lines of text files. One row per physical line, in the column `value`."""
        return self.session.read.text([spark_path(uri, glob=True) for uri in uris])

    def parquet(self, uris: Sequence[str], schema: "StructType | str", *, row_wise: bool = False) -> "DataFrame":
        """The rows of Parquet files, which must have this schema. Spark opens no footer to find it.

        Args:
            uris: The files.
            schema: Their columns.
            row_wise: Whether to read with the slower reader, which takes every encoding.
        """
        if not uris:
            return self.frame([], schema)
        session = self._row_wise_session if row_wise else self.session
        rows = session.read.schema(schema).parquet(*(spark_path(uri, glob=True) for uri in uris))
        # An observation of a frame of another session never ends; a union takes the session of its first frame.
        return self.frame([], schema).unionByName(rows) if row_wise else rows

    @property
    def _row_wise_session(self) -> "SparkSession":
        """A session like ours but for this setting: Spark asks the session that reads for it, not the one that writes."""
        from pyspark.sql import SparkSession

        session = self.session
        other = SparkSession(session.sparkContext, session._jsparkSession.cloneSession())
        other.conf.set("spark.sql.parquet.enableVectorizedReader", "false")
        return other

    def folder(self, uri: str) -> "DataFrame":
        """The rows of a folder of `month=` folders, with their month and the name of their `file`."""
        from pyspark.sql import functions as F

        frame = self.session.read.parquet(spark_path(uri, glob=True))
        return frame.withColumn(FILE, F.col("_metadata.file_name"))

    @staticmethod
    def source_file(suffix: str) -> "Column":
        """The name of the raw file that a row is read from. Only where rows come straight from a scan.

        Cut from the end of the path as bytes: counting the characters of the path for every row took a tenth of the job.

        Args:
            suffix: The ending of all files read: names of raw files are of one length then.
        """
        from pyspark.sql import functions as F

        length = len(FILE_PREFIX) + len("YYYY-MM") + len(suffix)
        path = F.input_file_name().cast("binary")
        return F.substring(path, -length, length).cast("string")

    def frame(self, rows: Sequence[tuple[Any, ...]], schema: "StructType | str") -> "DataFrame":
        """A frame of rows that are at hand."""
        return self.session.createDataFrame(rows, schema)

    def counted(self, frame: "DataFrame") -> "tuple[DataFrame, Callable[[], int]]":
        """The same frame, and what tells, once it is written, how many rows came by."""
        from pyspark.sql import Observation
        from pyspark.sql import functions as F

        observation = Observation()
        return frame.observe(observation, F.count(F.lit(1)).alias("rows")), lambda: int(observation.get["rows"])

    def save(self, frame: "DataFrame", uri: str, doing: str, *, codec: str, further: bool = False) -> None:
        """Writes a frame as Parquet, a folder a month.

        Args:
            frame: The rows, with their folder.
            uri: Where to: a folder of one attempt, in which nothing is ever replaced.
            doing: What to say while it takes long.
            codec: What the files are packed with.
            further: Whether the folder may hold files already.
        """
        writer = (
            frame.write.mode("append" if further else "error").partitionBy(MONTH_FOLDER).option("compression", codec)
        )
        with self.progress(doing):
            writer.parquet(spark_path(uri, glob=False))

    def read_through(self, frame: "DataFrame") -> None:
        """Reads all of a frame and keeps nothing: does it fail?"""
        frame.write.format("noop").mode("overwrite").save()

    @contextmanager
    def kept(self, frame: "DataFrame") -> "Iterator[DataFrame]":
        """The frame, made only once although it is used several times."""
        kept = frame.persist()
        try:
            yield kept
        finally:
            kept.unpersist()

    @contextmanager
    def progress(self, doing: str) -> Iterator[None]:
        """Says now and then how far Spark is."""
        with progress(self.session.sparkContext, doing):
            yield

    def is_failure(self, error: Exception) -> bool:
        """Does Spark say so? Anything else is a fault of ours, and shows as one."""
        return is_spark_error(error)

    @contextmanager
    def errors(self, doing: str) -> Iterator[None]:
        """What Spark raises -> LakeError in one line that begins with what was being done."""
        try:
            yield
        except LakeError:
            raise
        except Exception as error:
            if not self.is_failure(error):
                raise
            self.check_alive(error)
            raise LakeError(f"cannot {doing}: {cause_of(error)}") from error

    def check_alive(self, error: Exception) -> None:
        """After a failure: did Spark fail at something, or is it gone?

        Args:
            error: The failure.

        Raises:
            LakeError: It is gone, which no file is to blame for.
        """
        session = self.session
        try:
            is_gone = bool(session._jsc.sc().isStopped())
        except Exception:  # py4j's, or a refused connection
            is_gone = True
        if is_gone:
            cure = "run again, with more memory if it happens again (spark.driver.memory, or a larger machine)"
            raise LakeError(f"Spark has ended, maybe for want of memory: {cause_of(error)}; {cure}") from error
