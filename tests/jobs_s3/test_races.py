"""Several writers of one month: one wins, the others say so, and nothing is lost."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from lake.jobs.trips import publish_trips
from tests.jobs_s3.conftest import new_lake
from tests.jobs_s3.lake_s3 import GLUE
from tests.jobs_s3.months import JULY, JUNE, LATER_MAY, MAY, totals

pytestmark = [pytest.mark.s3, pytest.mark.spark]

RIVAL = "rival-0badcafe"


@pytest.fixture(scope="module")
def published(s3, s3a, wire_server):
    """A lake in which May and its aggregate are published, to take receipts from."""
    with pytest.MonkeyPatch.context() as patch:
        from tests.fixtures_s3 import ENVIRONMENT

        for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": wire_server.url}.items():
            patch.setenv(name, value)
        lake = new_lake(s3)
        lake.put_raw(MAY.name, MAY.body)
        assert lake.trips().status == 0
        assert lake.rides().status == 0
    wire_server.reset()
    return lake


def rival(receipt: dict[str, object], **changes: object) -> bytes:
    """The receipt as another run would have written it."""
    return json.dumps({**receipt, "run": RIVAL, **changes}).encode()


# A run must present the token that it read before the raw file: one read in between would let an older run win.
@pytest.mark.parametrize(
    "when",
    [f"PUT .*_receipts/{MAY.month}", "GET .*prefix=transformed/green/run="],
    ids=["right before the PUT", "while the files are written"],
)
def test_a_lost_race_names_both_runs_and_the_winner_stays(lake, wire, published, when: str):
    receipt = published.receipts()[MAY.month]
    other = rival(receipt, source={**receipt["source"], "etag": "of-other-bytes"})
    lake.put_raw(MAY.name, MAY.body)
    lake.put_raw(JUNE.name, JUNE.body)
    place = f"transformed/green/_receipts/{MAY.month}.json"
    wire.at(when, lambda: lake.put(place, other))
    done = lake.trips("--run", "mine")
    assert done.status == 1
    ours = lake.receipts()[JUNE.month]["run"]
    assert ours.startswith("mine-")
    [line] = [line for line in done.out.splitlines() if RIVAL in line]
    assert ours in line
    assert line.startswith(f"{MAY.month}  failed")
    assert done.errors == []
    assert lake.get(place) == other
    assert wire.receipts_put(MAY.month) == 1  # what is answered 412 is not repeated
    assert totals(lake.rows(JUNE.month)) == JUNE.totals

    assert lake.trips().status == 0  # the next run starts from the winner
    after = lake.receipts()[MAY.month]
    assert (after["generation"], after["previous"]["run"]) == (2, RIVAL)
    assert totals(lake.rows(MAY.month)) == MAY.totals


def test_a_winner_with_the_same_bytes_and_code_is_as_good(lake, wire, published):
    etag = lake.put_raw(MAY.name, MAY.body)
    receipt = published.receipts()[MAY.month]
    assert receipt["source"]["etag"] == etag
    other, place = rival(receipt), f"transformed/green/_receipts/{MAY.month}.json"
    wire.at(f"PUT .*_receipts/{MAY.month}", lambda: lake.put(place, other))
    assert lake.trips().status == 0
    assert lake.get(place) == other


def test_a_winner_with_other_code_is_not(lake, wire, published):
    lake.put_raw(MAY.name, MAY.body)
    other = rival(published.receipts()[MAY.month], code_version="older")
    place = f"transformed/green/_receipts/{MAY.month}.json"
    wire.at(f"PUT .*_receipts/{MAY.month}", lambda: lake.put(place, other))
    assert lake.trips().status == 1
    assert lake.get(place) == other


def test_published_and_replaced_before_it_could_be_read_back(lake, wire, published):
    lake.put_raw(MAY.name, MAY.body)
    place = f"transformed/green/_receipts/{MAY.month}.json"

    def replace() -> None:
        ours = json.loads(lake.get(place))
        source = {**ours["source"], "etag": "of-other-bytes"}
        lake.put(place, rival(ours, generation=2, source=source, previous={"run": ours["run"], "etag": "e"}))

    wire.plan = ["drop"]
    wire.at(f"PUT .*_receipts/{MAY.month}", lambda: wire.at(f"GET .*_receipts/{MAY.month}", replace))
    assert lake.trips().status == 0
    assert lake.receipts()[MAY.month]["run"] == RIVAL


@pytest.mark.parametrize(
    ("same", "when"),
    [
        (True, f"PUT .*aggregate/rides/_receipts/{MAY.month}"),
        (False, f"PUT .*aggregate/rides/_receipts/{MAY.month}"),
        (False, "GET .*prefix=aggregate/rides/run="),
    ],
    ids=["of the same trips", "of other trips", "of other trips, while the files are written"],
)
def test_a_lost_race_of_aggregates(lake, wire, published, same: bool, when: str):
    lake.put_raw(MAY.name, MAY.body)
    assert lake.trips().status == 0
    trips, receipt = lake.receipts()[MAY.month], published.receipts("aggregates")[MAY.month]
    source = {**receipt["source"], "uri": trips["source"]["uri"], "etag": trips["run"]}
    source["uri"] = f"s3://{lake.bucket}/transformed/green"
    other = rival(receipt, source=source if same else {**source, "etag": "another-run"})
    place = f"aggregate/rides/_receipts/{MAY.month}.json"
    wire.at(when, lambda: lake.put(place, other))
    done = lake.rides("--run", "mine")
    assert done.status == (0 if same else 1)
    assert lake.get(place) == other
    if not same:
        [line] = [line for line in done.out.splitlines() if RIVAL in line]
        [run] = lake.runs("aggregates")
        assert run.startswith("mine-")
        assert run in line


def test_trips_published_anew_while_they_are_aggregated(lake, wire, s3a):
    lake.put_raw(MAY.name, MAY.body)
    assert lake.trips().status == 0
    lake.put_raw(LATER_MAY.name, LATER_MAY.body)
    wire.at("PUT .*aggregate/rides/run=", lambda: publish_trips(lake.parsed(GLUE)))
    done = lake.rides()
    assert done.status == 1
    assert f"{MAY.month}  failed     the trips were published again" in done.out
    assert lake.receipts("aggregates") == {}
    assert lake.rides().status == 0
    receipt = lake.receipts("aggregates")[MAY.month]
    assert (receipt["generation"], receipt["source"]["generation"]) == (1, 2)
    assert sum(row["ride_count"] for row in lake.rows(MAY.month, "aggregates")) == len(LATER_MAY.totals)


def test_two_runs_at_once_publish_each_month_once(lake, wire, s3a):
    """Both have written everything before either may publish; then every month is a race of its own."""
    raws = (MAY, JUNE, JULY)
    for raw in raws:
        lake.put_raw(raw.name, raw.body)
    together = threading.Barrier(2, timeout=60)
    for raw in raws:
        for _ in range(2):
            wire.at(f"PUT .*_receipts/{raw.month}", together.wait)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(publish_trips, [lake.parsed(GLUE, "--run", name) for name in ("one", "two")]))
    assert wire.acts == []
    receipts = lake.receipts()
    runs = {outcome.run for outcome in outcomes}
    assert lake.runs() == runs
    for raw in raws:
        receipt = receipts[raw.month]
        assert (receipt["generation"], receipt["previous"]) == (1, None)
        assert receipt["run"] in runs
        assert totals(lake.rows(raw.month)) == raw.totals
        [winner] = [outcome.run for outcome in outcomes if raw.month in outcome.published]
        assert winner == receipt["run"]
    assert [outcome.exit_status(fail_on_refused=True) for outcome in outcomes] == [0, 0]

    before = lake.objects()
    assert lake.trips().status == 0
    assert lake.objects() == before
