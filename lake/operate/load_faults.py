"""What does not agree after Redshift has refused a load: Redshift's own message need not say it.

The guards of `redshift/*.sql` show their figures in a text that is not a number. Whether Redshift repeats that text is up to its
error's detail, which the Data API need not return: so the figures are looked up here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lake.errors import LakeError
from lake.publication.records import Count, read_record
from lake.storage import normalise, storage_of

UNKNOWN = -1
"""How the Data API writes a number of rows that it does not know."""
_SHOWN = 3  # files of a manifest


@dataclass(frozen=True)
class _Meta:
    content_length: Count


@dataclass(frozen=True)
class _File:
    url: str
    meta: _Meta


@dataclass(frozen=True)
class _Manifest:
    entries: tuple[_File, ...]


def load_faults(
    tables: Mapping[str, Mapping[str, Any]], generations: int, copied: Mapping[str, int], newest: int
) -> list[str]:
    """A line for each thing that does not agree; none if all does.

    Args:
        tables: `Load.tables`, as an XCom has it.
        generations: `Load.generations`.
        copied: Rows that COPY brought, by table, of the tables that it came to; `UNKNOWN` if Redshift does not say.
        newest: `Load.generations` of the newest load that Redshift holds.
    """
    lines = []
    for table, load in tables.items():
        rows = copied.get(table, load["rows"])
        if rows != load["rows"]:
            in_files = f"{rows}" if rows != UNKNOWN else "not told by Redshift"
            lines.append(f"nyc.{table}: rows in the files: {in_files}, in the receipts: {load['rows']}")
        lines += _manifest_faults(load["manifest"])
    if newest > generations:
        lines.append(f"a newer load is there: of {newest} generations of receipts, this one of {generations}")
    return lines


def _manifest_faults(uri: str) -> list[str]:
    try:
        faults = list(_file_faults(normalise(uri)))
    except LakeError as error:
        return [str(error)]
    more = len(faults) - _SHOWN
    return faults[:_SHOWN] if more <= 0 else [*faults[: _SHOWN - 1], f"{faults[_SHOWN - 1]} (and {more} more)"]


def _file_faults(uri: str) -> Iterator[str]:
    """What of a manifest is not as it says. The files' sizes come from a listing: nobody who asks may read them."""
    storage = storage_of(uri)
    if (found := storage.read(uri)) is None:
        yield f"{uri} is not there"
        return
    sizes = {file.uri: file.size for file in storage.list_tree(uri.rpartition("/")[0])}
    for file in read_record(_Manifest, found[0], uri, "manifest").entries:
        if file.url not in sizes:
            yield f"{file.url} is not there; {uri} names it"
        elif sizes[file.url] != file.meta.content_length:
            yield f"{file.url} has {sizes[file.url]} bytes, {uri} says {file.meta.content_length}"
