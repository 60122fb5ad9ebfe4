"""A failure of Spark in one line."""

import errno
import re

from lake.errors import CURES
from lake.terminal import printable

_CAUSE = re.compile(r"^\s*Caused by: (?:[\w.$]+: )?(.+)$", re.MULTILINE)


def cause_of(error: BaseException) -> str:
    """The root cause that an exception names, without its stack trace, as one line fit for a terminal."""
    text = str(error)
    causes = _CAUSE.findall(text)
    first = next((line for line in text.splitlines() if line.strip()), type(error).__name__)
    return printable(causes[-1] if causes else first)


def is_spark_error(error: Exception) -> bool:
    """Does Spark say so, or its bridge to Python? Anything else is a fault of ours, and shows as one."""
    # Nothing else here raises a ConnectionError: the bridge does, when Spark's JVM is gone.
    return type(error).__module__.partition(".")[0] in {"py4j", "pyspark"} or isinstance(error, ConnectionError)


_PASSING = ("amazon", "java.net.", "AccessDenied", "Permission denied", "OutOfMemory", "No space left", "timed out")


def may_pass(error: BaseException) -> bool:
    """Did Spark fail for want of rights, network, memory or space, rather than at the bytes that it read?"""
    return any(word in str(error) for word in _PASSING)


def refused_by(error: BaseException) -> int | None:
    """What kept Spark from writing, as the system's number; None if it was anything else, or may have been a file read."""
    text = str(error)
    if "Mkdirs failed to create" in text:  # Hadoop does not say why
        return errno.EACCES
    written_only = (errno.EROFS, errno.ENOSPC, errno.EDQUOT)
    return next((number for number in written_only if CURES[number][0] in text), None)
