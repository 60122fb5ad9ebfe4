"""The trip contract: what one row of `nyc.green` is."""

from schemas.columns import Table
from schemas.flags import ANY_FLAG, FLAGS
from schemas.trips import PROVENANCE, PUBLISHED

CONTRACT_VERSION = 1
"""Raised with every change of a column or its type: the jobs then redo the months made to an older one."""

TRIPS = Table(
    "green", "one row per trip as TLC published it, reversals included", (*PUBLISHED, *FLAGS, ANY_FLAG, *PROVENANCE)
)
