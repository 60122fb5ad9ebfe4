"""The rows of Parquet files of one layout: those that are a trip as they stand, and what is wrong with the others."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import trips as t
from schemas.columns import ColumnType
from schemas.reasons import Reason
from transforms.quarantine import DATA, LINE, LINE_TYPE, REASONS
from transforms.trips import published, with_contract
from transforms.values import cents, reason_list, required_reason, whole_number

_IS_SOUND = "is_sound"


def parquet_trips(rows: DataFrame, *, source_file: Column, barrier: Column | None = None) -> DataFrame:
    """The trips, with the contract's columns and the folder. One row per row that has no reason against it.

    Args:
        rows: The rows straight from the scan, with the names and types of the files, whatever their case.
        source_file: The name of a row's file, as the engine tells it.
        barrier: As in `csv_lines.plain_trips`.
    """
    values = {name.lower(): _value(rows, name) for name in _fields(rows)}
    sound = [_is_sound(rows, name) for name in _fields(rows)] + ([] if barrier is None else [barrier])
    typed = _without_nan(rows).select(
        *[value.alias(name) for name, value in values.items()],
        source_file.alias(t.SOURCE_FILE),  # in the same select as the values, and `least`, not `and`: see csv_lines
        F.least(*sound).alias(_IS_SOUND),
    )
    return with_contract(typed.filter(_IS_SOUND).drop(_IS_SOUND))


def unsound_rows(rows: DataFrame, *, source_file: Column) -> DataFrame:
    """The rows that are no trip, in the shape of `csv_lines.careful_lines`, with the row as JSON for its line.

    One row per such row. What TLC publishes is NULL in all of them.

    Args:
        rows: The rows straight from the scan.
        source_file: The name of a row's file, as the engine tells it.
    """
    examined = rows.select(
        F.to_json(F.struct(*[_shown(name) for name in _fields(rows)])).alias(LINE),
        source_file.alias(t.SOURCE_FILE),
        F.lit(DATA).alias(LINE_TYPE),
        reason_list([_reason(rows, name) for name in _fields(rows)]).alias(REASONS),
        *published(frozenset()),
    )
    return examined.filter(F.size(REASONS) > 0)


def _without_nan(rows: DataFrame) -> DataFrame:
    """NULL for NaN in whole numbers: pandas writes NULL so."""
    return rows.select(
        *[
            F.expr(f"if(isnan(`{name}`), null, `{name}`)").alias(name)
            if t.PUBLISHED_TYPES.get(name.lower()) is ColumnType.INT and _is_double(rows, name)
            else F.col(f"`{name}`")
            for name in rows.columns
        ]
    )


def _fields(rows: DataFrame) -> list[str]:
    """The columns of the file; what else the scan gives is there for `source_file`."""
    return [name for name in rows.columns if name.lower() in t.PUBLISHED_TYPES]


def _shown(name: str) -> Column:
    """A field as JSON shows it: a time as text, to the millisecond, as engines have several ways to write one."""
    field = F.col(f"`{name}`")
    if t.PUBLISHED_TYPES[name.lower()] is not ColumnType.WALL_CLOCK:
        return field
    text = F.replace(field.cast("string"), F.lit(" "), F.lit("T"))
    point = F.when(text.contains("."), F.lit("")).otherwise(F.lit("."))
    return F.regexp_replace(F.concat(text, point, F.lit("000")), "([.][0-9]{3})[0-9]*", "$1").alias(name)


def _value(rows: DataFrame, name: str) -> Column:
    column_type = t.PUBLISHED_TYPES[name.lower()]
    if column_type is ColumnType.INT and _is_double(rows, name):
        return whole_number(f"`{name}`")
    if column_type is ColumnType.DECIMAL and _is_double(rows, name):
        return cents(f"`{name}`", column_type)
    return F.expr(f"try_cast(`{name}` as {column_type})")


def _is_sound(rows: DataFrame, name: str) -> Column:
    """Is there no reason against a field, NaN in whole numbers being NULL already? Never NULL."""
    value = _value(rows, name)
    return value.isNotNull() if name.lower() == t.PICKUP else value.isNotNull() | F.isnull(f"`{name}`")


def _reason(rows: DataFrame, name: str) -> Column:
    """Why a field has no value in the contract; NULL if nothing is wrong. NaN in a whole number is pandas' NULL."""
    field, value, column_type = F.col(f"`{name}`"), _value(rows, name), t.PUBLISHED_TYPES[name.lower()]
    if name.lower() == t.PICKUP:
        return required_reason(field)
    if not _is_double(rows, name):
        return F.when(field.isNotNull() & value.isNull(), Reason.BAD_NUMBER)
    is_nan, is_infinite = F.isnan(field), F.abs(field) == float("inf")
    return (
        F.when(is_infinite | (is_nan & F.lit(column_type is not ColumnType.INT)), Reason.NON_FINITE)
        .when(field.isNotNull() & ~is_nan & value.isNull(), Reason.BAD_NUMBER)
        .otherwise(F.lit(None).cast("string"))
    )


def _is_double(rows: DataFrame, name: str) -> bool:
    return rows.schema[name].dataType.simpleString() == "double"
