import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from lake.errors import Conflict, PreconditionFailed, StorageError, UnknownOutcome
from lake.storage import aws as aws_module
from lake.storage import s3 as s3_module
from lake.storage.s3 import S3Storage
from tests.lake.conftest import Place
from tests.lake.faults import Faults
from tests.lake.storage.test_local import ODD_NAMES

WRITERS = 8


# What both kinds have in common.


def test_a_folder_that_is_not_there_is_empty(place):
    assert place.storage.list_folder(place.folder) == []
    assert place.storage.list_folders(place.folder) == []
    assert place.storage.list_tree(place.folder) == []
    assert place.storage.head(place.uri("a")) is None
    assert place.storage.read(place.uri("a")) is None
    place.storage.delete(place.uri("a"))
    assert place.storage.list_plain(place.folder) == ([], [])


def test_the_nearest_part_of_a_location_that_is_there_is_named(place):
    place.put("a/b/c", b"")
    for name, nearest in {"a/b": "a/b", "a/x": "a", "a/b/x/y": "a/b", "a/b/c": "a/b"}.items():
        assert place.storage.nearest(place.uri(name)) == place.uri(nearest)


@pytest.mark.s3
def test_of_a_bucket_that_is_not_there_no_part_is(remote):
    for folder in ("s3://no-such-bucket", "s3://no-such-bucket/a/b"):
        assert remote.storage.nearest(folder) is None


def test_a_file_is_read_from_any_place_on(place):
    place.put("a", b"0123456789")
    with place.storage.open(place.uri("a"), start=7) as stream:
        assert stream.read() == b"789"


def test_listings_are_sorted_and_keep_to_their_level(place):
    for name in ("b", "a", "c=1/d", "c=1/e/f", "c-0/g"):
        place.put(name)
    assert [file.name for file in place.storage.list_folder(place.folder)] == ["a", "b"]
    assert place.storage.list_folders(place.folder) == ["c-0", "c=1"]
    assert place.storage.list_folders(place.uri("c=1")) == ["e"]
    names = ["a", "b", "c-0/g", "c=1/d", "c=1/e/f"]
    assert [file.uri for file in place.storage.list_tree(place.folder)] == [place.uri(name) for name in names]


def test_head_shows_what_the_listing_shows(place):
    place.put("a", b"four")
    [file] = place.storage.list_folder(place.folder)
    assert place.storage.head(file.uri) == file
    assert (file.name, file.size, file.modified.utcoffset().total_seconds()) == ("a", 4, 0)


def test_the_version_changes_with_the_content(place):
    token = place.put("a", b"old")
    before = place.storage.head(place.uri("a"))
    place.storage.put(place.uri("a"), b"new", token)
    after = place.storage.head(place.uri("a"))
    assert after.size == before.size
    assert after.version != before.version


def test_put_creates_only_what_is_not_there(place):
    token = place.put("a", b"first")
    with pytest.raises(PreconditionFailed, match="another writer was first"):
        place.put("a", b"second")
    assert place.storage.read(place.uri("a")) == (b"first", token)


def test_put_replaces_only_what_was_expected(place):
    old = place.put("a", b"old")
    new = place.storage.put(place.uri("a"), b"new", old)
    with pytest.raises(PreconditionFailed, match="another writer was first"):
        place.storage.put(place.uri("a"), b"late", old)
    assert place.storage.read(place.uri("a")) == (b"new", new)


def test_put_does_not_bring_back_what_was_deleted(place):
    token = place.put("a")
    place.storage.delete(place.uri("a"))
    with pytest.raises(StorageError, match="was deleted"):
        place.storage.put(place.uri("a"), b"late", token)
    assert place.storage.read(place.uri("a")) is None


@pytest.mark.parametrize("is_first", [True, False], ids=["create", "replace"])
def test_of_many_writers_one_wins(place, is_first):
    for number in range(10):
        uri = place.uri(str(number))
        expected = None if is_first else place.put(str(number), b"old")
        start = threading.Barrier(WRITERS)

        def write(body: bytes, uri=uri, expected=expected, start=start) -> bytes | None:
            start.wait()
            try:
                place.storage.put(uri, body, expected)
            except PreconditionFailed:
                return None
            return body

        with ThreadPoolExecutor(WRITERS) as pool:
            won = [body for body in pool.map(write, [b"%d" % n for n in range(WRITERS)]) if body is not None]
        assert [place.storage.read(uri)[0]] == won


