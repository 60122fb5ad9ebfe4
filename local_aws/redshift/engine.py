"""Databases on DuckDB, and sessions in them: one transaction each, with Redshift's locks around it.

DuckDB takes a transaction's snapshot at its first access to the data, as Redshift does; a LOCK touches no data. So a
load that reads before it locks sees the past here too.
"""

import contextlib
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from local_aws.redshift import privileges
from local_aws.redshift.commands import Command, Copy, Create, CreateGroup, Grant, Lock, Name, Query, Truncate
from local_aws.redshift.copying import Source, copy
from local_aws.redshift.dialect import parse
from local_aws.redshift.errors import CancelledError, RedshiftError, translated
from local_aws.redshift.locks import Locks, Mode

_SETTINGS = {"threads": 2, "memory_limit": "512MB", "enable_external_access": False}


@dataclass(frozen=True)
class Result:
    """What a statement gave: rows, or how many it changed (-1: neither)."""

    count: int = -1
    columns: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()

    @property
    def has_rows(self) -> bool:
        """Whether it is a result set, be it empty."""
        return bool(self.columns)


class Databases:
    """The databases below a folder: one file each, opened when it is first asked for."""

    def __init__(self, folder: Path, source: Source) -> None:
        self._folder = folder
        self._source = source
        self._open: dict[Path, Database] = {}
        self._opening = threading.Lock()

    def get(self, target: str, database: str) -> "Database":
        """The database of a workgroup or cluster. It exists as soon as it is asked for."""
        path = self._folder / target / f"{database}.duckdb"
        with self._opening:
            if path not in self._open:
                self._open[path] = Database(path, self._source)
            return self._open[path]

    def delete(self) -> None:
        """Closes and deletes them."""
        with self._opening:
            for database in self._open.values():
                database.close()
            self._open.clear()
            shutil.rmtree(self._folder, ignore_errors=True)


class Database:
    """One database of a workgroup or cluster, in a file."""

    def __init__(self, path: Path, source: Source) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._root = duckdb.connect(str(path), config=_SETTINGS)
        self._connecting = threading.Lock()
        self._root.execute("CREATE SCHEMA IF NOT EXISTS public")
        privileges.create_system_tables(self._root)
        self.source = source
        self.locks = Locks()

    def session(self) -> "Session":
        """A session of its own: temp tables are seen in it only."""
        return Session(self, self._connect())

    def has_relation(self, name: Name) -> bool:
        """Whether there is such a table now, looked up outside of any transaction."""
        with self._connect() as connection:
            found = connection.execute(
                "SELECT 1 FROM duckdb_tables() WHERE schema_name = ? AND table_name = ? AND NOT temporary",
                [name.schema or "public", name.table],
            )
            return bool(found.fetchall())

    def _connect(self) -> duckdb.DuckDBPyConnection:
        with self._connecting:
            return self._root.cursor()

    def close(self) -> None:
        """Closes the file."""
        self._root.close()


