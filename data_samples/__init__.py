"""Synthetic green taxi files in every layout that TLC has published, with every known defect, and what is true of them.

    python -m data_samples OUT                              one small file per layout
    python -m data_samples --rows 10000000 --layout C7 OUT  large files of ordinary trips, for benchmarks

The fate of a line is written down by the recipe that made it. Nothing here imports `transforms` or `lake`: they are
what the samples test. Nothing is copied from TLC.

    periods   a layout's months, fares and shares
    rows      a trip and what is true of it; ordinary trips
    defects   the table of defects: keys, sentences, fates; defects_page makes docs/defects.md of it
    flag_rules
              the flags of trips by their rules, in DuckDB
    flagged   trips that are odd, and kept with flags
    spelled   CSV fields that are spelled oddly, and kept
    bad       lines for the quarantine
    csv_text, parquet_table
              a trip in the bytes of a layout
    facts     what is true of a file
    samples   the small files
    large     the large files
"""

from data_samples.facts import Quarantined, Ride, SampleFile
from data_samples.rows import Row
from data_samples.samples import DEFAULT_SEED, make_samples

__all__ = ["DEFAULT_SEED", "Quarantined", "Ride", "Row", "SampleFile", "make_samples"]
