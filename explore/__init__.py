"""For analysts: SQL over what is published, what TLC changed, what was quarantined, and the report.

Commands of `python -m lake`, and helpers for notebooks. Reads through receipts, writes nothing into a lake, starts no Spark.
It is not packed for Glue and EMR, and needs requirements/report.txt (`make setup-report`).

files       the files that receipts name, for DuckDB
tables      what is published as tables of DuckDB
sql         one SELECT, as a table or as CSV
raw_file    the raw file behind a month
aside       the lines in quarantine, each with what is wrong with it
mending     a raw file in which they are mended
changes     what changed between two generations of a month
waiting     raw files that wait or are refused
figures     what the report shows, each with the SELECT that checks it
pictures    Vega-Lite's pictures of them
zone_map    the map of the zones
report      the page
commands    the commands, as `python -m lake` calls them
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explore.aside import set_aside as set_aside
    from explore.tables import connect as connect

_FROM = {"connect": "explore.tables", "set_aside": "explore.aside"}


def __getattr__(name: str) -> Any:
    """The helpers for notebooks; each command imports what it needs and no more."""
    if name in _FROM:
        return getattr(import_module(_FROM[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
