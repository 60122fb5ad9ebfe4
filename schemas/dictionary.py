"""The data dictionary, docs/data-dictionary.md, from the declarations."""

from collections.abc import Iterable

from schemas.columns import MONTH_FOLDER, Table
from schemas.contract import CONTRACT_VERSION
from schemas.datasets import AGGREGATES, PUBLISHED_TRIPS, QUARANTINED_LINES, DataSet
from schemas.drift import DRIFT_DOCS, MIN_ROWS, MIN_WINDOW, WINDOW
from schemas.flags import ANY_FLAG, FLAGS
from schemas.layouts import CSV_LAYOUTS, PARQUET_LAYOUTS, CsvLayout, ParquetLayout
from schemas.loads import LOAD_LOG, NEWEST_LOAD
from schemas.reasons import NULL_TOKENS, REASON_DOCS, REFUSAL_CODE_DOCS, RULES_VERSION
from schemas.rides import LAB_COLUMNS, LAB_VIEW, RIDES
from schemas.zones import ZONE_VIEW, ZONES

_LINE_ENDS = {"\n": "LF", "\r\n": "CRLF"}


def data_dictionary() -> str:
    """The whole page, as Markdown."""
    parts = [
        "<!-- Made from schemas/ by `make docs`; a test compares. Change the declarations, not this page. -->",
        "# Data dictionary",
        f"Version {CONTRACT_VERSION} of the trip contract, version {RULES_VERSION} of the rules for quarantine. Every data set "
        f"of the lake is Parquet, one folder `{MONTH_FOLDER}=yyyy-MM` a month; `{MONTH_FOLDER}` is in the path only. Which "
        "folder is the current one of a month, its receipt says: never list the files yourself.",
        _section(PUBLISHED_TRIPS),
        "## Flags",
        "A trip that is odd is kept and flagged. A flag is never NULL: a rule that cannot be decided, because a value "
        "is NULL, does not apply.",
        _markdown_table(("flag", "true if"), [(_code(flag.name), flag.doc) for flag in (*FLAGS, ANY_FLAG)]),
        _section(QUARANTINED_LINES),
        "### Reasons",
        _markdown_table(("code", "meaning"), [(_code(code), doc) for code, doc in REASON_DOCS.items()]),
        *(_section(aggregate) for aggregate in AGGREGATES),
        f"`{LAB_VIEW}` is the lab's table, a view of {_code(RIDES.name)} in Redshift, over all months: "
        f"{', '.join(_code(name) for name in LAB_COLUMNS)}.",
        _table_section(LOAD_LOG, "load_log: what was loaded into Redshift"),
        f"In Redshift only. `{NEWEST_LOAD}` is a view of it: the newest row.",
        _table_section(ZONES, "taxi_zones: TLC's zones by name"),
        f"In Redshift, in DuckDB (`python -m lake sql`) and for Spark (`lake.reader.zones`); in no file of the lake. In Redshift "
        f"`{ZONE_VIEW}` is a view of {_code(RIDES.name)} with these names: one row per month and zone.",
        "## NULL in CSV files",
        "A field is NULL if it is one of these, after blanks and quotes around it are taken off: "
        + ", ".join(_code(token) if token else "nothing at all" for token in NULL_TOKENS)
        + ". Nothing else means NULL.",
        "## Refused files",
        "A file is refused as a whole, and its month keeps the version it has, for one of these.",
        _markdown_table(("code", "meaning"), [(_code(code), doc) for code, doc in REFUSAL_CODE_DOCS.items()]),
        "## Months unlike those before",
        "A warning of the job, of the page and of the nightly run, never a refusal. A month is held against the "
        f"{WINDOW} published months before it; where there are fewer than {MIN_WINDOW} nothing is said, and months of fewer than "
        f"{MIN_ROWS:,} rows do not count.",
        _markdown_table(("what", "told if"), DRIFT_DOCS),
        "## Layouts",
        "CSV, recognised by the header (case and blanks aside) and by the number of fields of most of the first rows:",
        _markdown_table(
            ("layout", "months", "columns", "fields a row", "header ends in", "blank lines after it", "not in it"),
            [_csv_row(layout) for layout in CSV_LAYOUTS],
        ),
        "Parquet, recognised by its column names, in any order and case, and their types:",
        _markdown_table(
            ("layout", "months", "columns", "NaN in a whole number"),
            [_parquet_row(layout) for layout in PARQUET_LAYOUTS],
        ),
        "Types that a column may have in a Parquet file (`void`: Arrow's null type, which Spark 3.5 shows as `int`):",
        _markdown_table(("column", *(layout.name for layout in PARQUET_LAYOUTS)), _parquet_types()),
    ]
    return "\n\n".join(parts) + "\n"


def _section(data_set: DataSet) -> str:
    return _table_section(data_set.table, f"{data_set.table.name}: {data_set.title}")


def _table_section(table: Table, title: str) -> str:
    rows = [
        (_code(column.name), _code(column.type), "yes" if column.nullable else "no", column.doc, column.source)
        for column in table.columns
    ]
    grain = f"{table.grain[0].upper()}{table.grain[1:]}."
    return f"## {title}\n\n{grain}\n\n" + _markdown_table(("column", "type", "NULL?", "meaning", "source"), rows)


def _csv_row(layout: CsvLayout) -> tuple[str, ...]:
    blank = ", ".join(_LINE_ENDS[end] for end in layout.blank_lines)
    surplus = f" ({layout.surplus} empty ones at the end)" if layout.surplus else ""
    return (
        layout.name,
        f"{layout.first} to {layout.last}",
        str(len(layout.columns)),
        f"{layout.width}{surplus}",
        _LINE_ENDS[layout.header_end],
        f"{len(layout.blank_lines)} ({blank})" if blank else "none",
        _absent(layout.columns),
    )


def _parquet_row(layout: ParquetLayout) -> tuple[str, ...]:
    return layout.name, layout.months.replace("..", " to "), str(len(layout.types)), "NULL"


def _parquet_types() -> list[tuple[str, ...]]:
    columns = dict.fromkeys(column for layout in PARQUET_LAYOUTS for column in layout.types)
    return [
        (_code(column), *(", ".join(layout.types.get(column, ("absent",))) for layout in PARQUET_LAYOUTS))
        for column in columns
    ]


def _absent(columns: tuple[str, ...]) -> str:
    published = dict.fromkeys(column for layout in CSV_LAYOUTS for column in layout.columns)
    return ", ".join(_code(column) for column in published if column not in columns) or "nothing"


def _markdown_table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _code(text: str) -> str:
    return f"`{text}`"
