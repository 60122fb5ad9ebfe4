"""A field as a typed value, and what can be wrong with it.

Two readings of a text. `plain_value` is fast and trusts the shape of its line; where it gives NULL for a field that is
not empty, the line is not plain. `careful_value` trusts nothing: casts are lenient (a time may end in an offset, a decimal
may be written in full-width digits), so it checks the shape first.

A field is given as the SQL expression that names it, because `try_cast` exists as SQL only: `Column.try_cast` came with
Spark 4, and a bare cast fails the job.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

from schemas.columns import ColumnType
from schemas.reasons import MAX_DIGITS, Reason

# The end is `\z`: to some engines `$` is a place before a last line end, of Unicode's too. Digits are ASCII. Two digits of
# exponent are beyond any column; more would make numbers of a size that takes minutes to build, as more digits would.
_DIGITS = f"[0-9]{{1,{MAX_DIGITS}}}"
_MORE = f"[0-9]{{0,{MAX_DIGITS}}}"
NUMBER = rf"^[+-]?({_DIGITS}([.]{_MORE})?|[.]{_DIGITS})([eE][+-]?[0-9]{{1,2}})?\z"
NON_FINITE = r"^[+-]?(?i:nan|inf|infinity)\z"
TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\z"

WHOLE = rf"^[+-]?({_DIGITS}([.]0{{0,{MAX_DIGITS}}})?|[.]0{{1,{MAX_DIGITS}}})([eE][+-]?[0-9]{{1,2}})?\z"

_EXACT = "decimal(38,10)"
_PLACES = 30  # behind the point: what is cut off no rounding sees


def plain_value(field: str, column_type: ColumnType) -> Column:
    """A field of a plain line, typed. NULL if it is NULL, or if the line is not plain after all.

    Args:
        field: SQL that gives the field's text, NULL if it is empty.
        column_type: The type of its column.
    """
    return F.expr(field if column_type is ColumnType.TEXT else f"try_cast({field} as {column_type})")


def careful_value(field: str, exact: str, column_type: ColumnType) -> Column:
    """A field of any line, typed. NULL if it is NULL or is not of this type.

    Numbers are rounded half up to the cent. A whole number may be written with a point or an exponent (`1.0`, `1e2`).

    Args:
        field: SQL that gives the field's text, NULL for the tokens that mean NULL.
        exact: The same as `without_exponent` gives it.
        column_type: The type of its column.
    """
    if column_type is ColumnType.TEXT:
        return F.expr(field)
    # A regex stands outside the SQL: what a backslash in a literal is, is a setting of the platform.
    text = F.expr(field)
    if column_type is ColumnType.WALL_CLOCK:
        return F.when(text.rlike(TIME), F.expr(f"try_cast({field} as {column_type})"))
    if column_type is ColumnType.INT:
        return F.when(text.rlike(WHOLE), whole_number(f"try_cast({exact} as {_EXACT})"))
    if column_type is ColumnType.DOUBLE:  # a cast to double overflows to infinity where one to decimal gives NULL
        double = f"try_cast({field} as {column_type})"
        return F.when(text.rlike(NUMBER), F.expr(f"if(abs({double}) < double('infinity'), {double}, null)"))
    return F.when(text.rlike(NUMBER), F.expr(f"try_cast({exact} as {column_type})"))


def without_exponent(text: Column) -> Column:
    """A text with the point where its exponent puts it, and few decimals: not every engine takes others for a decimal.

    A text that is not a number, or a plain one, stays as it is.

    Args:
        text: A field.
    """
    sign, before, after, exponent = (
        F.regexp_extract(text, part, 1)
        for part in ("^([+-]?)", "^[+-]?([0-9]*)", "[.]([0-9]*)", r"[eE]([+-]?[0-9]+)\z")
    )
    zeros = F.lit("0" * MAX_DIGITS)  # more than an exponent can move the point
    digits, point = F.concat(zeros, before, after, zeros), F.length(before) + exponent.cast("int") + MAX_DIGITS
    moved = F.concat(sign, digits.substr(F.lit(1), point), F.lit("."), digits.substr(point + 1, F.lit(_PLACES)))
    cut = F.regexp_extract(text, rf"^([+-]?[0-9]*[.]?[0-9]{{0,{_PLACES}}})", 1)
    return F.when(~text.rlike(rf"[eE]|[0-9]{{{_PLACES},}}") | ~text.rlike(NUMBER), text).otherwise(
        F.when(text.rlike("[eE]"), moved).otherwise(cut)
    )


def cents(number: str, column_type: ColumnType) -> Column:
    """A double as MONEY: the number that it is written as, rounded half up. NULL if it does not fit or is not finite.

    A cast would round what the double is to some engines: 1.005 is a little less. As text some write small ones with an exponent,
    and others do not.

    Args:
        number: SQL that gives the double.
        column_type: The type of its column.
    """
    return F.expr(
        f"if(abs({number}) < 0.001D, cast(0 as {column_type}), try_cast(cast({number} as string) as {column_type}))"
    )


def whole_number(number: str) -> Column:
    """A number as int. NULL if it is NULL or NaN, has a fraction or does not fit.

    Args:
        number: SQL that gives a decimal, a double or an integer.
    """
    return F.expr(f"if(try_cast({number} as int) = {number}, try_cast({number} as int), null)")


def text_reason(field: str, value: Column, column_type: ColumnType) -> Column:
    """Why a text has no value of its type. NULL if nothing is wrong: it has one, or it is NULL.

    Args:
        field: SQL that gives the field's text.
        value: What `careful_value` made of it.
        column_type: The type of its column.
    """
    reason = Reason.BAD_TIMESTAMP if column_type is ColumnType.WALL_CLOCK else Reason.BAD_NUMBER
    text = F.expr(field)
    return F.when(
        text.isNotNull() & value.isNull(), F.when(text.rlike(NON_FINITE), Reason.NON_FINITE).otherwise(reason)
    )


def required_reason(value: Column) -> Column:
    """REQUIRED if the value is NULL, else NULL."""
    return F.when(value.isNull(), Reason.REQUIRED)


def reason_list(reasons: list[Column]) -> Column:
    """The reasons that are not NULL, each once, sorted."""
    return F.array_sort(F.array_distinct(F.array_compact(F.array(*reasons))))
