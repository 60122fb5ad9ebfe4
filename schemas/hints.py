"""What a value that cannot be read looks like, and so what to do about it: the second half of a message."""

import re
from dataclasses import dataclass

from schemas.reasons import Reason

MAX_VALUE = 60  # characters: a longer value is of no kind that anybody knows
_NUMBER = frozenset((Reason.BAD_NUMBER, Reason.NON_FINITE))
_TIME = frozenset((Reason.BAD_TIMESTAMP,))
_DIGITS = r"[+-]?\d{1,3}"


@dataclass(frozen=True)
class Hint:
    """A kind of value, and what to do about it.

    Attributes:
        reasons: What was wrong with the value.
        pattern: How values of this kind look; the whole value, in any case, and digits are ASCII.
        text: What to do.
    """

    reasons: frozenset[Reason]
    pattern: str
    text: str

    def fits(self, reason: Reason, value: str) -> bool:
        """Is a value of this kind?"""
        return reason in self.reasons and bool(re.fullmatch(self.pattern, value, re.ASCII | re.IGNORECASE))


HINTS = (
    Hint(
        _NUMBER | _TIME,
        r"#?n\.?/?a\.?|<na>|#?null!?|none|nil|na[nt]|missing|unknown|undefined|-+|\?+|\.+|\*+|\\n|0000-00-00( 00:00:00)?",
        "for a missing value leave the field empty",
    ),
    # Times. Several may fit: each adds its part.
    Hint(_TIME, r"\d{4}-\d\d?-\d\d?T.*", "a blank instead of the T"),
    Hint(_TIME, r".*:\d\d?[.,]\d+.*", "no fractions of a second"),
    Hint(
        _TIME,
        r".*:\d\d(\.\d+)? ?(Z|[+-]\d\d(:?\d\d)?|UTC|GMT|E[SD]?T|[a-z_]+/[a-z_]+)",
        "the clock of New York, no time zone",
    ),
    Hint(_TIME, r".*\d ?[ap]\.?m\.?", "hours from 00 to 23, no AM or PM"),
    Hint(_TIME, r"\d{1,2}([./-])\d{1,2}\1\d{2,4}\b.*", "the year first, then the month, then the day"),
    Hint(
        _TIME,
        r".*\d[ -]?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec).*|[a-z]{3,9},? .*\d.*",
        "the month as two digits",
    ),
    Hint(_TIME, r"\d{4}([./])\d{1,2}\1\d{1,2}.*", "dashes within the date"),
    Hint(_TIME, r"(19|20)\d{6}([ T]?\d{4}(\d\d)?)?", "dashes within the date, colons within the time"),
    Hint(_TIME, r"[+-]?\d{9,10}(\.\d+)?|[+-]?(\d{13}|\d{16}|\d{19})", "a date and a time, not what passed since 1970"),
    Hint(_TIME, r"\d{5}(\.\d+)?", "a date and a time, not the day number of a spreadsheet"),
    Hint(_TIME, r"\d{4}([./-])\d{1,2}\1\d{1,2}", "the time of day as well"),
    Hint(_TIME, r"\d{1,2}:\d\d(:\d\d)?", "the date as well"),
    Hint(_TIME, r".*[ T]\d{1,2}:\d\d", "the seconds as well"),
    Hint(
        _TIME,
        r"(?!\d{4}-\d\d-\d\d([ T]\d\d:\d\d:\d\d|$))\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{1,2}:\d{1,2}.*)?",
        "two digits each",
    ),
    Hint(_TIME, r"(?!0000)\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "no calendar or clock shows this"),
    # Numbers.
    Hint(_NUMBER, r"[+-]?\d*,\d{1,2}|[+-]?\d+,\d{4,}", "a point before the decimals, no comma"),
    Hint(_NUMBER, _DIGITS + r"(\.\d{3})+,\d{1,2}", "nothing between the thousands, a point before the decimals"),
    Hint(_NUMBER, r".*\d,\d{3}\b.*|.*\d[ '_\u00a0\u2009\u202f\u2019]\d{3}\b.*", "nothing between the thousands"),
    Hint(_NUMBER, r".*([$\u20ac\u00a3\u00a5]|\b(usd|eur|dollars?)\b|\d(usd|eur)).*", "the amount alone, no currency"),
    Hint(_NUMBER, r".*\d ?%", "the number alone, no percent sign"),
    Hint(_NUMBER, r".*\d ?(mi|miles?|km|m|ft|min)\.?", "the number alone, no unit"),
    Hint(_NUMBER, r"\(.*\d.*\)|.*\d-|[\u2010-\u2015\u2212].*\d.*", "a minus sign in front: -12.50"),
    Hint(_NUMBER, r"=.*|#(ref|value|div/0|name|num).*", "the value, not a formula or its error"),
    Hint(_NUMBER, r"true|false|yes|no|[yn]", "a number, no yes or no"),
    Hint(_NUMBER, r"\d{4}-\d\d-\d\d.*|\d+:\d\d.*", "a time stands here: are the columns in their order?"),
)


def hints(reason: Reason, value: str) -> str:
    """What to do about a value, for a message; empty if its kind is not known.

    Args:
        reason: What is wrong with it.
        value: The value without the blanks and quotes around it.
    """
    if len(value) > MAX_VALUE:
        return ""
    fitting = [hint.text for hint in HINTS if hint.fits(reason, value)]
    if not fitting and any(char.isdigit() and not char.isascii() for char in value):
        fitting = ["digits from 0 to 9"]
    return ", ".join(fitting)
