"""An aggregate is published only if it counts every row of what it was made from, and that is still what is published."""

from dataclasses import replace
from pathlib import Path

import pytest

from lake.jobs.proof import aggregate_fault
from lake.publication.receipts import Entry, Receipt
from schemas.datasets import AGGREGATES

KEPT = Path(__file__).parents[1] / "publication" / "receipts" / "trips-2020-03.json"  # 509 trips
SOURCE = Entry(Receipt.from_json(KEPT.read_bytes(), ""), "token", KEPT.read_bytes())


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda aggregate: aggregate.table.name)
@pytest.mark.parametrize(
    ("counted", "now", "fault"),
    [
        (509, SOURCE, None),
        (508, SOURCE, "509 trips are published, but 508 were counted by {table}; please report"),
        (510, SOURCE, "509 trips are published, but 510 were counted by {table}; please report"),
        (0, SOURCE, "509 trips are published, but 0 were counted by {table}; please report"),
        (509, replace(SOURCE, token="newer"), "the trips were published again while they were aggregated; start again"),
        (509, None, "the trips were published again while they were aggregated; start again"),
    ],
    ids=["all", "one too few", "one too many", "none", "replaced meanwhile", "gone"],
)
def test_the_proof_of_an_aggregate(aggregate, counted, now, fault):
    expected = fault and fault.format(table=aggregate.table.name)
    assert aggregate_fault(aggregate, counted, SOURCE, now) == expected
