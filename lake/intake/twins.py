"""The same bytes under the names of two months: one of them is under a wrong name, and nobody knows which."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping

from lake.errors import StorageError
from lake.intake.identity import Identity
from lake.intake.refusals import RefusalNote
from lake.storage import is_digest
from schemas.reasons import Refusal, RefusalCode

_Refused = dict[str, tuple[str, Refusal]]


def find_twins(identities: Mapping[str, Identity], notes: Mapping[str, RefusalNote]) -> _Refused:
    """The files that hold the bytes of another one, with their ETag and why they are refused, by name.

    Those of one ETag do. Of others only those of one size are looked at, by their checksums; where these are CRCs and equal,
    the bytes are read: of two months that is rare, and would cost a file that is right its month.

    Args:
        identities: What identifies each file, by name.
        notes: The notes of files that were refused before: what they say of these bytes is not read again.
    """
    files = {name: identity for name, identity in identities.items() if identity.file.size}
    refused: _Refused = {}
    for names in _alike(files, lambda name: files[name].etag):
        refused.update({name: (files[name].etag, _refusal(names)) for name in names})
    for names in _alike(files, lambda name: files[name].file.size):
        if len({files[name].etag for name in names}) > 1:
            refused.update(_by_checksum({name: files[name] for name in names}, notes))
    return refused


def _by_checksum(files: Mapping[str, Identity], notes: Mapping[str, RefusalNote]) -> _Refused:
    """Of files of one size and different ETags, those that hold the same bytes; and those that cannot be looked at."""
    checksums, digests, refused = dict[str, str](), dict[str, str](), _Refused()
    _ask(files, files, lambda identity: identity.checksum, checksums, refused)
    for names in _alike(checksums, checksums.__getitem__):
        if is_digest(checksums[names[0]]) or _stands(_refusal(names), names, files, notes):
            digests.update({name: checksums[name] for name in names})
        else:
            _ask(names, files, _sha256, digests, refused)
    for names in _alike(digests, digests.__getitem__):
        refused.update({name: (files[name].etag, _refusal(names)) for name in names})
    return refused


def _ask(
    names: Iterable[str],
    files: Mapping[str, Identity],
    ask: Callable[[Identity], str],
    answers: dict[str, str],
    refused: _Refused,
) -> None:
    """What is answered of each file; of one without an answer nothing."""
    for name in names:
        try:
            if answer := ask(files[name]):
                answers[name] = answer
        except StorageError as error:
            refused[name] = files[name].file.version, Refusal(RefusalCode.UNREADABLE, str(error))


def _alike(names: Iterable[str], key: Callable[[str], Hashable]) -> list[list[str]]:
    """The names that have a key in common, where there are several."""
    groups = defaultdict[Hashable, list[str]](list)
    for name in names:
        groups[key(name)].append(name)
    return [group for group in groups.values() if len(group) > 1]


def _stands(
    refusal: Refusal, names: Iterable[str], files: Mapping[str, Identity], notes: Mapping[str, RefusalNote]
) -> bool:
    """Was this found before, of the same files?"""
    return all(
        (note := notes.get(name)) and note.refusal == refusal and note.etag == files[name].etag for name in names
    )


def _sha256(identity: Identity) -> str:
    with identity.storage.open(identity.file.uri, identity.file.etag) as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _refusal(names: Iterable[str]) -> Refusal:
    return Refusal(
        RefusalCode.DUPLICATE_FILE, f"{' and '.join(names)} hold the same bytes; one of them is under a wrong name"
    )
