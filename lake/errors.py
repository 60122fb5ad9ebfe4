"""The errors a user sees: each is one line that says what, where, and what to do."""

import errno

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_REFUSED = 0, 1, 2, 3


def escaped(text: str) -> str:
    """A text in which control characters, those that turn text around and bytes that are none are written out."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


class LakeError(Exception):
    """The root of all; a job that meets one prints it and exits with its `exit_status`."""

    exit_status = EXIT_FAILED

    def __str__(self) -> str:
        # Paths, keys and file names may hold line feeds and escapes, wherever it is shown.
        return escaped(super().__str__())


class UsageError(LakeError):
    """The caller asked for something that cannot be: a bad location, option or month."""

    exit_status = EXIT_USAGE


class StorageError(LakeError):
    """Storage refused, failed or could not be reached; nothing was written unless a subclass says otherwise."""


class OutputRefused(StorageError):  # noqa: N818 (a disk refuses it)
    """An output cannot be written where it should: no raw file is to blame."""


class PreconditionFailed(StorageError):  # noqa: N818 (named after the answer, HTTP 412)
    """The object is no longer (or already) there, or its content is not the expected one."""


class Conflict(StorageError):  # noqa: N818 (named after the answer, HTTP 409)
    """Another write to the same object is under way; the same request is to be repeated."""


class UnknownOutcome(StorageError):  # noqa: N818 (it may well have succeeded)
    """A write may or may not have happened. Whoever gets this must delete nothing."""


class LostRace(LakeError):  # noqa: N818 (an ordinary end of a race)
    """Another writer's object is in place of ours; `body` and `token` are what it holds now."""

    def __init__(self, message: str, body: bytes, token: str) -> None:
        super().__init__(message)
        self.body = body
        self.token = token


class HistoryError(LakeError):
    """A receipt that is to be replaced cannot be kept: the month stays as it is, others are not concerned."""


class RecordError(LakeError):
    """What was read back from storage is not what it should be: nothing of it is believed."""


class CatalogError(LakeError):
    """The Glue catalog refused or failed; the lake itself is as it was."""


_NO_RIGHT, _NO_ROOM = "let this user write there, or give another place", "make room, or give another place"
CURES = {
    errno.EACCES: ("Permission denied", _NO_RIGHT),
    errno.EPERM: ("Operation not permitted", _NO_RIGHT),
    errno.EROFS: ("Read-only file system", "mount it so that it can be written, or give another place"),
    errno.ENOSPC: ("No space left on device", f"{_NO_ROOM}; Spark's temporary files need some too (spark.local.dir)"),
    errno.EDQUOT: ("Disk quota exceeded", f"this user has used up what it may; {_NO_ROOM}"),
}
"""Why something cannot be written, as systems say it, Java's messages too, and what to do."""


def write_refused(place: str, number: int) -> OutputRefused:
    """The error of a place that cannot be written, by the number of the system's."""
    what, cure = CURES[number]
    return OutputRefused(f"cannot write {place}: {what}: {cure}")
