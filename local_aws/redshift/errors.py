"""Errors in the words of Redshift. Messages of DuckDB that have a counterpart there are translated."""

import re

import duckdb


class RedshiftError(Exception):
    """A statement failed; the text is what DescribeStatement returns as Error.

    Attributes:
        detail: Redshift's context: the file, the value, the role. The Data API need not return it, so this one never does.
    """

    def __init__(self, message: str, detail: str = "", code: int | None = None) -> None:
        """Builds the text.

        Args:
            message: What failed, without the "ERROR: ".
            detail: Redshift's context.
            code: Redshift's number of the error, which comes with a detail.
        """
        super().__init__(f"ERROR: {message}")
        self.detail = f"{detail} (code {code})" if detail and code else detail


class CancelledError(Exception):
    """The statement was cancelled."""


def unsupported(what: str) -> RedshiftError:
    """What Redshift may well know and this one does not: refused, never ignored."""
    return RedshiftError(f"{what}: not supported by the local Redshift; docs/local-redshift.md lists what is")


def translated(error: duckdb.Error) -> RedshiftError:
    """The error as Redshift words it; where that is not known, DuckDB's own first sentence, marked as such."""
    text = str(error)
    for pattern, build in _TRANSLATIONS:
        if found := re.search(pattern, text, re.DOTALL):
            return build(found)
    return RedshiftError(f"{text.splitlines()[0]} (the words of DuckDB)")


def _bad_number(found: "re.Match[str]") -> RedshiftError:
    value, kind = found["value"], _TYPE_NAMES.get(found["type"], found["type"])
    message = f"Invalid digit, Value '{value.strip()[:1]}', Pos 0, Type: {kind}"
    return RedshiftError(message, value, 1207)


_TYPE_NAMES = {"INT16": "Short", "INT32": "Integer", "INT64": "Long", "DOUBLE": "Double"}
_TRANSLATIONS = (
    (r"Divide by zero", lambda _: RedshiftError("Divide by zero")),
    (r"Could not convert string '(?P<value>.*)' to (?P<type>INT\d+|DOUBLE|DECIMAL\S*)", _bad_number),
    (r"out of range", lambda found: RedshiftError("Numeric data overflow", found.string.splitlines()[0], 1058)),
    (
        r'(?:Table|View) with name "?(?P<name>[^\s"]+)"? does not exist',
        lambda found: RedshiftError(f'relation "{found["name"]}" does not exist'),
    ),
    (
        r'Schema with name "?(?P<name>\w+)"? does not exist',
        lambda f: RedshiftError(f'schema "{f["name"]}" does not exist'),
    ),
    (
        r'(?:Table|View) with name "?(?P<name>[\w.]+)"? already exists',
        lambda found: RedshiftError(f'Relation "{found["name"]}" already exists'),
    ),
    (
        r'Schema with name "?(?P<name>\w+)"? already exists',
        lambda f: RedshiftError(f'Schema "{f["name"]}" already exists'),
    ),
    (
        r'object "?(?P<name>\w+)"? is of type Table, trying to replace with type View',
        lambda found: RedshiftError(f'"{found["name"]}" is not a view'),
    ),
    (
        r'Referenced column "(?P<name>\w+)" not found',
        lambda found: RedshiftError(f'column "{found["name"]}" does not exist'),
    ),
    (
        r"NOT NULL constraint failed: \w+\.(?P<name>\w+)",
        lambda found: RedshiftError(f"Cannot insert a NULL value into column {found['name']}"),
    ),
    (
        r"CHECK constraint failed.*strlen\(\"?(?P<name>\w+)\"?\) <= (?P<length>\d+)",
        lambda f: RedshiftError(
            f"value too long for type character varying({f['length']})", f"column {f['name']}", 8001
        ),
    ),
    (
        r"(?i)catalog write-write conflict",
        lambda _: RedshiftError("could not complete because of conflict with concurrent transaction"),
    ),
    (
        r"(?i)conflict",
        lambda _: RedshiftError(
            "1023", "Serializable isolation violation: another transaction changed the same rows", 1023
        ),
    ),
)
