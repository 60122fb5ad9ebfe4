"""The trip contract: what one row of `nyc.green` is."""

from schemas.columns import Table
from schemas.flags import ANY_FLAG, FLAGS
from schemas.trips import PROVENANCE, PUBLISHED

CONTRACT_VERSION = 1
"""Raised with every change of a column or its type: the jobs then redo the months made to an older one."""

CONTRACT_FINGERPRINT = "2ac79574"
"""Of the columns of this version. A test compares it and says the new one: a reminder that a change wants a new version."""

TRIPS = Table(
    "green", "one row per trip as TLC published it, reversals included", (*PUBLISHED, *FLAGS, ANY_FLAG, *PROVENANCE)
)
