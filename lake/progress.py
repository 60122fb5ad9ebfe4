"""A line now and then while Spark works, on standard error: what, how far, since when."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark import SparkContext

FIRST_AFTER, EVERY = 5.0, 10.0  # seconds


@contextmanager
def progress(context: "SparkContext", what: str) -> Iterator[None]:
    """Says every ten seconds how many of Spark's tasks are done, from the fifth second on."""
    done, started = threading.Event(), time.monotonic()

    def report() -> None:
        wait = FIRST_AFTER
        while not done.wait(wait):
            wait = EVERY
            with suppress(OSError):  # nobody reads it
                sys.stderr.write(f"  {what}: {time.monotonic() - started:.0f} s{_tasks(context)}\n")
                sys.stderr.flush()

    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        yield
    finally:
        done.set()
        reporter.join()


def _tasks(context: "SparkContext") -> str:
    tracker = context.statusTracker()
    stages = [info for stage in tracker.getActiveStageIds() if (info := tracker.getStageInfo(stage))]
    total = sum(stage.numTasks for stage in stages)
    return f", {sum(stage.numCompletedTasks for stage in stages)} of {total} parts" if total else ""
