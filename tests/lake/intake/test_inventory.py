"""What lies in a raw folder under the name of a month and is not a file: told, and never opened."""

import os
import socket
from pathlib import Path

import pytest

from lake.intake.plan import make_plan
from schemas.reasons import RefusalCode


def _socket(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)  # a socket's path may be 107 bytes long
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


NON_FILES = {
    "folder": (lambda path, _: path.mkdir(), "NOT_A_FILE", "it is a folder"),
    "pipe": (lambda path, _: os.mkfifo(path), "NOT_A_FILE", "it is a pipe"),
    "socket": (_socket, "NOT_A_FILE", "it is a socket"),
    "device": (lambda path, _: path.symlink_to("/dev/zero"), "NOT_A_FILE", "it is a device"),
    "link-to-a-folder": (lambda path, _: path.symlink_to(path.parent), "NOT_A_FILE", "it is a folder"),
    "link-to-itself": (lambda path, _: path.symlink_to(path), "UNREADABLE", "Too many levels of symbolic links"),
    "link-to-nothing": (lambda path, _: path.symlink_to("nothing"), "UNREADABLE", "a link to nothing"),
}


@pytest.mark.defect("no-file")
@pytest.mark.timeout(20)  # to open a pipe is to wait for ever
@pytest.mark.parametrize("kind", NON_FILES)
def test_what_is_no_file_is_refused_and_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str):
    make, code, says = NON_FILES[kind]
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "green_tripdata_2018-01.csv").write_text("a month")
    make(raw / "green_tripdata_2018-03.csv", monkeypatch)
    plan = make_plan(str(raw), str(tmp_path / "transformed"))
    assert list(plan.due) == ["2018-01"]
    assert list(plan.refused) == ["green_tripdata_2018-03.csv"]
    _, refusal = plan.refused["green_tripdata_2018-03.csv"]
    assert refusal.code == RefusalCode(code)
    assert says in refusal.message


def test_a_folder_of_another_name_is_somebody_elses(tmp_path: Path):
    (tmp_path / "raw" / "2018").mkdir(parents=True)
    (tmp_path / "raw" / "green_trips").mkdir()
    assert make_plan(str(tmp_path / "raw"), str(tmp_path / "transformed")).refused == {}
