"""What a plan says of what is pending."""

from datetime import UTC, datetime

import pytest

from lake.plan import Pending, Plan
from lake.raw import Inventory, RawFile
from lake.storage import Stored

MODIFIED = datetime(2020, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("suffix", "size", "rows"),
    [  # as TLC published them
        (".csv", 3_210_216, 35_612),
        (".csv.gz", 646_312, 35_612),
        (".parquet", 713_573, 35_644),
        (".parquet", 1_362_284, 56_551),
    ],
)
def test_the_rows_that_are_pending_are_guessed_from_sizes_rather_too_many_than_too_few(suffix, size, rows):
    file = RawFile(Stored(f"raw/green_tripdata_2020-04{suffix}", size, "version", None, MODIFIED), "2020-04", suffix)
    plan = Plan(Inventory(), {}, pending={"2020-04": Pending(file, "etag", "new", None)})
    assert rows <= plan.rows <= 2 * rows
    plan.pending["2020-05"] = plan.pending["2020-04"]
    assert plan.rows > 2 * rows
