"""The statements that the local Redshift knows, as data. `dialect.parse` makes them, `engine.Session` runs them."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Name:
    """A table, view or schema member, in lower case as Redshift folds it. Without a schema: `public`, or a temp table."""

    table: str
    schema: str = ""

    def __str__(self) -> str:
        """As it is written."""
        return f"{self.schema}.{self.table}" if self.schema else self.table

    @property
    def sql(self) -> str:
        """As DuckDB is told."""
        return ".".join(f'"{part}"' for part in (self.schema, self.table) if part)


@dataclass(frozen=True)
class Query:
    """SELECT, INSERT, UPDATE or DELETE: DuckDB's SQL, the tables read, and the one written."""

    sql: str
    reads: tuple[Name, ...]
    writes: Name | None = None


@dataclass(frozen=True)
class Create:
    """CREATE SCHEMA, TABLE, VIEW: DuckDB's SQL, and what is made (a schema: no name)."""

    sql: str
    name: Name | None
    temporary: bool = False
    like: Name | None = None


@dataclass(frozen=True)
class Lock:
    """LOCK."""

    tables: tuple[Name, ...]


@dataclass(frozen=True)
class Truncate:
    """TRUNCATE."""

    table: Name


@dataclass(frozen=True)
class Copy:
    """COPY of Parquet files: those of a manifest, or of all keys that begin like the URI."""

    table: Name
    columns: tuple[str, ...]
    uri: str
    role: str
    manifest: bool


@dataclass(frozen=True)
class CreateGroup:
    """CREATE GROUP."""

    name: str


@dataclass(frozen=True)
class Grant:
    """GRANT to a group: on a schema, on one table or view, or on all that a schema has now or (default) will have."""

    privileges: tuple[str, ...]
    group: str
    schema: str
    table: str = ""
    on_schema: bool = False
    default: bool = False


Command: TypeAlias = Query | Create | Lock | Truncate | Copy | CreateGroup | Grant
