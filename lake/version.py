"""Which code made a month: the same for a checkout and for the zip made from it."""

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

PACKAGES = ("lake", "schemas", "transforms")
LENGTH = 12  # hexadecimal digits: enough to tell releases apart, short enough to read


@cache
def code_version() -> str:
    """A short hash of the sources of the three packages."""
    return content_hash(source for package in PACKAGES for source in _sources(resources.files(package), package))


def content_hash(files: Iterable[tuple[str, bytes]]) -> str:
    """A short hash of named contents. Lengths stand before both, so that no two lists of files run together alike."""
    digest = hashlib.sha256()
    for name, body in files:
        digest.update(f"{len(name)} {len(body)} {name}\0".encode() + body)
    return digest.hexdigest()[:LENGTH]


def _sources(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    """The Python files below a folder of a checkout or a zip, by path."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        below = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _sources(entry, below)
        elif entry.name.endswith(".py"):
            yield below, entry.read_bytes()
