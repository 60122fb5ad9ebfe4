"""Refusal notes, which keep a refused file from being read again every night while it has not changed."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Annotated

from lake.errors import LakeError, RecordError, StorageError
from lake.publication.receipt_book import AT_ONCE, ReceiptBook
from lake.publication.records import Check, read_record
from lake.storage import Storage, join
from lake.terminal import MAX_ERROR, printable, say
from schemas.reasons import Refusal, RefusalCode

REFUSED = "_refused"
_MAX_NAME = 255  # bytes of a file's name on a disk


def _is_name(text: str) -> bool:
    try:
        text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return False
    return bool(text) and "/" not in text and "\0" not in text


@dataclass(frozen=True)
class RefusalNote:
    """Why a file was refused, as it lay there."""

    name: Annotated[str, Check("the name of a file", _is_name)]
    etag: str
    code: Annotated[str, Check("the code of a refusal", frozenset(RefusalCode).__contains__)]
    message: str
    code_version: str
    checksum: str = ""

    @property
    def refusal(self) -> Refusal:
        """The refusal."""
        return Refusal(RefusalCode(self.code), self.message)


def refusal_line(name: str, refusal: Refusal) -> str:
    """What is said of a refused file: the same wherever it is said."""
    return f"{printable(name)}: refused, {refusal.code}: {printable(refusal.message, MAX_ERROR)}"


class RefusalNotes:
    """The refused files of a data set of trips."""

    def __init__(self, storage: Storage, root: str) -> None:
        self.storage = storage
        self.folder = join(root, REFUSED)

    @classmethod
    def of(cls, book: ReceiptBook) -> "RefusalNotes":
        """The notes that lie next to some receipts."""
        return cls(book.storage, book.root)

    def all(self) -> dict[str, RefusalNote]:
        """All notes, by the file's name. One that is spoilt, or lies elsewhere than a note of its file, counts for nothing."""
        uris = [stored.uri for stored in self.storage.list_folder(self.folder) if stored.name.endswith(".json")]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(self._read, uris))
        for error in found:
            if isinstance(error, LakeError):
                say(f"ignored: {printable(str(error), MAX_ERROR)}")
        return {note.name: note for note in found if isinstance(note, RefusalNote)}

    def _read(self, uri: str) -> RefusalNote | LakeError | None:
        try:
            if not (found := self.storage.read(uri)):
                return None
            note = read_record(RefusalNote, found[0], uri, "note of a refusal")
        except (RecordError, StorageError) as error:
            return error
        if uri not in self._uris(note.name):
            return RecordError(f"{uri} is the note of another file, {note.name}")
        return note

    def _uri(self, name: str) -> str:
        """Where the note of a file lies: a hash fits everywhere, whatever the file is called."""
        return join(self.folder, f"{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()}.json")

    def _uris(self, name: str) -> list[str]:
        """Where the note of a file may lie: older code called it as the file."""
        old = f"{name}.json"
        is_short = len(old.encode(errors="surrogateescape")) <= _MAX_NAME
        return [self._uri(name), *([join(self.folder, old)] if is_short else [])]

    def write(self, record: RefusalNote) -> None:
        """Notes a refusal. Not the truth about anything, only a saving: the last writer wins."""
        uri = self._uri(record.name)
        found = self.storage.read(uri)
        body = (json.dumps(asdict(record), indent=1) + "\n").encode()
        if found and found[0] == body:
            return
        try:
            self.storage.put(uri, body, found[1] if found else None)
        except StorageError:
            if self.storage.read(uri) is None:  # a rival's note of the same file does as well
                raise

    def remove(self, name: str) -> None:
        """Takes a note back: the file is published, changed or gone."""
        for uri in self._uris(name):
            self.storage.delete(uri)
