"""Redshift's SQL, as much of it as docs/local-redshift.md lists. Everything else is refused here, with its name.

Commands that only Redshift has are read word by word; queries and CREATE are parsed and rewritten by sqlglot.
"""

import re
from collections.abc import Callable

from local_aws.redshift.commands import Command, Copy, CreateGroup, Grant, Lock, Name, Truncate
from local_aws.redshift.errors import RedshiftError, unsupported
from local_aws.redshift.queries import parse_query

_TOKENS = re.compile(r"""--[^\n]*|/\*.*?\*/|(?P<token>'(?:[^']|'')*'|"[^"]*"|[\w$]+|\S)""", re.DOTALL)
_PARSED_AS_QUERY = {"select", "with", "insert", "update", "delete", "create"}


def parse(sql: str) -> Command:
    """One statement.

    Raises:
        RedshiftError: It is not SQL, or nothing that is supported here.
    """
    words = _Words(sql)
    first = words.peek()
    if first == "create" and words.peek(1) == "group":
        return words.whole(_create_group)
    if first in _PARSED_AS_QUERY:
        return parse_query(sql)
    readers: dict[str, Callable[[_Words], Command]] = {
        "lock": _lock,
        "truncate": _truncate,
        "copy": _copy,
        "grant": _grant,
        "alter": _alter,
    }
    reader = readers.get(first)
    if reader is None:
        raise unsupported(first.upper() or "an empty statement")
    return words.whole(reader)


class _Words:
    """The words of a statement, comments left out, taken one after the other."""

    def __init__(self, sql: str) -> None:
        self._words = [found["token"] for found in _TOKENS.finditer(sql) if found["token"]]
        while self._words and self._words[-1] == ";":
            self._words.pop()
        if ";" in self._words:
            raise RedshiftError("cannot insert multiple commands into a prepared statement")
        self._at = 0

    def peek(self, ahead: int = 0) -> str:
        """The next word in lower case, which stays."""
        at = self._at + ahead
        return self._words[at].lower() if at < len(self._words) else ""

    def take(self, *expected: str) -> bool:
        """Takes these words if they come next."""
        if [self.peek(ahead) for ahead in range(len(expected))] != list(expected):
            return False
        self._at += len(expected)
        return True

    def expect(self, *expected: str) -> None:
        """Takes these words, which must come next."""
        for word in expected:
            if not self.take(word):
                raise self.wrong()

    def identifier(self) -> str:
        """A name, in lower case with or without quotes, as Redshift folds it."""
        word = self.peek()
        if not re.fullmatch(r'[a-z_][\w$]*|"[^"]+"', word):
            raise self.wrong()
        self._at += 1
        return word.strip('"')

    def name(self) -> Name:
        """`table` or `schema.table`."""
        first = self.identifier()
        return Name(self.identifier(), first) if self.take(".") else Name(first)

    def text(self) -> str:
        """A text in quotes."""
        if not self.peek().startswith("'"):
            raise self.wrong()
        word = self._words[self._at]
        self._at += 1
        return word[1:-1].replace("''", "'")

    def wrong(self) -> RedshiftError:
        """An error about the next word."""
        return RedshiftError(f'syntax error at or near "{self.peek() or "end of statement"}"')

    def whole(self, read: "Callable[[_Words], Command]") -> Command:
        """What the reader makes of the statement, all of which it must take."""
        command = read(self)
        if self.peek():
            raise unsupported(f'"{self.peek()}" after the rest of the statement')
        return command


def _lock(words: _Words) -> Lock:
    words.expect("lock")
    words.take("table")
    tables = [words.name()]
    while words.take(","):
        tables.append(words.name())
    return Lock(tuple(tables))


def _truncate(words: _Words) -> Truncate:
    words.expect("truncate")
    words.take("table")
    return Truncate(words.name())


def _copy(words: _Words) -> Copy:
    words.expect("copy")
    table = words.name()
    columns = _columns(words) if words.take("(") else ()
    words.expect("from")
    uri = words.text()
    if not uri.startswith("s3://"):
        raise unsupported(f"COPY FROM '{uri}'")
    role, parquet, manifest = "", False, False
    while words.peek():
        if words.take("iam_role"):
            role = words.text() if words.peek() != "default" else ""
            if not role:
                raise unsupported("IAM_ROLE DEFAULT")
        elif words.take("format", "as", "parquet") or words.take("format", "parquet") or words.take("parquet"):
            parquet = True
        elif words.take("manifest"):
            manifest = True
        else:
            raise unsupported(f"COPY with {words.peek().upper()}")
    if not role:
        raise RedshiftError("COPY needs a role to read with: IAM_ROLE 'arn:aws:iam::ACCOUNT:role/NAME'")
    if not parquet:
        raise unsupported("COPY of anything but FORMAT AS PARQUET")
    return Copy(table, columns, uri, role, manifest)


def _columns(words: _Words) -> tuple[str, ...]:
    columns = [words.identifier()]
    while words.take(","):
        columns.append(words.identifier())
    words.expect(")")
    return tuple(columns)


def _create_group(words: _Words) -> CreateGroup:
    words.expect("create", "group")
    return CreateGroup(words.identifier())


def _grant(words: _Words) -> Grant:
    words.expect("grant")
    privileges = _privileges(words)
    words.expect("on")
    if words.take("schema"):
        schema = words.identifier()
        return Grant(privileges, _group(words), schema, on_schema=True)
    if words.take("all", "tables", "in", "schema"):
        schema = words.identifier()
        return Grant(privileges, _group(words), schema)
    words.take("table")
    name = words.name()
    return Grant(privileges, _group(words), name.schema or "public", name.table)


def _alter(words: _Words) -> Grant:
    if not words.take("alter", "default", "privileges"):
        raise unsupported(f"ALTER {words.peek(1).upper()}")
    words.expect("in", "schema")
    schema = words.identifier()
    words.expect("grant")
    privileges = _privileges(words)
    words.expect("on", "tables")
    return Grant(privileges, _group(words), schema, default=True)


def _privileges(words: _Words) -> tuple[str, ...]:
    privileges = [words.identifier()]
    while words.take(","):
        privileges.append(words.identifier())
    if unknown := set(privileges) - {"select", "insert", "update", "delete", "usage", "create"}:
        raise unsupported(f"GRANT {', '.join(sorted(unknown)).upper()}")
    return tuple(privileges)


def _group(words: _Words) -> str:
    words.expect("to")
    if not words.take("group"):
        raise unsupported(f"GRANT TO {words.peek().upper()}")
    return words.identifier()
