"""Sail: Spark's API on one machine, without Java, for local folders.

A server in this process, in Rust; PySpark's Connect client is how it is spoken to. What it does otherwise than Spark is
here, each with its reason; docs/engines.md has the list, and `tests/sail` a test for each.
"""

import os
import shutil
import signal
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from lake.engines.engine import FILE, SAIL, Engine
from lake.errors import LakeError, StorageError, UsageError
from lake.session import SETTINGS
from lake.spark_errors import cause_of
from lake.storage import S3
from schemas.columns import MONTH_FOLDER
from schemas.reasons import Refusal, RefusalCode

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession
    from pyspark.sql.types import StructType

_NEEDED = ("pysail", "grpc", "pandas")
_HOST = "127.0.0.1"  # nobody else is to reach a server that reads and writes as this user

# Read when the server starts, and no other of its own: the user's would change results.
_SERVER_SETTINGS = {
    # Its reader takes NaN for the one value of a column whose smallest and largest are equal by the footer.
    "SAIL_EXECUTION__COLLECT_STATISTICS": "false",
    "RUST_LOG": "off",  # what fails is raised, and told in one line
    "no_grpc_proxy": _HOST,  # else the client asks the environment's proxy for this machine
}

_server: Any = None  # one a process: it goes on when the engine of a job is done with


def check(places: Iterable[str]) -> None:
    """Looks whether Sail is there, and can reach some places.

    Raises:
        UsageError: It is not, or cannot.
    """
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise UsageError(
            f"--engine {SAIL}: {missing[0]} is not installed: run `make setup-sail`, or leave the option out"
        )
    for place in places:
        if place.startswith(S3):
            raise UsageError(f"--engine {SAIL} is for local folders, and {place} is in S3: leave the option out")


def _url() -> str:
    """Where the server of this process listens. It starts when it is first asked for, on a port that is free."""
    global _server
    if _server is None:
        for name in [name for name in os.environ if name.startswith("SAIL_")]:
            del os.environ[name]
        os.environ.update(_SERVER_SETTINGS)
        from pysail.spark import SparkConnectServer

        server = SparkConnectServer(ip=_HOST, port=0)
        server.start(background=True)
        _server = server
    _, port = _server.listening_address
    return f"sc://{_HOST}:{port}"


def sail_session() -> "SparkSession":
    """A session of the server of this process, with the settings that our results depend on."""
    from pyspark.sql import SparkSession

    session = SparkSession.builder.remote(_url()).getOrCreate()
    # A server in this process that does not answer is gone: it would be asked for ten minutes.
    client: Any = session.client  # type: ignore[operator]  # to mypy no property
    client.set_retry_policies([])
    for name, value in SETTINGS.items():
        session.conf.set(name, value)
    return session


