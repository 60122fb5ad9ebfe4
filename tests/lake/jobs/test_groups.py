"""Months in batches: of each group what belongs to a batch, and no month twice or not at all."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from lake.jobs.groups import Group, files_of, in_batches


def group(*months: str) -> Group:
    return Group(cast(Any, tuple(SimpleNamespace(month=month) for month in months)))


GROUPS = [group("2018-01", "2018-04", "2018-05"), group("2018-02"), group("2018-03")]


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (2, [[["2018-01"], ["2018-02"]], [["2018-04"], ["2018-03"]], [["2018-05"]]]),
        (4, [[["2018-01", "2018-04"], ["2018-02"], ["2018-03"]], [["2018-05"]]]),
        (5, [[["2018-01", "2018-04", "2018-05"], ["2018-02"], ["2018-03"]]]),
        (None, [[["2018-01", "2018-04", "2018-05"], ["2018-02"], ["2018-03"]]]),
    ],
)
def test_batches_hold_so_many_months_in_their_order(months, expected):
    batches = in_batches(GROUPS, months)
    assert [[[file.month for file in some.files] for some in batch] for batch in batches] == expected
    assert len([file for batch in batches for file in files_of(batch)]) == 5