def test_open_reads_all_in_pieces(place):
    content = os.urandom(3_000_000)
    place.put("a", content)
    with place.storage.open(place.uri("a")) as stream:
        assert stream.read(10) == content[:10]
        assert b"".join(iter(lambda: stream.read(65_536), b"")) == content[10:]


def test_deleting_a_folder_spares_its_neighbours(place):
    for name in ("run=1/a", "run=1/b/c", "run=1/.part.crc", "run=10/a", "run"):
        place.put(name)
    below = [file.uri.removeprefix(f"{place.folder}/") for file in place.storage.list_plain(place.uri("run=1"))[0]]
    place.storage.delete_files(place.folder, below)
    assert place.storage.list_folders(place.folder) == ["run=10"]
    assert [file.uri for file in place.storage.list_tree(place.folder)] == [place.uri("run"), place.uri("run=10/a")]


# S3 alone. (moto answers 404 to a key with a line feed.)


@pytest.mark.s3
@pytest.mark.parametrize("name", [*(name for name in ODD_NAMES if "\n" not in name), "a//b", "blank "])
def test_any_key_can_be_written_listed_and_read(remote, name):
    token = remote.put(name, b"x")
    [file] = remote.storage.list_tree(remote.folder)
    assert (file.uri, file.etag) == (remote.uri(name), token)
    assert remote.storage.read(file.uri) == (b"x", token)
    remote.storage.delete_files(remote.folder, [name])
    assert remote.storage.list_tree(remote.folder) == []


@pytest.mark.s3
def test_a_bucket_itself_is_a_folder(bucket):
    root = Place(S3Storage(), f"s3://{bucket}")
    root.put("a")
    root.put("b/c")
    assert [file.uri for file in root.storage.list_folder(root.folder)] == [f"s3://{bucket}/a"]
    assert root.storage.list_folders(root.folder) == ["b"]


@pytest.mark.s3
def test_folder_markers_are_no_files_and_go_with_the_folder(remote, s3, bucket):
    for key in ("lake/", "lake/run=1/", "lake/run=1_$folder$", "lake/run=1/a"):
        s3.put_object(Bucket=bucket, Key=key)
    assert remote.storage.list_folder(remote.folder) == []
    assert [file.name for file in remote.storage.list_tree(remote.folder)] == ["a"]
    plain, _ = remote.storage.list_plain(remote.folder)
    paths = [file.uri.removeprefix(f"{remote.folder}/") for file in plain]
    assert paths == ["", "run=1/", "run=1/a", "run=1_$folder$"]
    remote.storage.delete_files(remote.folder, paths[1:])
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["lake/"]


@pytest.mark.s3
def test_more_than_a_page_is_listed_and_deleted(remote, s3, bucket, faults: Faults):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: s3.put_object(Bucket=bucket, Key=f"lake/{n:04}"), range(1005)))
    assert len(remote.storage.list_folder(remote.folder)) == 1005
    remote.storage.delete_files(remote.folder, [f"{n:04}" for n in range(1005)])
    # AWS refuses more than 1000 keys in a request, moto does not.
    assert faults.requests.count(f"POST /{bucket}?delete") == 2
    assert remote.storage.list_tree(remote.folder) == []


def test_a_listing_in_milliseconds_and_a_head_in_seconds_show_one_version():
    listed = s3_module._stored("s3://b/a", 1, '"e"', datetime(2020, 4, 1, 1, 2, 3, 456_000, tzinfo=UTC))
    head = s3_module._stored("s3://b/a", 1, '"e"', datetime(2020, 4, 1, 1, 2, 3, tzinfo=UTC))
    assert listed == head
    assert head.version == "e-20200401T010203Z"


@pytest.mark.s3
def test_open_refuses_an_object_that_was_replaced(remote):
    token = remote.put("a", b"old")
    with remote.storage.open(remote.uri("a"), token) as stream:
        assert stream.read() == b"old"
    remote.storage.put(remote.uri("a"), b"new", token)
    with pytest.raises(PreconditionFailed, match="was replaced"):
        remote.storage.open(remote.uri("a"), token)


