"""A lake whose files and receipts are written by hand, on either storage; no Spark."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lake.conftest import Place
from tests.lake.intake.parquet_bytes import parquet

BODY, ROWS = parquet(rows=10), 10
LONG_AGO = "2020-06-01T03:00:00+00:00"
REJECT = b"reject"


@dataclass
class HandMade:
    """Trips, their quarantine and the rides of some months. `put` creates or replaces an object below the lake."""

    place: Place
    runs: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    @property
    def options(self) -> list[str]:
        return [f"--{name}={self.place.uri(name)}" for name in ("transformed", "quarantine", "aggregates")]

    def put(self, path: str, body: bytes = b"x") -> None:
        uri = self.place.uri(path)
        if uri.startswith("s3://"):
            before = self.place.storage.read(uri)
            self.place.storage.put(uri, body, before[1] if before else None)
        else:  # as Spark does: without a lock beside it
            Path(uri).parent.mkdir(parents=True, exist_ok=True)
            Path(uri).write_bytes(body)

    def receipt(
        self, root: str, month: str, run: str, published_at: str = LONG_AGO, rejects: int = 0
    ) -> dict[str, Any]:
        """The next generation's receipt; of the rides it says that they were made from the trips as they are."""
        before, trips = self.runs.get((root, month)), self.runs.get(("transformed", month))
        of_run = (
            {"uri": self.place.uri("transformed"), "etag": trips["run"], "generation": trips["generation"]}
            if trips
            else {}
        )
        path = f"run={run}/month={month}/part-0.parquet"
        return {
            "month": month,
            "run": run,
            "generation": before["generation"] + 1 if before else 1,
            "previous": {"run": before["run"], "etag": "token"} if before else None,
            "contract_version": 1,
            "code_version": "0123",
            "published_at": published_at,
            "source": of_run if root == "aggregates" else {"uri": "raw", "etag": run},
            "files": [{"path": path, "rows": ROWS, "size": len(BODY)}],
            "counts": {"lines": ROWS + rejects, "published": ROWS, "quarantined": rejects},
            "quarantine_files": [{"path": path, "rows": rejects, "size": len(REJECT)}] if rejects else [],
        }

    def publish(self, root: str, month: str, run: str, published_at: str = LONG_AGO, rejects: int = 0) -> None:
        """Writes a run's month, keeps the receipt that it replaces, and puts its own."""
        receipt, before = self.receipt(root, month, run, published_at, rejects), self.runs.get((root, month))
        self.put(f"{root}/run={run}/month={month}/part-0.parquet", BODY)
        if rejects:
            self.put(f"quarantine/run={run}/month={month}/part-0.parquet", REJECT)
        if before:
            self.put(f"{root}/_receipts/replaced/{month}.{before['generation']}.json", json.dumps(before).encode())
        self.put(f"{root}/_receipts/{month}.json", json.dumps(receipt).encode())
        self.runs[root, month] = receipt

    def files(self) -> set[str]:
        """The paths of all objects that are no receipts."""
        start = len(self.place.uri(""))
        listed = (file.uri[start:] for file in self.place.storage.list_plain(self.place.folder)[0])
        return {path for path in listed if "/_receipts/" not in path}
