"""What a run tells of a month that it wanted to publish. No Spark."""

from pathlib import Path

from lake.engines import SparkEngine
from lake.jobs.outcome import Outcome
from lake.publication.publisher import Draft, Publisher
from lake.publication.receipts import Counts, Source
from lake.publication.runs import new_run
from schemas.datasets import PUBLISHED_TRIPS

MONTH = "2020-04"


def publish(root: Path, outcome: Outcome, etag: str, *, overtaken: bool = False) -> None:
    publisher = Publisher(PUBLISHED_TRIPS, str(root), new_run(None), SparkEngine("never started"))
    replaces = None if overtaken else publisher.book.get(MONTH)
    draft = Draft(MONTH, publisher.folder().attempt, Source("raw", etag), Counts(3, 3), [], replaces=replaces)
    outcome.publish(publisher, draft, "a file")


def test_a_month_that_is_published_lost_as_good_or_cannot_keep_its_past(tmp_path, capsys):
    first, same, other, blocked = (Outcome(name) for name in ("first", "same", "other", "blocked"))
    publish(tmp_path, first, "bytes")
    assert [*first.published] == [MONTH]
    assert capsys.readouterr().out == f"{MONTH}  published           3 rows  a file\n"

    publish(tmp_path, same, "bytes", overtaken=True)
    assert (same.unchanged, same.failed) == ([MONTH], {})
    publish(tmp_path, other, "other bytes", overtaken=True)
    assert other.failed == {
        MONTH: f"run {first.published[MONTH].run} published the month while other worked on it; start again"
    }

    kept = tmp_path / "_receipts" / "replaced" / f"{MONTH}.1.json"
    kept.parent.mkdir()
    kept.write_text("{}")
    publish(tmp_path, blocked, "newer bytes")
    assert "2020-04.1.json holds another receipt" in blocked.failed[MONTH]
    assert blocked.exit_status(fail_on_refused=True) == 1
    assert capsys.readouterr().out == ""
