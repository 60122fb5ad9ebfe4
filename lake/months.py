"""Months: their spelling, and the selection that `--months` makes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lake.errors import UsageError

MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
ALL = "all"  # for who must pass a value: Glue and EMR take no empty ones


def month_range(first: str, last: str) -> list[str]:
    """All months from the first to the last, both included."""
    year, month = int(first[:4]), int(first[5:])
    months = []
    while (current := f"{year:04d}-{month:02d}") <= last:
        months.append(current)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return months


@dataclass(frozen=True)
class Selection:
    """The months a run is about.

    Attributes:
        named: Months named by themselves: each must have a raw file.
        ranged: Months of a range: those count that have a raw file.
        everything: Whether no months were given, which means all.
    """

    named: frozenset[str]
    ranged: frozenset[str]
    everything: bool = False

    def __contains__(self, month: object) -> bool:
        """Is a month among them?"""
        return self.everything or month in self.named or month in self.ranged

    def missing(self, existing: Iterable[str]) -> list[str]:
        """The months named by themselves that do not exist."""
        return sorted(self.named - set(existing))


EVERY_MONTH = Selection(frozenset(), frozenset(), everything=True)


def parse_months(text: str | None) -> Selection:
    """A selection from `2020-04,2021-01..2021-06`; every month from None, an empty text or `all`.

    Raises:
        UsageError: The text is not such a list; it names the part.
    """
    if not text or text == ALL:
        return EVERY_MONTH
    named, ranged = set[str](), set[str]()
    for part in (part.strip() for part in text.split(",")):
        first, dots, last = part.partition("..")
        if not MONTH.fullmatch(first) or (dots and not MONTH.fullmatch(last)):
            raise UsageError(f"--months: {part!r} is not a month; expected 2020-04 or 2020-04..2020-06")
        if not dots:
            named.add(first)
        elif first > last:
            raise UsageError(f"--months: {part!r} ends before it begins")
        else:
            ranged.update(month_range(first, last))
    return Selection(frozenset(named), frozenset(ranged))
