"""For who looks at what is published: queries, what changed, what was set aside, a page.

Commands of `python -m lake`, and helpers for notebooks. Reads through receipts, writes nothing into a lake, starts no Spark.
It is not packed for Glue and EMR, and needs requirements/report.txt (`make setup-report`).

files       the files that receipts name, for DuckDB
tables      what is published as tables of DuckDB
sql         one SELECT, as a table or as CSV
commands    the commands, as `python -m lake` calls them
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explore.tables import connect

__all__ = ["connect"]


def __getattr__(name: str) -> Any:  # a command imports what it needs and no more
    if name == "connect":
        from explore.tables import connect

        return connect
    raise AttributeError(name)
