"""A failure of Spark in one line."""

import re

MAX_CAUSE = 300  # characters
_CAUSE = re.compile(r"^\s*Caused by: (?:[\w.$]+: )?(.+)$", re.MULTILINE)


def cause_of(error: BaseException) -> str:
    """The root cause that an exception names, without its stack trace, as one line fit for a terminal."""
    text = str(error)
    causes = _CAUSE.findall(text)
    first = next((line for line in text.splitlines() if line.strip()), type(error).__name__)
    return printable(causes[-1] if causes else first)


def printable(text: str) -> str:
    """A text from outside as one short line: control characters, escapes among them, are written out."""
    line = "".join(char if char.isprintable() else repr(char)[1:-1] for char in text.strip())
    return line if len(line) <= MAX_CAUSE else line[: MAX_CAUSE - 1] + "…"