class Session:
    """One connection. Its transaction begins with the first statement; `close` ends it, undone unless committed."""

    def __init__(self, database: Database, connection: duckdb.DuckDBPyConnection) -> None:
        self._database = database
        self._connection = connection
        self._temporary: set[str] = set()
        self._cancelled = threading.Event()
        self._open = False
        connection.execute("SET integer_division = true")  # 7 / 2 is 3
        connection.execute("SET search_path = 'public,main'")

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, sql: str) -> Result:
        """Runs one statement within the transaction.

        Raises:
            RedshiftError: It failed; the transaction can only be closed then.
            CancelledError: `cancel` was called.
        """
        command = parse(sql)
        try:
            if self._cancelled.is_set():
                raise CancelledError
            self._begin()
            self._lock(command)
            return self._run(command)
        except duckdb.InterruptException:
            raise CancelledError from None
        except duckdb.Error as error:
            raise translated(error) from None

    def commit(self) -> None:
        """Makes the changes seen, and gives back the locks.

        Raises:
            RedshiftError: They conflict with another transaction's.
        """
        try:
            if self._open:
                self._connection.execute("COMMIT")
        except duckdb.Error as error:
            raise translated(error) from None
        finally:
            self._open = False
            self._database.locks.release(self)

    def cancel(self) -> None:
        """Stops what runs or waits, from another thread."""
        self._cancelled.set()
        with contextlib.suppress(duckdb.ConnectionException):  # it has ended meanwhile
            self._connection.interrupt()

    def close(self) -> None:
        """Undoes what is not committed, and ends the session."""
        try:
            if self._open:
                self._connection.execute("ROLLBACK")
        except duckdb.Error:
            pass  # DuckDB has ended it itself, on an error at the commit
        finally:
            self._open = False
            self._connection.close()
            self._database.locks.release(self)

    def _begin(self) -> None:
        if not self._open:
            self._connection.execute("BEGIN")
            self._open = True

    def _lock(self, command: Command) -> None:
        for name, mode in _locks(command):
            if name.table in self._temporary and not name.schema:
                continue
            if isinstance(command, Lock) and not self._database.has_relation(name):
                raise RedshiftError(f'relation "{name}" does not exist')
            key = str(Name(name.table, name.schema or "public"))
            self._database.locks.acquire(self, key, mode, self._cancelled.is_set)

    def _run(self, command: Command) -> Result:
        if isinstance(command, Query):
            if command.writes and command.writes.table in privileges.SYSTEM_TABLES:
                raise RedshiftError(f"permission denied for relation {command.writes}")
            return self._query(command)
        if isinstance(command, Copy):
            return Result(copy(self._connection, command, self._database.source))
        if isinstance(command, Create):
            self._create(command)
        elif isinstance(command, Truncate):
            self._connection.execute(f"DELETE FROM {command.table.sql}")
            self.commit()  # as in Redshift: what came before it cannot be undone any more
        elif isinstance(command, CreateGroup):
            privileges.create_group(self._connection, command)
        elif isinstance(command, Grant):
            privileges.grant(self._connection, command)
        return Result()

    def _query(self, command: Query) -> Result:
        done = self._connection.execute(command.sql)
        rows = done.fetchall()
        if command.writes:
            return Result(count=rows[0][0])
        columns = tuple((column[0], str(column[1])) for column in done.description)
        return Result(len(rows), columns, tuple(rows))

    def _create(self, command: Create) -> None:
        sql = command.sql
        if command.like:
            sql += self._declaration(command.like)
        self._connection.execute(sql)
        if command.temporary and command.name:
            self._temporary.add(command.name.table)
        elif command.name:
            privileges.grant_defaults(self._connection, command.name)

    def _declaration(self, name: Name) -> str:
        """The columns of a table with their constraints, as in its CREATE TABLE."""
        found = self._connection.execute(
            "SELECT sql FROM duckdb_tables() WHERE schema_name = ? AND table_name = ? AND NOT temporary",
            [name.schema or "public", name.table],
        ).fetchone()
        if found is None:
            raise RedshiftError(f'relation "{name}" does not exist')
        return str(found[0][found[0].index("(") :])


def _locks(command: Command) -> list[tuple[Name, Mode]]:
    """Which tables a statement needs, in which mode."""
    if isinstance(command, Query):
        writes = [(command.writes, Mode.WRITE)] if command.writes else []
        return [*writes, *((name, Mode.READ) for name in command.reads)]
    if isinstance(command, Copy):
        return [(command.table, Mode.WRITE)]
    if isinstance(command, Lock):
        return [(name, Mode.EXCLUSIVE) for name in command.tables]
    if isinstance(command, Truncate):
        return [(command.table, Mode.EXCLUSIVE)]
    if isinstance(command, Create) and command.name and not command.temporary:
        return [(command.name, Mode.EXCLUSIVE)]
    return []
