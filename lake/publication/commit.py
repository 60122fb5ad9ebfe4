"""One conditional replace, carried through every answer that it can get."""

import random
import time
from collections.abc import Callable, Sequence

from lake.errors import (
    Conflict,
    LakeError,
    LostRace,
    PreconditionFailed,
    StorageError,
    UnknownOutcome,
)
from lake.storage import Storage

# Before each repeat, in seconds, halved or not by chance so that two writers fall out of step. With boto3's
# limits a PUT that never gets an answer ends after minutes, well before a lake's deadline for commits.
PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)


def commit(
    storage: Storage,
    uri: str,
    body: bytes,
    expected: str | None,
    is_ours: Callable[[bytes], bool],
    *,
    pauses: Sequence[float] = PAUSES,
) -> str:
    """Puts `body` in the place of the object with the token `expected` (None: of no object).

    Of an object that is replaced no two bodies may be equal bytes (a receipt names its run and its generation): a token must
    never recur, and `is_ours` must tell our body from any other, also from one that does not parse. An answer in doubt is
    settled by reading the object before anything else.

    Returns:
        The token of our object, which is in place.

    Raises:
        LostRace: another writer's object is in place.
        UnknownOutcome: it cannot be told. The caller deletes nothing.
        StorageError: nothing was written.
    """
    doubt: UnknownOutcome | None = None
    refusal: StorageError | None = None
    for pause in (*pauses, None):
        try:
            return storage.put(uri, body, expected)
        except PreconditionFailed as error:
            # Also the answer to a repeat, by us or by something on the way, of a PUT that had succeeded.
            return _settle(storage, uri, is_ours, error)
        except Conflict as error:
            refusal = error
        except UnknownOutcome as error:
            doubt = error
            if (token := _token_if_ours(storage, uri, expected, is_ours, error)) is not None:
                return token
        except StorageError as error:
            if doubt:  # the PUT in doubt may still be on its way
                raise _unknown(uri, error) from error
            raise
        if pause is not None:
            time.sleep(pause * random.uniform(0.5, 1.0))
    if doubt:
        raise _unknown(uri, doubt) from doubt
    raise StorageError(f"{uri}: gave up after {len(pauses) + 1} attempts, nothing was written: {refusal}") from refusal


def _settle(storage: Storage, uri: str, is_ours: Callable[[bytes], bool], refused: PreconditionFailed) -> str:
    """What a 412 means: the object now there is ours, or another's."""
    now = _read_back(storage, uri, refused)
    if now is None:
        raise StorageError(f"{uri} was deleted while it was to be written: nothing was written") from refused
    if is_ours(now[0]):
        return now[1]
    raise LostRace(f"{uri}: another writer was first", *now) from refused


def _token_if_ours(
    storage: Storage, uri: str, expected: str | None, is_ours: Callable[[bytes], bool], doubt: UnknownOutcome
) -> str | None:
    """The token if our object is there, None if the old one (or still none) is: the PUT may be repeated."""
    now = _read_back(storage, uri, doubt)
    if now is None:
        if expected is None:
            return None
        raise _unknown(uri, StorageError("the object it was to replace was deleted")) from doubt
    if is_ours(now[0]):
        return now[1]
    if now[1] == expected:
        return None
    raise LostRace(f"{uri}: another writer was first", *now) from doubt


def _read_back(storage: Storage, uri: str, doubt: StorageError) -> tuple[bytes, str] | None:
    try:
        return storage.read(uri)
    except LakeError as error:
        raise _unknown(uri, error) from doubt


def _unknown(uri: str, why: LakeError) -> UnknownOutcome:
    return UnknownOutcome(
        f"{uri}: it is not known whether it was written ({why}): delete nothing, look at it, then run again"
    )
