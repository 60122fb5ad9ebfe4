"""What a plan says of what is due."""

from datetime import UTC, datetime

import pytest

from lake.intake.inventory import Inventory, RawFile
from lake.intake.plan import DueFile, Plan
from lake.storage import FileInfo

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
def test_the_rows_that_are_due_are_guessed_from_sizes_rather_too_many_than_too_few(suffix, size, rows):
    file = RawFile(FileInfo(f"raw/green_tripdata_2020-04{suffix}", size, "version", None, MODIFIED), "2020-04", suffix)
    plan = Plan(Inventory(), {}, due={"2020-04": DueFile(file, "etag", "new", None)})
    assert rows <= plan.rows <= 2 * rows
    plan.due["2020-05"] = plan.due["2020-04"]
    assert plan.rows > 2 * rows
