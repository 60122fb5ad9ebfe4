"""Refusal notes, which keep a refused file from being read again every night while it has not changed."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from lake.errors import StorageError
from lake.storage import Storage, join
from schemas.reasons import Refusal, Refused

REFUSED = "_refused"
_READERS = 16  # requests at once


@dataclass(frozen=True)
class RefusedRecord:
    """A refused file, as it lay there."""

    name: str
    etag: str
    code: str
    message: str
    code_version: str

    @property
    def refused(self) -> Refused:
        """The refusal."""
        return Refused(Refusal(self.code), self.message)


class RefusedBook:
    """The refused files of a transformed data set."""

    def __init__(self, storage: Storage, root: str) -> None:
        self.storage = storage
        self.folder = join(root, REFUSED)

    def all(self) -> dict[str, RefusedRecord]:
        """All records, by the file's name."""
        uris = [stored.uri for stored in self.storage.list_folder(self.folder) if stored.name.endswith(".json")]
        with ThreadPoolExecutor(_READERS) as pool:
            bodies = list(pool.map(self.storage.read, uris))
        records = [RefusedRecord(**json.loads(body[0])) for body in bodies if body]
        return {record.name: record for record in records}

    def write(self, record: RefusedRecord) -> None:
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
