"""What runs the formulas of `transforms`, which know of none. This is the package's door.

engine   what is asked of each, and what they share
spark    Spark: everywhere
sail     Sail: local folders on one machine, in a fraction of the time
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lake.engines.engine import FILE, SAIL, SPARK, Engine
from lake.engines.spark import SparkEngine

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["ENGINES", "FILE", "SAIL", "SPARK", "Engine", "SparkEngine", "check_engine", "engine_named", "engine_of"]

ENGINES = (SPARK, SAIL)


def check_engine(name: str, places: Iterable[str]) -> None:
    """Looks whether an engine can do what is asked of it, before anything is begun.

    Args:
        name: Its name.
        places: Where the data lies.

    Raises:
        UsageError: It is not installed, or cannot reach a place.
    """
    if name == SAIL:
        from lake.engines.sail import check

        check(places)


def engine_named(name: str, app_name: str = "", *, rows: int | None = None) -> Engine:
    """An engine, which starts when it is first needed.

    Args:
        name: Its name.
        app_name: What it shows the session as.
        rows: About how many rows will be read, rather too many than too few; None if nobody knows.
    """
    if name == SAIL:
        from lake.engines.sail import SailEngine

        return SailEngine(app_name, rows=rows)
    return SparkEngine(app_name, rows=rows)


def engine_of(session: "SparkSession") -> Engine:
    """The engine of a session that is there already."""
    if "pyspark.sql.connect" in type(session).__module__:
        from lake.engines.sail import SailEngine

        return SailEngine(session=session)
    return SparkEngine(session=session)
