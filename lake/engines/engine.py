"""What is asked of an engine, whichever it is.

The formulas of `transforms` are columns and frames, and know of no engine. Whatever runs them or depends on how an engine
reads, counts, writes or fails is here, and in its two implementations.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from lake.errors import LakeError
from lake.progress import progress
from lake.spark_errors import cause_of
from schemas.columns import MONTH_FOLDER
from schemas.reasons import Refusal

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import StructType

SPARK, SAIL = "spark", "sail"

_PATIENCE = 0.2  # seconds

FILE = "file"
"""The column of `Engine.folder` that holds the name of a row's file."""


class Engine(ABC):
    """An engine. It starts when it is first needed: a run with nothing to do starts none, except where YARN wants one.

    Args:
        app_name: What the engine shows the session as.
        rows: About how many rows will be read, rather too many than too few; None if nobody knows.
        session: A session that is there already.
    """

    name: ClassVar[str]

    start_hint: ClassVar[str] = ""
    """What to look at where the engine cannot start, for people."""

    months_at_once: ClassVar[int | None] = None
    """How many months it is given to write at once; None: all that are due."""

    reads_typed: ClassVar[bool] = False
    """Whether it has `typed`."""

    def __init__(self, app_name: str = "", *, rows: int | None = None, session: "SparkSession | None" = None) -> None:
        self._app_name = app_name
        self._rows = rows
        self._starting: Future[SparkSession] | None = None
        self._lock = threading.Lock()  # not a cached_property, which has none since Python 3.12
        if session:
            self._starting = Future()
            self._starting.set_result(session)

    def start(self, rows: int | None = None) -> "Future[SparkSession]":
        """Starts in the background, once: that takes seconds, in which other things can be done.

        Args:
            rows: About how many rows will be read, if that is known better by now.
        """
        with self._lock:
            if self._starting is None:
                self._starting = Future()
                arguments = self._starting, self._rows if rows is None else rows
                # A daemon: a run that turns out to need no engine does not wait for it.
                threading.Thread(target=self._start, args=arguments, daemon=True).start()
            return self._starting

    def _start(self, session: "Future[SparkSession]", rows: int | None) -> None:
        try:
            session.set_result(self._session(rows))
        except BaseException as error:
            session.set_exception(error)

    @property
    def session(self) -> "SparkSession":
        """The session.

        Raises:
            LakeError: The engine cannot start.
        """
        starting = self.start()
        try:
            while not starting.done():  # a wait without end would not hear Ctrl-C in every thread that may get it
                wait([starting], timeout=_PATIENCE)
            return starting.result()
        except LakeError:
            raise
        except Exception as error:
            # Whatever it is: nothing of ours has run yet, and what the engine itself said is above.
            raise LakeError(f"{self.name.capitalize()} cannot start: {cause_of(error)}{self.start_hint}") from error

    @abstractmethod
    def _session(self, rows: int | None) -> "SparkSession":
        """Starts, with the settings that our results depend on."""

    @abstractmethod
    def lines(self, uris: Sequence[str], *, has_lone_cr: bool = True) -> "DataFrame":
        """The lines of raw files. One row per physical line, in the column `value`, and whatever `source_file` reads.

        Args:
            uris: The files.
            has_lone_cr: Whether there may be a CR without an LF, which ends a line too.
        """

    def typed(self, uris: Sequence[str], types: Sequence[tuple[str, str]], surplus: int) -> "DataFrame":
        """The values of raw CSV files in which every line is strict but the header and blank ones, and what `source_file` reads.

        Args:
            uris: The files.
            types: Name and type of each of their columns.
            surplus: How many empty fields a line has after them.
        """
        raise NotImplementedError

    @abstractmethod
    def rows(self, uris: Sequence[str], types: Sequence[tuple[str, str]], *, row_wise: bool = False) -> "DataFrame":
        """The rows of raw Parquet files, which must have these columns, and whatever `source_file` reads.

        Args:
            uris: The files.
            types: Name and type of each of their columns.
            row_wise: Whether their pages are encoded as few files' are.
        """

    @abstractmethod
    def source_file(self, suffix: str) -> "Column":
        """The name of the raw file that a row is read from. Only where rows come straight from `lines` or `rows`.

        Args:
            suffix: The ending of all files read: names of raw files are of one length then.
        """

    @property
    def barrier(self) -> "Column | None":
        """True in every row, though no optimiser knows: for formulas that filter by what they have made. None: it needs none."""
        return None

    @abstractmethod
    def parquet(self, uris: Sequence[str], schema: "StructType | str") -> "DataFrame":
        """The rows of Parquet files of ours, which must have this schema and be there: no footer is opened to find it."""

    @abstractmethod
    def folder(self, uri: str) -> "DataFrame":
        """The rows of a folder of `month=` folders, with their month and the name of their `file`."""

    def frame(self, rows: Sequence[tuple[Any, ...]], schema: "StructType | str") -> "DataFrame":
        """A frame of rows that are at hand."""
        return self.session.createDataFrame(rows, schema)

    @abstractmethod
    def counted(self, frame: "DataFrame") -> "tuple[DataFrame, Callable[[], int]]":
        """The same frame, and what tells, once it is written, how many rows came by."""

    def save(self, frame: "DataFrame", uri: str, doing: str, *, codec: str, further: bool = False) -> None:
        """Writes a frame as Parquet, a folder a month.

        Args:
            frame: The rows, with their folder.
            uri: Where to: a folder of one attempt, in which nothing is ever replaced.
            doing: What to say while it takes long.
            codec: What the files are packed with.
            further: Whether the folder may hold files already.
        """
        writer = frame.write.mode("append" if further else "error").partitionBy(MONTH_FOLDER)
        with self.progress(doing):
            writer.option("compression", codec).parquet(self._place(uri))

    @abstractmethod
    def _place(self, uri: str) -> str:
        """What the engine takes for the name of a folder to write to."""

    def read_through(self, frame: "DataFrame") -> None:
        """Reads all of a frame and keeps nothing: does it fail?"""
        frame.write.format("noop").mode("overwrite").save()

    @abstractmethod
    def kept(self, frame: "DataFrame") -> "AbstractContextManager[DataFrame]":
        """The frame, made only once although it is used several times."""

    @contextmanager
    def progress(self, doing: str) -> Iterator[None]:
        """Says now and then what is being done, and how far it is if the engine knows."""
        with progress(doing, self._how_far):
            yield

    def _how_far(self) -> str:
        """How far the engine is, for people; empty if it does not know."""
        return ""

    @abstractmethod
    def is_failure(self, error: Exception) -> bool:
        """Does the engine say so? Anything else is a fault of ours, and shows as one."""

    @abstractmethod
    def unread(self, error: Exception) -> Refusal:
        """Why a file that was read to its end before, and has not changed since, cannot be read by the engine."""

    @contextmanager
    def errors(self, doing: str) -> Iterator[None]:
        """What the engine raises -> LakeError in one line that begins with what was being done."""
        try:
            yield
        except LakeError:
            raise
        except Exception as error:
            if not self.is_failure(error):
                raise
            self.check_alive(error)
            raise LakeError(f"cannot {doing}: {cause_of(error)}") from error

    @abstractmethod
    def check_alive(self, error: Exception) -> None:
        """After a failure: did the engine fail at something, or is it gone?

        Args:
            error: The failure.

        Raises:
            LakeError: It is gone, which no file is to blame for.
        """
