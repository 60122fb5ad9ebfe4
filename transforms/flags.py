"""What is odd about a trip but kept: each flag of `schemas.flags`, computed from the contract's columns."""

from collections.abc import Collection

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.flags import ANY_FLAG, FLAGS


def flag_columns(present: Collection[str]) -> list[Column]:
    """The flags in the order of the contract, never NULL: a rule that cannot be decided does not apply.

    That each flag is used twice, for itself and for `has_any_flag`, also makes Spark give each a method of its own: in
    one they are too long for the JVM to compile (see `csv_lines`).

    Args:
        present: The columns that the layout has.
    """
    flags = [F.coalesce(F.expr(flag.rule_for(present)), F.lit(False)).alias(flag.name) for flag in FLAGS]
    return [*flags, F.greatest(*flags).alias(ANY_FLAG.name)]
