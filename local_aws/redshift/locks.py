"""Table locks, which DuckDB has not: a transaction that needs a table waits for those that hold it."""

import threading
from collections.abc import Callable
from enum import Enum

from local_aws.redshift.errors import CancelledError, RedshiftError

_LOOK = 0.05  # seconds: how soon a waiting statement notices that it was cancelled


class Mode(Enum):
    """How strongly a table is held."""

    READ = 1
    WRITE = 2
    EXCLUSIVE = 3  # LOCK, TRUNCATE and DDL: readers wait too

    def conflicts(self, other: "Mode") -> bool:
        """Readers share a table with one writer; writers come one after the other."""
        return self is Mode.EXCLUSIVE or other is Mode.EXCLUSIVE or self is other is Mode.WRITE


class Locks:
    """The locks of one database. An owner is a session; what it holds, it holds to the end of its transaction."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: dict[str, dict[object, Mode]] = {}
        self._waiting: dict[object, tuple[str, Mode]] = {}

    def acquire(self, owner: object, table: str, mode: Mode, cancelled: Callable[[], bool]) -> None:
        """Takes a table, waiting for those that hold it.

        Raises:
            RedshiftError: They wait for each other; this one gives up.
            CancelledError: It was cancelled while it waited.
        """
        with self._changed:
            try:
                while self._holders(owner, table, mode):
                    self._waiting[owner] = table, mode
                    self._changed.notify_all()
                    if self._is_deadlock(owner):
                        raise RedshiftError("deadlock detected", f"waiting for {table}", 40)
                    self._changed.wait(_LOOK)
                    if cancelled():
                        raise CancelledError
            finally:
                self._waiting.pop(owner, None)
            held = self._held.setdefault(table, {})
            held[owner] = max(mode, held.get(owner, mode), key=lambda each: each.value)

    def release(self, owner: object) -> None:
        """Gives back all that the owner holds."""
        with self._changed:
            for holders in self._held.values():
                holders.pop(owner, None)
            self._changed.notify_all()

    def wait_for_a_waiter(self, table: str, timeout: float) -> bool:
        """Waits until some session waits for the table. For tests, which need not sleep then.

        Returns:
            Whether one did within the time.
        """
        with self._changed:
            return self._changed.wait_for(lambda: any(name == table for name, _ in self._waiting.values()), timeout)

    def _holders(self, owner: object, table: str, mode: Mode) -> list[object]:
        held = self._held.get(table, {})
        return [other for other, theirs in held.items() if other is not owner and mode.conflicts(theirs)]

    def _is_deadlock(self, owner: object) -> bool:
        seen: set[object] = set()
        todo = [owner]
        while todo:
            if (waiter := todo.pop()) not in self._waiting:
                continue
            for holder in self._holders(waiter, *self._waiting[waiter]):
                if holder is owner:
                    return True
                if holder not in seen:
                    seen.add(holder)
                    todo.append(holder)
        return False
