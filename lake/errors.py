"""The errors a user sees: each is one line that says what, where, and what to do."""

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
