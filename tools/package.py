"""Packs schemas, transforms and lake into the one zip that Glue and EMR are given.

The same content gives the same bytes, and the name carries a hash of the content: a zip that was uploaded
never changes.
"""

import io
import sys
import zipfile
from pathlib import Path

from lake.version import PACKAGES, content_hash

ROOT = Path(__file__).resolve().parent.parent
SUFFIXES = frozenset({".py", ".csv", ".json", ".sql"})  # as package-data in pyproject.toml
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold


def content() -> list[tuple[str, bytes]]:
    """Names inside the zip with their bytes, in order of the names."""
    files = [
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in SUFFIXES and path.is_file()
    ]
    return sorted((path.relative_to(ROOT).as_posix(), path.read_bytes()) for path in files)


def build(folder: Path) -> Path:
    """Writes the zip into `folder` and returns its path."""
    files = content()
    missing = [package for package in PACKAGES if f"{package}/__init__.py" not in dict(files)]
    if missing:
        raise FileNotFoundError(f"no package at {', '.join(str(ROOT / package) for package in missing)}")
    target = folder / f"nyc-green-taxi-{content_hash(files)}.zip"
    folder.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    part.write_bytes(zipped(files))
    part.replace(target)
    return target


def zipped(files: list[tuple[str, bytes]]) -> bytes:
    """A zip of files, by name; the same files give the same bytes.

    Stored, not deflated: zlib's output differs between versions, and some hundred kB need no compression.
    """
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 3  # Unix, also where built on Windows
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return body.getvalue()


if __name__ == "__main__":
    print(build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build"))
