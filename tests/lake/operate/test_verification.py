"""The history of a month: each receipt that was replaced is the one that its successor says it replaced. No Spark."""

from dataclasses import replace
from pathlib import Path

import pytest

from lake.operate.verification import history_faults
from lake.publication.receipt_book import ReceiptBook
from lake.publication.receipts import Receipt

KEPT = Path(__file__).parents[1] / "publication" / "receipts" / "trips-2020-03.json"


def receipt(generation: int, *, of: str = "") -> Receipt:
    """A generation of a month; `of` is the run that it says it replaced, if not that of the one before."""
    first = Receipt.from_json(KEPT.read_bytes(), "")
    before = {"run": of or f"run-{generation - 1}", "etag": "token"}
    return replace(first, generation=generation, run=f"run-{generation}", previous=before if generation > 1 else None)


@pytest.mark.parametrize(
    ("replaced", "now", "says"),
    [
        ([], receipt(1), []),
        ([], receipt(4), []),  # from before receipts were kept
        ([receipt(1), receipt(2)], receipt(3), []),
        ([receipt(3)], receipt(4), []),
        ([receipt(1)], receipt(3), []),  # older code published in between, which keeps none
        ([receipt(1), receipt(3)], receipt(4), []),
        ([receipt(1)], receipt(2, of="other"), ["2020-03.1.json is of run run-1, but its successor replaced another"]),
    ],
    ids=["first", "no history", "whole", "begins late", "gap at its end", "gap within", "another run"],
)
def test_the_history_of_a_month(tmp_path, replaced, now, says):
    found = history_faults(ReceiptBook.at(str(tmp_path)), now, replaced)
    assert len(found) == len(says)
    for problem, text in zip(found, says, strict=True):
        assert problem.startswith(f"{tmp_path}/_receipts/replaced/{text}")
