import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from lake.errors import StorageError, UsageError
from lake.storage import join, normalise, spark_path, storage_of
from lake.storage import local as local_module
from lake.storage.local import LocalStorage
from tests.factories import without_rights
from tests.lake.conftest import Place

ODD_NAMES = ["a b", "k=v", "100%", "a%20b", "c+d", "12:30", "größe-日本", "[x]", "{y}", "st*r", "back\\slash", "a\nb"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("/data/raw/", "/data/raw"),
        ("/data//raw/../x", "/data/x"),
        ("/data/100%25", "/data/100%25"),
        ("/data/12:30/x", "/data/12:30/x"),
        ("file:///data/a%20b%25", "/data/a b%"),
        ("file:///data/a b", "/data/a b"),
        ("file:/data", "/data"),
        ("file://localhost/data", "/data"),
        ("FILE:///data#1?", "/data#1?"),
        ("s3://bucket", "s3://bucket"),
        ("s3://bucket/", "s3://bucket"),
        ("s3://bucket/a%20b//c/", "s3://bucket/a%20b//c"),
    ],
)
def test_a_location_has_one_form(given, expected):
    assert normalise(given) == expected


def test_a_relative_path_starts_at_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert normalise("raw/x") == str(tmp_path / "raw" / "x")
    assert normalise("./s3:/x") == str(tmp_path / "s3:" / "x")
    assert normalise("a b:c") == str(tmp_path / "a b:c")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "not a location"),
        ("  ", "not a location"),
        ("a\0b", "not a location"),
        ("s3://", "names no bucket"),
        ("s3:///x", "names no bucket"),
        ("s3:/bucket/x", "write s3://bucket"),
        ("s3a://bucket/x", "write s3://bucket"),
        ("hdfs://host/x", "neither a local path"),
        ("file://host/x", "host 'host'"),
        ("file://", "no path"),
    ],
)
def test_a_location_that_cannot_be_is_refused_in_one_line(given, says):
    with pytest.raises(UsageError, match=says) as caught:
        storage_of(given)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_status == 2


def test_join():
    assert join("/", "a") == "/a"
    assert join("/a", "b=1", "c") == "/a/b=1/c"
    assert join("s3://bucket", "a") == "s3://bucket/a"


def test_spark_reads_patterns_and_writes_names():
    path = "/d/[x] {y} *?\\"
    assert spark_path(path, glob=False) == "file:///d/[x] {y} *?\\"
    assert spark_path(path, glob=True) == r"file:///d/\[x\] \{y\} \*\?" + "\\\\"
    assert spark_path("s3://b/a%20b", glob=True) == "s3://b/a%20b"


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_can_be_written_listed_and_read(local, name):
    inside = Place(local.storage, local.uri(name))
    token = inside.put(name, b"x")
    [file] = local.storage.list_folder(inside.folder)
    assert (file.uri, file.name) == (inside.uri(name), name)
    assert local.storage.read(file.uri) == (b"x", token)
    assert local.storage.list_folders(local.folder) == [name]
    local.storage.delete_files(local.folder, [f"{name}/{name}", f"{name}/.{name}.lock"])
    assert local.storage.list_folders(local.folder) == []


def test_a_listed_file_is_what_the_disk_says(local):
    local.put("a", b"four")
    os.utime(local.uri("a"), ns=(1, 1_600_000_000_123_456_789))
    [file] = local.storage.list_folder(local.folder)
    inode = os.stat(local.uri("a")).st_ino
    assert file.version == f"{inode}-4-1600000000123456789"
    assert (file.size, file.etag) == (4, None)
    assert file.modified.replace(microsecond=0) == datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)
    assert local.storage.head(file.uri) == file


def test_the_token_is_the_sha256_of_the_content(local):
    assert local.put("a", b"x") == sha256(b"x").hexdigest()


def test_links_are_listed_and_a_broken_one_fails_when_opened(local, tmp_path):
    local.put("a", b"x")
    for name, target in {"good": "a", "broken": "nothing", "loop": "loop", "folder": str(tmp_path)}.items():
        os.symlink(target, local.uri(name))
    files = {file.name: file for file in local.storage.list_folder(local.folder)}
    assert {name: file.size for name, file in files.items()} == {"a": 1, "broken": 0, "good": 1, "loop": 0}
    assert local.storage.list_folders(local.folder) == ["folder"]
    assert local.storage.head(files["broken"].uri) == files["broken"]
    for name in ("broken", "loop"):
        with pytest.raises(StorageError, match=f"cannot read .*/{name}: "):
            local.storage.open(files[name].uri)
        with pytest.raises(StorageError, match=f"cannot read .*/{name}: "):
            local.storage.read(files[name].uri)


def test_a_tree_with_links_lists_each_file_once(local):
    local.put("a")
    local.put("sub/b")
    os.symlink(local.folder, local.uri("sub/up"))
    assert [file.uri for file in local.storage.list_tree(local.folder)] == [local.uri("a"), local.uri("sub/b")]


