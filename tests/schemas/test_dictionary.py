"""The page in docs/ is what the declarations say now."""

import pytest

from schemas import datasets
from schemas.__main__ import PAGE, main
from schemas.columns import ColumnType
from schemas.dictionary import data_dictionary
from schemas.flags import FLAGS
from schemas.layouts import CSV_LAYOUTS, PARQUET_LAYOUTS
from schemas.reasons import Reason, RefusalCode

TABLES = [data_set.table for data_set in datasets.PUBLISHED]


def test_the_committed_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == data_dictionary(), "run `make docs` and commit the page"


def test_the_command_writes_the_page(tmp_path, monkeypatch):
    page = tmp_path / "docs" / "data-dictionary.md"
    monkeypatch.setattr("schemas.__main__.PAGE", page)
    main(["docs"])
    assert page.read_text(encoding="utf-8") == data_dictionary()


def test_another_command_is_wrong_usage(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["dcos"])
    assert stop.value.code == 2
    assert "dcos" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        "| `lpep_pickup_datetime` | `timestamp_ntz` | no | When the meter was engaged, New York wall clock. "
        "| TLC dictionary of 2015-09-28 |",
        "| `has_extreme_distance` | trip_distance is over 100 miles, or below zero. |",
        "| `COLUMN_COUNT` | The line has more or fewer fields than its layout, or a surplus field that is not empty. |",
        "| C2 | 2014-01 to 2014-12 | 20 | 22 (2 empty ones at the end) | LF | 2 (LF, CRLF) | `improvement_surcharge`, "
        "`pulocationid`, `dolocationid`, `congestion_surcharge` |",
        "| P2 | 2023-02 to 2024-12 | 20 | NULL |",
    ],
)
def test_lines_of_the_page(line):
    assert line in data_dictionary().splitlines()


def test_nothing_is_left_out():
    page = data_dictionary()
    names = [column.name for table in TABLES for column in table.columns]
    names += [flag.name for flag in FLAGS] + list(Reason) + list(RefusalCode)
    assert [name for name in names if f"| `{name}` |" not in page] == []
    layouts = [layout.name for layout in (*CSV_LAYOUTS, *PARQUET_LAYOUTS)]
    assert [name for name in layouts if f"\n| {name} |" not in page] == []
    used = {column.type for table in TABLES for column in table.columns}
    assert used == set(ColumnType)


def test_every_row_of_a_table_has_as_many_cells_as_its_head():
    cells = 0
    for line in data_dictionary().splitlines():
        if not line.startswith("|"):
            cells = 0
            continue
        count = line.count("|") - line.count("\\|")
        cells = cells or count
        assert count == cells, line
