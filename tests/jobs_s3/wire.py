"""The proxy before S3, for whole jobs: faults meet the PUTs of months' receipts only; a test can act at a chosen request."""

import re
from collections.abc import Callable
from urllib.parse import unquote

from tests.lake.faults import Fault, Faults

PUT_RECEIPT = re.compile(r"^PUT .*/_receipts/[0-9-]+\.json")


class Wire(Faults):
    """Requests are written `METHOD /bucket/key?query`, decoded.

    `refused` is answered 403, and its bucket or object is not touched.
    """

    def reset(self) -> None:
        super().reset()
        self.acts: list[tuple[re.Pattern[str], Callable[[], object]]] = []
        self.refused: re.Pattern[str] | None = None

    def at(self, request: str, act: Callable[[], object]) -> None:
        """Acts once, when the next request that fits has arrived and before it goes on; one act a request."""
        self.acts.append((re.compile(request), act))

    def refuse(self, request: str) -> None:
        """From here on, answers 403 to each request that fits."""
        self.refused = re.compile(request)

    def next_fault(self, method: str, path: str) -> Fault | None:
        request = f"{method} {unquote(path)}"
        with self.choosing:
            self.requests.append(request)
            due = next((one for one in self.acts if one[0].search(request)), None)
            if due:
                self.acts.remove(due)
        if due:
            due[1]()
        with self.choosing:
            if self.refused and self.refused.search(request):
                return 403
            return self.plan.pop(0) if self.plan and PUT_RECEIPT.search(request) else None

    def receipts_put(self, month: str = "") -> int:
        """How many PUTs of a month's receipt, or of any, arrived."""
        return sum(bool(PUT_RECEIPT.search(request)) and month in request for request in self.requests)