def test_pipes_and_sockets_are_no_files(local, monkeypatch):
    local.put("a")
    os.mkfifo(local.uri("pipe"))
    monkeypatch.chdir(local.folder)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert [file.name for file in local.storage.list_folder(local.folder)] == ["a"]
    assert local.storage.head(local.uri("pipe")) is None


def test_a_file_without_rights_is_listed_and_named_when_opened(local):
    local.put("a")
    os.chmod(local.uri("a"), 0)
    program = (
        "import sys; from lake.storage.local import LocalStorage; from lake.errors import StorageError\n"
        "[file] = LocalStorage().list_folder(sys.argv[1])\n"
        "try: LocalStorage().open(file.uri)\n"
        "except StorageError as error: sys.exit(str(error))"
    )
    command = [*without_rights(), sys.executable, "-c", program, local.folder]
    reader = subprocess.run(command, check=False, capture_output=True, text=True)
    assert reader.stderr.strip() == f"cannot read {local.uri('a')}: Permission denied"


def test_what_is_not_of_the_expected_kind_is_named(local):
    local.put("a")
    with pytest.raises(StorageError, match=r"cannot list .*/a: Not a directory"):
        local.storage.list_folder(local.uri("a"))
    with pytest.raises(StorageError, match=r"cannot read .*/lake: it is a folder"):
        local.storage.open(local.folder)
    with pytest.raises(StorageError, match="no such file"):
        local.storage.open(local.uri("b"))
    assert local.storage.head(local.folder) is None
    assert local.storage.head(local.uri("a/b")) is None


def test_locks_and_temporary_files_are_not_listed(local):
    local.put("2020-04.json")
    Path(local.uri(".2020-04.json.tmp")).write_text("of a killed process")
    assert ".2020-04.json.lock" in os.listdir(local.folder)
    assert [file.name for file in local.storage.list_folder(local.folder)] == ["2020-04.json"]
    assert [file.name for file in local.storage.list_tree(local.folder)] == ["2020-04.json"]


def test_a_file_in_place_is_only_replaced_when_it_is_whole(local):
    token = local.put("a", b"old")
    reader = local.storage.open(local.uri("a"))
    local.storage.put(local.uri("a"), b"new", token)
    with reader:
        assert reader.read() == b"old"
    assert sorted(os.listdir(local.folder)) == [".a.lock", "a"]


def test_a_put_does_not_wait_for_ever_for_a_stopped_process(local, monkeypatch):
    monkeypatch.setattr(local_module, "LOCK_SECONDS", 0.0)
    with (
        local_module._locked(local.folder + ".lock", "x"),
        pytest.raises(StorageError, match="another process has held"),
        local_module._locked(local.folder + ".lock", "y"),
    ):
        pass


KILLED_AT = {
    "before the content is on the disk": "os.fsync = die",
    "before the rename": "os.replace = die",
    "after the rename": "rename = os.replace; os.replace = lambda *a: (rename(*a), die())",
}


@pytest.mark.parametrize("point", KILLED_AT)
def test_a_killed_writer_leaves_the_old_file_or_the_new_one_and_no_lock(local, point):
    token = local.put("a", b"old")
    program = (
        "import os, signal, sys; from lake.storage.local import LocalStorage\n"
        "def die(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"{KILLED_AT[point]}\n"
        "LocalStorage().put(sys.argv[1], b'new', sys.argv[2])"
    )
    writer = subprocess.run([sys.executable, "-c", program, local.uri("a"), token], check=False)
    assert writer.returncode == -signal.SIGKILL
    body, now = local.storage.read(local.uri("a"))
    assert body == (b"new" if point == "after the rename" else b"old")
    assert [file.name for file in local.storage.list_folder(local.folder)] == ["a"]
    local.storage.put(local.uri("a"), b"next", now)
    assert ".a.tmp" not in os.listdir(local.folder)


def test_a_full_disk_leaves_the_old_file_and_no_rest(local):
    token = local.put("a", b"old")
    program = (
        "import resource, signal, sys; from lake.storage.local import LocalStorage; from lake.errors import StorageError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: LocalStorage().put(sys.argv[1], bytes(2000), sys.argv[2])\n"
        "except StorageError as error: sys.exit(str(error))"
    )
    command = [sys.executable, "-c", program, local.uri("a"), token]
    writer = subprocess.run(command, check=False, capture_output=True, text=True)
    assert writer.stderr.strip() == f"cannot write {local.uri('a')}: File too large"
    assert local.storage.read(local.uri("a")) == (b"old", token)
    assert sorted(os.listdir(local.folder)) == [".a.lock", "a"]


NO_RIGHT = "Permission denied: let this user write there, or give another place"


