"""Refusal notes, which keep a refused file from being read again every night while it has not changed."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from lake.errors import StorageError
from lake.publication.receipts import AT_ONCE, ReceiptBook
from lake.storage import Storage, join
from lake.terminal import MAX_ERROR, printable
from schemas.reasons import Refusal, RefusalCode

REFUSED = "_refused"


@dataclass(frozen=True)
class RefusalNote:
    """Why a file was refused, as it lay there."""

    name: str
    etag: str
    code: str
    message: str
    code_version: str

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
        """All records, by the file's name."""
        uris = [stored.uri for stored in self.storage.list_folder(self.folder) if stored.name.endswith(".json")]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            bodies = list(pool.map(self.storage.read, uris))
        records = [RefusalNote(**json.loads(body[0])) for body in bodies if body]
        return {record.name: record for record in records}

    def write(self, record: RefusalNote) -> None:
        """Notes a refusal. Not the truth about anything, only a saving: the last writer wins."""
        uri = join(self.folder, f"{record.name}.json")
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
        self.storage.delete(join(self.folder, f"{name}.json"))
