"""What is read back from storage, told from what only looks like it: anybody may have written there.

The types of a dataclass's fields say what its JSON must be, at every depth; a `Check` in a type says more. Fields that are
unknown were added by a newer version, and are ignored.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from types import UnionType
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from lake.errors import RecordError
from lake.months import MONTH
from lake.publication.runs import RUN
from schemas.columns import MONTH_FOLDER

MAX_BYTES = 16 << 20  # a receipt of a month in a thousand files has 200 kB
_LARGEST = 2**63 - 1
_DIGITS = 19
_RUN_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,149}"
_DATA_PATH = re.compile(rf"{RUN}{_RUN_NAME}/{MONTH_FOLDER}={MONTH.pattern}/[A-Za-z0-9][A-Za-z0-9._-]*")
_Record = TypeVar("_Record")


@dataclass(frozen=True)
class Check:
    """What a value must be beside its type: in words, and as a test."""

    expected: str
    holds: Callable[[Any], object]


def _is_moment(text: str) -> bool:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is not None and 2000 <= moment.year < 9999


Count = Annotated[int, Check("a whole number from 0 on", lambda value: 0 <= value <= _LARGEST)]
Generation = Annotated[int, Check("a whole number from 1 on", lambda value: 1 <= value <= _LARGEST)]
Month = Annotated[str, Check("a month such as 2020-04", MONTH.fullmatch)]
RunName = Annotated[str, Check("the name of a run", re.compile(_RUN_NAME).fullmatch)]
Moment = Annotated[str, Check("a time with its zone", _is_moment)]
DataPath = Annotated[str, Check(f"{RUN}NAME/{MONTH_FOLDER}=MONTH/FILE", _DATA_PATH.fullmatch)]


def read_record(record_type: type[_Record], body: bytes, uri: str, what: str) -> _Record:
    """The record that an object holds.

    Args:
        record_type: A dataclass, or a mapping.
        body: The object's bytes.
        uri: Where it lies.
        what: What it should be, for the error.

    Raises:
        RecordError: It is none.
    """
    try:
        found: _Record = _value(record_type, _parsed(body), "")
        return found
    except RecursionError:
        why = "it is nested too deep"
    except ValueError as error:
        why = str(error)
    raise RecordError(f"{uri} is not a {what} that this version can read: {why}")


def _parsed(body: bytes) -> Any:
    if len(body) > MAX_BYTES:
        raise ValueError(f"it has {len(body):,} bytes, at most {MAX_BYTES:,} are read")
    return json.loads(
        body.decode(), parse_int=_whole_number, parse_constant=_no_number, object_pairs_hook=_without_repeats
    )


def _whole_number(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError(f"a number of {len(digits):,} digits")
    return int(digits)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is not a number")


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a field stands twice in one object")
    return found


def _record(record_type: type[_Record], found: Any, where: str) -> _Record:
    if type(found) is not dict:
        raise _unexpected(where, "an object", found)
    types, values = get_type_hints(record_type, include_extras=True), {}
    for known in fields(record_type):  # type: ignore[arg-type]  # each is a dataclass
        place = f"{where}.{known.name}" if where else known.name
        if known.name in found:
            values[known.name] = _value(types[known.name], found[known.name], place)
        elif known.default is MISSING and known.default_factory is MISSING:
            raise ValueError(f"{place} is missing")
    return record_type(**values)


def _value(wanted: Any, found: Any, where: str) -> Any:
    """A value as a type wants it: a dataclass, a tuple of one type, a mapping from text, text, a whole number, or None."""
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin is Annotated:
        value, check = _value(arguments[0], found, where), arguments[1]
        if not check.holds(value):
            raise _unexpected(where, check.expected, found)
        return value
    if origin is UnionType:
        return None if found is None else _value(arguments[0], found, where)
    if is_dataclass(wanted):
        return _record(wanted, found, where)  # type: ignore[arg-type]  # a class, no instance
    if origin is tuple and type(found) is list:
        return tuple(_value(arguments[0], one, f"{where}[{index}]") for index, one in enumerate(found))
    if origin in (Mapping, dict) and type(found) is dict:
        return {name: _value(arguments[1], one, f"{where}.{name}") for name, one in found.items()}
    if type(found) is not wanted:  # a bool is an int elsewhere
        raise _unexpected(where, _NAMES[origin or wanted], found)
    return found


_NAMES: dict[Any, str] = {str: "text", int: "a whole number", tuple: "a list", Mapping: "an object", dict: "an object"}


def _unexpected(where: str, expected: str, found: Any) -> ValueError:
    containers: dict[Any, str] = {dict: "an object", list: "a list"}
    seen = containers.get(type(found)) or json.dumps(found)
    return ValueError(f"{where or 'it'} should be {expected}, found {seen[:60]}")
