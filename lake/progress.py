"""A line now and then while an engine works, on standard error: what, how far, since when."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

FIRST_AFTER, EVERY = 5.0, 10.0  # seconds


@contextmanager
def progress(what: str, how_far: Callable[[], str]) -> Iterator[None]:
    """Says every ten seconds what is done and how far it is, from the fifth second on."""
    done, started = threading.Event(), time.monotonic()

    def report() -> None:
        wait = FIRST_AFTER
        while not done.wait(wait):
            wait = EVERY
            with suppress(OSError):  # nobody reads it
                sys.stderr.write(f"  {what}: {time.monotonic() - started:.0f} s{how_far()}\n")
                sys.stderr.flush()

    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        yield
    finally:
        done.set()
        reporter.join()