class SailEngine(Engine):
    """Sail. See `Engine`."""

    name = SAIL
    reads_typed = True
    months_at_once = 12  # what it holds grows by some 50 MB a month of one write

    def __init__(self, app_name: str = "", *, rows: int | None = None, session: "SparkSession | None" = None) -> None:
        super().__init__(app_name, rows=rows, session=session)
        self._scratch = tempfile.mkdtemp(prefix="sail-")
        weakref.finalize(self, shutil.rmtree, self._scratch, ignore_errors=True)

    def _session(self, rows: int | None) -> "SparkSession":
        return sail_session()

    @property
    def session(self) -> "SparkSession":
        """See `Engine.session`. The server has asked for Ctrl-C, to end by itself: it is the job's alone."""
        session = super().session
        handler = signal.getsignal(signal.SIGINT)
        if handler is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, handler)
        return session

    def lines(self, uris: Sequence[str], *, has_lone_cr: bool = True) -> "DataFrame":
        """See `Engine.lines`.

        Left to itself, its reader makes a blank line of a CR LF that lies across two of its blocks; told to end lines at LF
        alone it makes none.
        """
        from pyspark.sql import functions as F

        lines = self.session.read.option("lineSep", "\n").text(_path(self._linked(uris)))
        if has_lone_cr:
            ended = F.split(F.regexp_replace("value", "\r$", ""), "\r")
            return lines.select(F.explode(ended).alias("value"), FILE)
        return lines.select(F.btrim("value", F.lit("\r")).alias("value"), FILE)  # no regex: it takes twice as long

    def typed(self, uris: Sequence[str], types: Sequence[tuple[str, str]], surplus: int) -> "DataFrame":
        """See `Engine.typed`: its CSV reader takes a third of the time of lines that are split and cast.

        It fails at a number that is none, cuts a third decimal off, and skips blank lines. It wants a header to have as many
        fields as a line, which TLC's often has not: so a header is a comment, as no strict line begins with its letter.
        """
        extra = [(f"surplus_{place}", "string") for place in range(surplus)]
        schema = ", ".join(f"{name} {kind}" for name, kind in (*types, *extra, (FILE, "string")))
        reader = (
            self.session.read.schema(schema).option("header", "false").option("comment", "V").option("quote", "\x01")
        )
        return reader.csv(_path(self._linked(uris)))

    def rows(self, uris: Sequence[str], types: Sequence[tuple[str, str]], *, row_wise: bool = False) -> "DataFrame":
        """See `Engine.rows`. It has one reader, for every encoding.

        A file at a time, each by its own footer: it reads no column without a type (one without any value) as another, and takes
        no two files together of which one has longer texts than another by its footer.
        """
        from pyspark.sql import functions as F

        files = [self.session.read.parquet(_path(self._linked([uri]))) for uri in uris]
        typed = [
            file.select(*[F.col(f"`{name}`").cast(kind).alias(name) for name, kind in types], FILE) for file in files
        ]
        return reduce(lambda left, right: left.unionByName(right), typed)

    def source_file(self, suffix: str) -> "Column":
        """See `Engine.source_file`. It has no `input_file_name`, but gives folders named as Hive does as columns."""
        from pyspark.sql import functions as F

        return F.col(FILE)

    @property
    def barrier(self) -> "Column | None":
        """See `Engine.barrier`. A filter pushed below the casts makes each twice: a month takes a second more."""
        from pyspark.sql import functions as F

        return F.rand() >= 0

    def parquet(self, uris: Sequence[str], schema: "StructType | str") -> "DataFrame":
        """See `Engine.parquet`. Of a file that is not there it would read no row, and say nothing."""
        if missing := next((uri for uri in uris if not os.path.isfile(uri)), None):
            raise StorageError(f"{missing} is not there")
        if not uris:
            return self.frame([], schema)
        return self.session.read.schema(schema).parquet(*map(_path, uris))

    def folder(self, uri: str) -> "DataFrame":
        """See `Engine.folder`."""
        files = {str(file): file.parent.name for file in sorted(Path(uri).glob(f"{MONTH_FOLDER}=*/*.parquet"))}
        return self.session.read.parquet(_path(self._linked(files, files)))

    def counted(self, frame: "DataFrame") -> "tuple[DataFrame, Callable[[], int]]":
        """See `Engine.counted`: by a scan of its own, as it has no observations."""
        return frame, frame.count

    def save(self, frame: "DataFrame", uri: str, doing: str, *, codec: str, further: bool = False) -> None:
        """See `Engine.save`. Files are named as Spark names them, so that `expire` knows them."""
        super().save(frame, uri, doing, codec=codec, further=further)
        for file in Path(uri).glob(f"{MONTH_FOLDER}=*/*.parquet"):
            if not file.name.startswith("part-"):
                file.rename(file.with_name(f"part-{file.name}"))

    def _place(self, uri: str) -> str:
        return _path(uri)

    @contextmanager
    def kept(self, frame: "DataFrame") -> "Iterator[DataFrame]":
        """See `Engine.kept`. It takes `persist`, and makes the frame anew each time: so it is written, and read again."""
        with tempfile.TemporaryDirectory(dir=self._scratch, ignore_cleanup_errors=True) as folder:
            uri = f"{folder}/kept"
            frame.write.parquet(_path(uri))
            files = sorted(map(str, Path(uri).glob("*.parquet")))  # none of no row
            yield self.parquet(files, frame.schema)

    def is_failure(self, error: Exception) -> bool:
        """See `Engine.is_failure`."""
        return type(error).__module__.partition(".")[0] in {"pyspark", "grpc"}

    def unread(self, error: Exception) -> Refusal:
        """See `Engine.unread`. The file may be good: that is for Spark to say."""
        return Refusal(
            RefusalCode.ENGINE, f"Sail cannot read the file: {cause_of(error)}; run again with --engine spark"
        )

    def check_alive(self, error: Exception) -> None:
        """See `Engine.check_alive`."""
        try:
            self.session.range(1).count()
        except Exception:
            raise LakeError(f"Sail has ended: {cause_of(error)}; run again, or with --engine spark") from error

    def _linked(self, uris: Iterable[str], folders: "dict[str, str] | None" = None) -> str:
        """A new folder of links to files, each in a folder that gives its name as a column, below others that may be given."""
        folder = tempfile.mkdtemp(dir=self._scratch)
        for uri in uris:
            name = uri.rpartition("/")[2]
            below = Path(folder, (folders or {}).get(uri, ""), f"{FILE}={name}")
            below.mkdir(parents=True)
            (below / name).symlink_to(uri)
        return folder


def _path(uri: str) -> str:
    """What Sail takes for a local path: it decodes `%`."""
    return f"file://{quote(uri)}"
