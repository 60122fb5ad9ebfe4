"""What is written for people: one line at a time, fit for a terminal."""

import sys

MAX_CAUSE = 300  # characters
MAX_ERROR = 1200  # of the line that ends a run: what to do stands at its end, behind URIs and a cause


def say(line: str) -> None:
    """A line for the user, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def printable(text: str, limit: int = MAX_CAUSE) -> str:
    """A text from outside as one short line: control characters, escapes among them, are written out."""
    line = "".join(char if char.isprintable() else repr(char)[1:-1] for char in text.strip())
    return line if len(line) <= limit else line[: limit - 1] + "…"