@pytest.mark.parametrize("call", ["put(sys.argv[1] + '/a', b'', None)", "check_writable(sys.argv[1] + '/run=a/b')"])
def test_a_folder_without_rights_is_named_with_the_cure(tmp_path, call):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    program = (
        "import sys; from lake.storage.local import LocalStorage; from lake.errors import StorageError\n"
        f"try: LocalStorage().{call}\n"
        "except StorageError as error: sys.exit(str(error))"
    )
    command = [*without_rights(), sys.executable, "-c", program, str(folder)]
    writer = subprocess.run(command, check=False, capture_output=True, text=True)
    place = folder / "a" if call.startswith("put") else folder
    assert writer.stderr.strip() == f"cannot write {place}: {NO_RIGHT}"


def test_a_folder_that_is_read_only_or_full_is_named_with_the_cure(local, monkeypatch):
    local.storage.check_writable(local.uri("run=a/month=2020-04"))
    now = list(os.statvfs("/"))
    for place, value, says in (
        (8, now[8] | os.ST_RDONLY, "Read-only file system: mount it"),
        (4, 0, "No space left on device: make room"),
        (7, 0, "No space left on device: make room"),
    ):
        changed = [*now[:place], value, *now[place + 1 :]]
        changed[5] = changed[5] or 1  # a file system may have no number of files
        monkeypatch.setattr(os, "statvfs", lambda _, changed=changed: os.statvfs_result(changed))
        with pytest.raises(StorageError, match=says):
            local.storage.check_writable(local.uri("run=a"))


def test_links_are_told_and_nothing_is_removed_through_one(local, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "precious").write_text("x")
    local.put("run/month/a")
    os.symlink(tmp_path / "other", local.uri("run/link"))
    plain, others = local.storage.list_plain(local.folder)
    assert [file.uri for file in plain if not file.name.startswith(".")] == [local.uri("run/month/a")]
    assert others == [local.uri("run/link")]
    with pytest.raises(StorageError, match="cannot delete"):
        local.storage.delete_files(local.folder, ["run/link/precious"])
    assert (tmp_path / "other" / "precious").exists()


def test_a_folder_goes_with_its_last_file(local):
    for name in ("run/month=1/a", "run/month=2/a"):
        path = Path(local.uri(name))
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
    local.storage.delete_files(local.folder, ["run/month=1/a", "run/month=3/a"])
    assert os.listdir(local.uri("run")) == ["month=2"]
    local.storage.delete_files(local.folder, ["run/month=2/a"])
    assert os.listdir(local.folder) == []


@pytest.mark.defect("time-of-no-calendar")
@pytest.mark.parametrize(("seconds", "year"), [(-1, 1970), (253_402_300_800, 9999)])
def test_a_time_that_no_calendar_has_is_the_nearest_that_one_has(local, monkeypatch, seconds, year):
    local.put("a")
    status = os.stat(local.uri("a"))
    odd = os.stat_result([*status[:8], seconds, *status[9:]], {"st_mtime": float(seconds), "st_mtime_ns": seconds})
    monkeypatch.setattr("lake.storage.local.os.stat", lambda path: odd)
    assert local.storage.head(local.uri("a")).modified.year == year


def test_make_durable_syncs_every_file_and_folder(local, monkeypatch):
    for name in ("run/month=2020-04/part", "run/month=2020-05/part"):
        local.put(name)
    os.symlink("nothing", local.uri("run/broken"))
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    local.storage.make_durable(local.uri("run"))
    expected = ["", "/month=2020-04", "/month=2020-04/part", "/month=2020-05", "/month=2020-05/part"]
    assert {local.uri("run") + name for name in expected} <= set(synced)
    assert local.folder in synced
    assert synced.index(local.uri("run/month=2020-04/part")) < synced.index(local.uri("run"))


def test_a_local_run_does_not_import_boto3(tmp_path):
    program = (
        "import sys, lake.publication.catalog, lake.publication.commit, lake.storage.s3; from lake.storage import storage_of\n"
        "storage_of(sys.argv[1]).list_tree(sys.argv[1]); storage_of('s3://bucket')\n"
        "sys.exit(repr([m for m in sys.modules if m.split('.')[0] in ('boto3', 'botocore', 'pyspark')]))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, capture_output=True, text=True)
    assert done.stderr.strip() == "[]"


def test_two_lists_of_one_folder_while_files_come_and_go(local):
    local.put("stays")
    stop = threading.Event()

    def come_and_go() -> None:
        while not stop.is_set():
            LocalStorage().put(local.uri("goes"), b"x", None)
            LocalStorage().delete(local.uri("goes"))

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        for _ in range(300):
            names = {file.name for file in local.storage.list_folder(local.folder)}
            assert {"stays"} <= names <= {"stays", "goes"}
    finally:
        stop.set()
        thread.join()


@pytest.mark.timeout(20)  # to open a pipe is to wait for ever
@pytest.mark.parametrize(("make", "what"), [(os.mkfifo, "a pipe"), (os.mkdir, "a folder")])
def test_what_is_no_file_is_not_read(local, make, what):
    os.makedirs(local.folder)
    make(local.uri("x"))
    for read in (local.storage.read, local.storage.open):
        with pytest.raises(StorageError, match=f"cannot read .*/x: it is {what}"):
            read(local.uri("x"))