@pytest.mark.s3
def test_a_broken_connection_is_resumed_in_the_same_version(remote, faults: Faults):
    content = os.urandom(5_000_000)
    token = remote.put("a", content)
    faults.cut_get_after = [2_000_000, 1_500_000]
    with remote.storage.open(remote.uri("a")) as stream:
        assert stream.read() == content
    assert faults.requests.count(f"GET /{remote.folder.removeprefix('s3://')}/a") == 3
    faults.cut_get_after = [2_000_000]
    with remote.storage.open(remote.uri("a")) as stream:
        stream.read(10)
        remote.storage.put(remote.uri("a"), bytes(5_000_000), token)
        with pytest.raises(PreconditionFailed, match="was replaced"):
            stream.read()


@pytest.mark.s3
@pytest.mark.parametrize(
    ("fault", "error"),
    [("drop", UnknownOutcome), ("lose", UnknownOutcome), (500, UnknownOutcome), (503, UnknownOutcome), (409, Conflict)],
)
def test_each_answer_to_a_put_has_its_error_and_is_not_repeated(remote, faults: Faults, fault, error):
    faults.plan = [fault]
    with pytest.raises(error) as caught:
        remote.put("a")
    assert "\n" not in str(caught.value)
    assert len(faults.requests) == 1
    assert (remote.storage.read(remote.uri("a")) is not None) == (fault == "drop")


@pytest.mark.s3
def test_an_object_whose_answer_is_cut_off_is_read_again_and_then_told_in_one_line(remote, faults: Faults):
    token = remote.put("a", b"body of an object")
    faults.cut_get_after = [3, 0]
    assert remote.storage.read(remote.uri("a")) == (b"body of an object", token)
    faults.cut_get_after = [3] * 6
    with pytest.raises(StorageError, match=r"^cannot read s3://[^\n]*/a: the answer broke off each time: [^\n]*$"):
        remote.storage.read(remote.uri("a"))


@pytest.mark.s3
def test_a_late_answer_to_a_put_is_not_waited_for(remote, faults: Faults):
    faults.plan = ["delay"]
    with pytest.raises(UnknownOutcome, match=r"[Tt]imeout"):
        S3Storage(read_seconds=0.2).put(remote.uri("a"), b"x", None)
    assert remote.storage.read(remote.uri("a"))[0] == b"x"


@pytest.mark.s3
def test_a_bucket_that_is_not_there_is_named(aws):
    storage = S3Storage()
    for act in (storage.list_folder, storage.list_tree, storage.open, storage.read, storage.list_plain):
        with pytest.raises(StorageError, match=r"s3://no-such-bucket/a: there is no such bucket"):
            act("s3://no-such-bucket/a")
    with pytest.raises(StorageError, match=r"cannot write s3://no-such-bucket/a: there is no such bucket"):
        storage.put("s3://no-such-bucket/a", b"", None)


@pytest.mark.s3
def test_an_object_that_is_not_there_is_named(remote):
    with pytest.raises(StorageError, match=r"cannot read s3://.*/lake/a: it is not there"):
        remote.storage.open(remote.uri("a"))


@pytest.mark.s3
def test_a_bucket_name_that_cannot_be_is_one_line(aws):
    with pytest.raises(StorageError, match="Invalid bucket name") as caught:
        S3Storage().list_folder("s3://Not_A_Bucket!/x")
    assert "\n" not in str(caught.value)


@pytest.mark.s3
def test_denied_access_is_said(remote, s3, bucket):
    deny = f"""{{"Statement": [{{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::{bucket}/*"}}]}}"""
    s3.put_bucket_policy(Bucket=bucket, Policy=deny)
    with pytest.raises(StorageError, match=r"cannot write s3://.*/a: access denied"):
        remote.put("a")


@pytest.mark.s3
def test_no_credentials_are_said(remote, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(StorageError, match="no AWS credentials"):
        remote.storage.list_folder(remote.folder)


@pytest.mark.s3
def test_an_endpoint_that_does_not_answer_is_named(remote, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # discard: nobody listens there
    monkeypatch.setattr(aws_module, "ATTEMPTS", 1)
    client = aws_module.s3_client(attempts=1)
    with pytest.raises(StorageError, match=r"cannot look.*127\.0\.0\.1:9"), aws_module.clear_errors("look"):
        client.list_buckets()
    with pytest.raises(UnknownOutcome):
        remote.put("a")


@pytest.mark.s3
def test_threads_share_one_client(aws):
    start = threading.Barrier(8)

    def made(_: int) -> int:
        start.wait()
        return id(aws_module.s3_client(read_seconds=1234))  # as no other test has it

    with ThreadPoolExecutor(8) as pool:
        clients = set(pool.map(made, range(8)))
    assert len(clients) == 1
