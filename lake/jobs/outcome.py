"""What a run did, for people (a line a month) and for programs (one JSON line at the end)."""

import json
from collections import Counter
from dataclasses import dataclass, field

from lake.errors import EXIT_FAILED, EXIT_OK, EXIT_REFUSED, HistoryError
from lake.intake.refusals import refusal_line
from lake.publication.publisher import Draft, Publisher
from lake.publication.receipts import Receipt
from lake.terminal import MAX_ERROR, printable, say
from schemas.reasons import Refusal

MAX_WARNED = 10  # months


@dataclass
class Outcome:
    """What became of each month and file.

    Attributes:
        run: The run's name.
        published: New receipts, by month.
        unchanged: Months that were published as they are.
        refused: Refused files, by name.
        failed: Months that could not be published though their file is good, with the cause.
        superseded: Files replaced by another of their month.
        foreign: Files that are not ours.
        note: What else the user should know of what was found, or was not.
        warnings: What is far outside of what the months before showed, by month.
        tables: What became of the months of further tables, by name.
    """

    run: str
    published: dict[str, Receipt] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)
    refused: dict[str, Refusal] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    superseded: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    note: str = ""
    warnings: dict[str, list[str]] = field(default_factory=dict)
    tables: dict[str, "Outcome"] = field(default_factory=dict)

    def exit_status(self, *, fail_on_refused: bool) -> int:
        """0 all is published, 1 something failed, 3 a file is refused and that is to be told."""
        if self.failed or any(outcome.failed for outcome in self.tables.values()):
            return EXIT_FAILED
        return EXIT_REFUSED if self.refused and fail_on_refused else EXIT_OK

    def say_published(self, receipt: Receipt, source: str) -> None:
        """The line of a published month."""
        self.published[receipt.month] = receipt
        counts = receipt.counts
        aside = f", {counts.quarantined:,} quarantined" if counts.quarantined else ""
        say(f"{receipt.month}  published  {counts.published:>10,} rows{aside}  {source}")

    def publish(self, publisher: Publisher, draft: Draft, made_from: str) -> None:
        """Publishes a month, and tells. What stands against it is the month's failure, not the run's."""
        try:
            result = publisher.publish(draft)
        except HistoryError as error:
            self.failed[draft.month] = str(error)
            return
        if isinstance(result, Receipt):
            self.say_published(result, made_from)
        elif result.as_good:
            self.unchanged.append(draft.month)
        else:
            winner = result.receipt.run
            self.failed[draft.month] = f"run {winner} published the month while {self.run} worked on it; start again"

    def say_rest(self) -> None:
        """The lines of what was not published."""
        for name, refused in sorted(self.refused.items()):
            say(refusal_line(name, refused))
        for month, cause in sorted(self.failed.items()):
            say(f"{month}  failed     {printable(cause)}")
        for table, outcome in self.tables.items():
            for month, cause in sorted(outcome.failed.items()):
                say(f"{month}  failed     {table}: {printable(cause)}")
        for month, told in list(self.warnings.items())[:MAX_WARNED]:
            say(f"{month}  warning    {printable('; '.join(told), MAX_ERROR)}")
        if (more := len(self.warnings) - MAX_WARNED) > 0:
            say(f"warnings of {_number(more, 'month')} more: python -m lake report shows them")
        if self.note:
            say(f"note: {self.note}")
        done = [self, *self.tables.values()]
        if not self.refused and not any(outcome.published or outcome.failed for outcome in done):
            say(f"nothing to do: {_number(len(self.unchanged), 'month')} published before, unchanged")

    def sentence(self, seconds: float) -> str:
        """What the run did, for who looks at a terminal: about a line of it."""
        done = [self, *self.tables.values()]
        counts = [receipt.counts for receipt in self.published.values()]
        reasons = Counter[str]()
        for one in counts:
            reasons.update(one.reasons)
        rows = f"published {_number(len(counts), 'month')}, {sum(one.published for one in counts):,} rows"
        parts = [rows if counts else "nothing published"]
        if bad := sum(one.quarantined for one in counts):
            [(reason, number)] = reasons.most_common(1)
            more = f" and {len(reasons) - 1} more reasons" if len(reasons) > 1 else ""
            parts.append(f"{_number(bad, 'line')} in quarantine ({reason} {number:,}{more})")
        parts += [f"{table}: {_number(len(other.published), 'month')}" for table, other in self.tables.items()]
        if self.unchanged and not counts:
            parts.append(f"{_number(len(self.unchanged), 'month')} unchanged")
        if self.refused:
            parts.append(f"{_number(len(self.refused), 'file')} refused")
        if failed := sum(len(outcome.failed) for outcome in done):
            parts.append(f"{failed:,} failed")
        return f"{'; '.join(parts)}; {seconds:.0f} s"

    def json_line(self) -> str:
        """All counts as one JSON line; those of further tables, in the same form, under `tables`."""
        tables = {table: outcome.record() for table, outcome in self.tables.items()}
        more = {**({"warnings": self.warnings} if self.warnings else {}), **({"tables": tables} if tables else {})}
        return json.dumps({**self.record(), **more})

    def record(self) -> dict[str, object]:
        """All counts, by name."""
        receipts = self.published.values()
        reasons, flags = Counter[str](), Counter[str]()
        for receipt in receipts:
            reasons.update(receipt.counts.reasons)
            flags.update(receipt.counts.flags)
        return {
            "run": self.run,
            "published": sorted(self.published),
            "unchanged": len(self.unchanged),
            "refused": {name: refused.code for name, refused in sorted(self.refused.items())},
            "failed": sorted(self.failed),
            "superseded": sorted(self.superseded),
            "foreign": len(self.foreign),
            "lines": sum(receipt.counts.lines for receipt in receipts),
            "rows": sum(receipt.counts.published for receipt in receipts),
            "quarantined": sum(receipt.counts.quarantined for receipt in receipts),
            "reasons": dict(sorted(reasons.items())),
            "flags": dict(sorted(flags.items())),
        }


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
