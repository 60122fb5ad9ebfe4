import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lake.errors import LostRace, StorageError, UnknownOutcome
from lake.publication.commit import PAUSES, commit
from lake.storage.s3 import S3Storage
from tests.lake.faults import Faults

OURS = b'{"nonce": "ours"}'
OTHERS = b'{"nonce": "theirs"}'
NO_PAUSES = [0.0] * 3


def publish(place, expected, body=OURS, storage=None) -> str:
    return commit(
        storage or place.storage, place.uri("r"), body, expected, lambda found: found == body, pauses=NO_PAUSES
    )


def content(place) -> bytes:
    body, _ = place.storage.read(place.uri("r"))
    return bytes(body)


@pytest.fixture(params=["create", "replace"])
def expected(request, remote):
    """The token of the receipt before, made without faults."""
    return remote.put("r", b"old") if request.param == "replace" else None


@pytest.mark.parametrize("has_old", [False, True])
def test_a_commit_replaces_what_was_expected(place, has_old):
    done = publish(place, place.put("r", b"old") if has_old else None)
    assert place.storage.read(place.uri("r")) == (OURS, done)


@pytest.mark.parametrize("has_old", [False, True])
def test_the_second_writer_is_told_what_the_first_wrote(place, has_old):
    old = place.put("r", b"old") if has_old else None
    first = publish(place, old, OTHERS)
    with pytest.raises(LostRace, match="another writer was first") as lost:
        publish(place, old)
    assert (lost.value.body, lost.value.token) == (OTHERS, first)
    assert content(place) == OTHERS


def test_a_writer_that_repeats_its_commit_recognises_itself(place):
    first = publish(place, None)
    assert publish(place, None) == first


def test_a_deleted_receipt_is_not_created_again(place):
    old = place.put("r", b"old")
    place.storage.delete(place.uri("r"))
    with pytest.raises(StorageError, match="was deleted") as failed:
        publish(place, old)
    assert not isinstance(failed.value, UnknownOutcome)
    assert place.storage.read(place.uri("r")) is None


@pytest.mark.parametrize("has_old", [False, True])
def test_of_many_committers_one_wins_and_all_others_see_it(place, has_old):
    old = place.put("r", b"old") if has_old else None
    start = threading.Barrier(8)

    def write(body: bytes) -> bytes:
        start.wait()
        try:
            publish(place, old, body)
        except LostRace as lost:
            return lost.body
        return body

    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(write, [b"%d" % number for number in range(8)]))
    assert seen == {content(place)}


@pytest.mark.s3
@pytest.mark.parametrize("plan", [["drop"], [503, "drop"], [409, "drop"], ["lose", 500, "drop"]], ids=str)
def test_a_lost_answer_is_found_out_by_reading_back(remote, expected, faults: Faults, plan):
    faults.plan = list(plan)
    done = publish(remote, expected)
    assert remote.storage.read(remote.uri("r")) == (OURS, done)
    assert faults.puts == len(plan)


@pytest.mark.s3
@pytest.mark.parametrize("plan", [[409], [409, 409, 409], [500], [503, 409, 503], ["lose"]], ids=str)
def test_a_put_that_did_not_happen_is_repeated(remote, expected, faults: Faults, plan):
    faults.plan = list(plan)
    token = publish(remote, expected)
    assert remote.storage.read(remote.uri("r")) == (OURS, token)
    assert faults.puts == len(plan) + 1


@pytest.mark.s3
def test_a_timeout_is_found_out_by_reading_back(remote, expected, faults: Faults):
    faults.plan = ["delay"]
    publish(remote, expected, storage=S3Storage(read_seconds=0.3))
    assert content(remote) == OURS


@pytest.mark.s3
def test_repeats_after_conflicts_are_bounded_and_nothing_was_written(remote, expected, faults: Faults):
    faults.plan = [409] * 10
    with pytest.raises(StorageError, match="gave up after 4 attempts, nothing was written") as failed:
        publish(remote, expected)
    assert not isinstance(failed.value, UnknownOutcome)
    assert faults.puts == 4


@pytest.mark.s3
def test_repeats_without_an_answer_are_bounded_and_nothing_is_known(remote, expected, faults: Faults):
    faults.plan = [503] * 10
    with pytest.raises(UnknownOutcome, match="delete nothing") as failed:
        publish(remote, expected)
    assert "\n" not in str(failed.value)
    assert faults.puts == 4


@pytest.mark.s3
def test_another_writer_between_a_lost_put_and_its_repeat_wins(remote, expected, faults: Faults):
    faults.plan = [500]
    faults.before_answer = lambda: S3Storage().put(remote.uri("r"), OTHERS, expected)
    with pytest.raises(LostRace) as lost:
        publish(remote, expected)
    assert lost.value.body == OTHERS
    assert content(remote) == OTHERS
    assert faults.puts == 2  # ours and the other's: what is lost is not tried again


@pytest.mark.s3
def test_a_receipt_deleted_after_a_lost_put_is_not_created_again(remote, faults: Faults):
    old = remote.put("r", b"old")
    faults.plan = [500]
    faults.before_answer = lambda: remote.storage.delete(remote.uri("r"))
    with pytest.raises(UnknownOutcome, match="delete nothing"):
        publish(remote, old)
    assert faults.puts == 2


@pytest.mark.s3
def test_a_receipt_deleted_after_it_stood_in_the_way_is_not_created(remote, faults: Faults):
    faults.plan = [412]
    with pytest.raises(StorageError, match="was deleted") as failed:
        publish(remote, None)
    assert not isinstance(failed.value, UnknownOutcome)
    assert remote.storage.read(remote.uri("r")) is None


@pytest.mark.s3
@pytest.mark.parametrize("answer", ["drop", 412])
def test_what_cannot_be_read_back_is_unknown(remote, expected, faults: Faults, s3, bucket, answer):
    deny = f"""{{"Statement": [{{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::{bucket}/*"}}]}}"""
    s3.put_bucket_policy(Bucket=bucket, Policy=deny)
    faults.plan = [answer]
    with pytest.raises(UnknownOutcome, match=r"access denied.*delete nothing"):
        publish(remote, expected)
    assert faults.puts == 1


@pytest.mark.s3
def test_a_refusal_after_a_put_in_doubt_leaves_it_in_doubt(remote, expected, faults: Faults):
    faults.plan = [500, 403]
    with pytest.raises(UnknownOutcome, match="delete nothing"):
        publish(remote, expected)
    faults.plan = [403]
    with pytest.raises(StorageError, match="access denied") as failed:
        publish(remote, expected)
    assert not isinstance(failed.value, UnknownOutcome)


def test_the_pauses_of_a_commit_are_bounded():
    assert sum(PAUSES) < 10
