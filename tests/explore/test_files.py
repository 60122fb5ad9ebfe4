"""The published files for DuckDB: those it was told of, to be read, by several threads at once."""

from pathlib import Path
from threading import Thread

import pytest

from explore.files import PublishedFiles
from lake.publication.receipts import DataFile

BODY = bytes(range(250)) * 4


@pytest.fixture(params=["in parts", "at once"])
def files(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PublishedFiles:
    """One file."""
    monkeypatch.setattr("explore.files.WHOLE", {"in parts": 10, "at once": 10_000}[request.param])
    monkeypatch.setattr("explore.files.READ_AHEAD", 50)
    (tmp_path / "a.parquet").write_bytes(BODY)
    found = PublishedFiles()
    assert found.add(str(tmp_path), [DataFile("a.parquet", 1, len(BODY))]) == ["lake://0/a.parquet"]
    return found


@pytest.mark.parametrize(
    ("place", "size"), [(0, 10), (990, 10), (990, 50), (995, -1), (0, 1000), (100, 0), (1000, 5), (2000, 5)]
)
def test_any_part_of_a_file(files: PublishedFiles, place: int, size: int):
    stream = files.open("lake://0/a.parquet")
    for _ in range(2):
        assert stream.seek(place) == place
        assert stream.read(size) == (BODY[place:] if size < 0 else BODY[place : place + size])
        assert stream.tell() == max(place, min(place + size, len(BODY)) if size >= 0 else len(BODY))


def test_parts_that_follow_each_other_and_places_from_the_end(files: PublishedFiles):
    stream = files.open("lake://0/a.parquet")
    assert b"".join(stream.read(70) for _ in range(20)) == BODY
    stream.seek(-8, 2)
    stream.seek(-2, 1)
    assert stream.read() == BODY[-10:]


def test_each_thread_has_a_place_of_its_own(files: PublishedFiles):
    """DuckDB moves to a place and reads there, in two calls, with one stream for all its threads."""
    stream = files.open("lake://0/a.parquet")
    stream.seek(100)

    def elsewhere() -> None:
        stream.seek(700)
        assert stream.read(10) == BODY[700:710]

    other = Thread(target=elsewhere)
    other.start()
    other.join()
    assert stream.read(10) == BODY[100:110]


def test_nothing_else_is_there(files: PublishedFiles, tmp_path: Path):
    for name in ("lake://0/b.parquet", "lake://1/a.parquet", str(tmp_path / "a.parquet"), "lake://0/*"):
        assert not files.exists(name)
        assert files.glob(name) == []
        with pytest.raises(FileNotFoundError):
            files.open(name)
    for mode in ("wb", "ab", "r+b"):
        with pytest.raises(PermissionError):
            files.open("lake://0/a.parquet", mode)
