"""The log of the loads into Redshift: the fence against late loaders, and what says whether a load is pending."""

from schemas.columns import Column, ColumnType, Table

LOAD_NUMBER = "load_number"
LOADED_AT = "loaded_at"
GENERATIONS = "generations"
MANIFEST_DIGEST = "manifest_digest"
ROW_COUNT = "row_count"
RUN_ID = "run_id"

LOAD_LOG = Table(
    "load_log",
    "one row per load into Redshift that changed something",
    (
        Column(LOAD_NUMBER, ColumnType.BIGINT, "1, 2, 3 …: counted while the log is locked.", "ours", nullable=False),
        Column(LOADED_AT, ColumnType.WALL_CLOCK, "When, UTC, to the second.", "ours", nullable=False),
        Column(
            GENERATIONS,
            ColumnType.BIGINT,
            "Sum of the generations of the receipts that were loaded. For the same tables it only grows: it orders loads.",
            "ours",
            nullable=False,
        ),
        Column(
            MANIFEST_DIGEST,
            ColumnType.TEXT,
            "SHA-256 of the COPY manifests, one after the other, hexadecimal.",
            "ours",
            nullable=False,
        ),
        Column(ROW_COUNT, ColumnType.BIGINT, "Rows loaded, of all tables together.", "ours", nullable=False),
        Column(RUN_ID, ColumnType.TEXT, "Airflow's run that loaded.", "ours", nullable=False),
    ),
)

NEWEST_LOAD = "newest_load"
"""A view of LOAD_LOG: its newest row, or none."""
