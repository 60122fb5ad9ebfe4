"""What is written for people and programs: one line at a time, fit for a terminal, whatever its encoding."""

import contextlib
import os
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TextIO

from lake.errors import LakeError, UsageError, escaped

MAX_CAUSE = 300  # characters
MAX_ERROR = 1200  # of the line that ends a run: what to do stands at its end, behind URIs and a cause
EXAMPLES = 3  # names
EXIT_CLOSED = 141  # as of a Unix tool whose reader is gone: 128 + SIGPIPE
_UNSAFE = ("Cc", "Cf", "Zl", "Zp")  # control characters, those that turn text around, line separators


class OutputError(LakeError):
    """Standard output cannot be written: the run ends, and what it has published stays."""


class OutputClosed(OutputError):  # noqa: N818 (an ordinary end: `| head`)
    """Who read standard output has gone."""

    exit_status = EXIT_CLOSED


def say(line: str) -> None:
    """A line for the user, at once. Control characters are written out, and what the encoding lacks.

    Raises:
        OutputError: It cannot be written.
    """
    _write(_encodable(escaped(line), sys.stdout))


def say_path(path: str) -> None:
    """A path for programs, to the byte: one that would be read as two lines, or seen as another, is refused.

    Raises:
        UsageError: It holds a control character.
        OutputError: It cannot be written.
    """
    if any(unicodedata.category(char) in _UNSAFE for char in path):
        raise UsageError(f"{path} holds a control character, which a list of paths cannot carry: move the lake")
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        _write(path)
    else:
        with _told_if_closed():
            stream.write(os.fsencode(path) + b"\n")
            stream.flush()


def say_text(text: str) -> None:
    """Text for programs, as it is, line ends too: CSV, whose fields may hold them.

    Raises:
        OutputError: It cannot be written.
    """
    with _told_if_closed():
        sys.stdout.write(_encodable(text, sys.stdout))
        sys.stdout.flush()


def tell(error: LakeError) -> int:
    """The line of an error, on standard error; returns the exit status."""
    if not isinstance(error, OutputClosed):
        with contextlib.suppress(OSError):  # nobody is left to tell
            sys.stderr.write(_encodable(f"error: {printable(str(error), MAX_ERROR)}\n", sys.stderr))
    return error.exit_status


def is_terminal() -> bool:
    """Does a human read standard output?"""
    return sys.stdout.isatty()


def printable(text: str, limit: int = MAX_CAUSE) -> str:
    """A text from outside as one short line: control characters, escapes among them, are written out."""
    line = escaped(text.strip())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def examples(names: Sequence[str]) -> str:
    """Some names from outside, in one line."""
    return ", ".join(printable(name) for name in names[:EXAMPLES])


def _encodable(text: str, stream: TextIO) -> str:
    """The text, with what the stream's encoding lacks written out."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _write(line: str) -> None:
    with _told_if_closed():
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


@contextlib.contextmanager
def _told_if_closed() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        _give_up(sys.stdout)
        if isinstance(error, BrokenPipeError):
            raise OutputClosed("standard output is closed") from error
        raise OutputError(f"cannot write to standard output: {error.strerror}; what was published stays") from error


def _give_up(stream: TextIO) -> None:
    """What is left in its buffer must not be tried again when Python ends, which would be another exit status."""
    with contextlib.suppress(OSError, ValueError):  # a stream of a test has no file
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
