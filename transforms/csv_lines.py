"""The lines of CSV files of one layout.

Nearly every line is plain: digits, signs, points and separators in the right places. Plain lines are split at the commas
and cast, and nothing else is asked of them. All others (blank lines, headers, quotes, blanks around values, everything that
is wrong) are read carefully, a field at a time, and get their reasons. A line is in one set or the other, never in both or
neither: `careful_lines` is the negation of what `plain_trips` keeps.

Measured on 10 million lines: checking the shape of each field of each line took as long as parsing all of them.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas import trips as t
from schemas.columns import ColumnType
from schemas.layouts import CsvLayout
from schemas.reasons import MAX_QUOTED_LINE, NULL_TOKENS, Reason
from transforms.quarantine import BLANK, DATA, HEADER, LINE, LINE_TYPE, REASONS
from transforms.trips import published, with_contract
from transforms.values import careful_value, plain_value, reason_list, required_reason, text_reason, without_exponent

FIELDS = "fields"
_IS_PLAIN = "is_plain"
_IS_WIDE_ENOUGH = "is_wide_enough"
_UNCLOSED = "has_unclosed_quote"
_RAW_FIELDS = "raw_fields"
_NUMBERS = "numbers"

_PLAIN_TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"
# In every layout the fields begin with vendor, two times and the flag. Java's regex is slow: this much and no more of it.
# No part can take what the next one begins with, so there is nothing to go back for.
# The bound is above any real line and below the 309 digits at which a double overflows to infinity without a word.
_PLAIN_LINE = rf"^[0-9]{{0,9}},{_PLAIN_TIME},{_PLAIN_TIME},[YN]?,[0-9.,-]{{0,250}}\z"
# A strict line is a plain one of which a reader of typed CSV can make nothing else: whole cents, days and seconds that exist.
_DAY = (
    "(?:[0-9]{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    "|20(?:[02468][048]|[13579][26])-02-29)"
)
_STRICT = {
    ColumnType.INT: "(?:-?[0-9]{1,9})?",
    ColumnType.DECIMAL: "(?:-?(?:[0-9]{1,7}(?:[.][0-9]{1,2})?|[.][0-9]{1,2}))?",
    ColumnType.DOUBLE: "(?:-?[0-9]{1,3}(?:[.][0-9]{1,20})?)?",
    ColumnType.TEXT: "[YN]?",
    ColumnType.WALL_CLOCK: f"{_DAY} (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]",
}
_QUOTED = '"[^"]*+(?:""[^"]*+)*+"'  # `*+`, as Java would recurse for each pair of quotes
# A field with the comma after it. Quotes count where they open a field and close it.
FIELD = f"([ \t]*{_QUOTED}[ \t]*|[^,]*),"


def has_plain_shape(line: Column) -> Column:
    """May a line be plain? ASCII digits, signs, points and commas after two well-formed times and a flag."""
    return line.rlike(_PLAIN_LINE)


def has_strict_shape(line: Column, layout: CsvLayout) -> Column:
    """Is a line strict: would a reader of typed CSV give what `plain_trips` gives?"""
    fields = [_STRICT[t.PUBLISHED_TYPES[column]] for column in layout.columns]
    return line.rlike(rf"^{','.join(fields)}{',' * (layout.width - len(fields))}\z")


def strict_trips(rows: DataFrame, layout: CsvLayout, *, source_file: Column) -> DataFrame:
    """The trips of strict lines that are typed already, with the contract's columns and the folder. One row per row.

    Args:
        rows: The layout's columns, as a reader of typed CSV gives them, and whatever else is there for `source_file`.
        layout: The layout of all files read.
        source_file: The name of a row's file, as the engine tells it.
    """
    return with_contract(rows.select(*layout.columns, source_file.alias(t.SOURCE_FILE)))


def plain_trips(
    lines: DataFrame, layout: CsvLayout, *, source_file: Column, barrier: Column | None = None
) -> DataFrame:
    """The trips of the plain lines, with the contract's columns and the folder. One row per plain line.

    Args:
        lines: The lines straight from the scan; what else it gives is there for `source_file`.
        layout: The layout of all files read.
        source_file: The name of a row's file, as the engine tells it.
        barrier: True in every row, though no optimiser knows: keeps a filter above the values that it asks for. None where
            `source_file` does.
    """
    shaped = lines.filter(has_plain_shape(F.col(LINE)))
    values = _plain_values(shaped, F.col(LINE), layout, source_file, barrier)
    return with_contract(values.filter(_IS_PLAIN).drop(_IS_PLAIN))


def careful_lines(
    lines: DataFrame, layout: CsvLayout, *, source_file: Column, barrier: Column | None = None
) -> DataFrame:
    """All other lines, examined. One row per line that is not plain.

    Args:
        lines: The lines straight from the scan; what else it gives is there for `source_file`.
        layout: The layout of all files read.
        source_file: The name of a row's file, as the engine tells it.
        barrier: True in every row, though no optimiser knows: keeps a filter above the values that it asks for. None where
            `source_file` does.

    Returns:
        `value`, `source_file`, `line_type` (blank, header or data), `reasons` (empty for a trip) and the columns that TLC
        publishes, typed: of one shape for all layouts.
    """
    # Other lines are not cast: a cast that fails costs as much as a hundred that do not.
    shaped = F.when(has_plain_shape(F.col(LINE)), F.col(LINE))
    values = _plain_values(lines, shaped, layout, source_file, barrier, LINE)
    rest = values.filter(~F.col(_IS_PLAIN)).select(LINE, t.SOURCE_FILE)
    split = rest.select("*", line_type(F.col(LINE), layout).alias(LINE_TYPE), fields_of(F.col(LINE)).alias(_RAW_FIELDS))
    # Blank lines and lines of another width have no fields to look into: millions of them cost little.
    has_width = F.size(_RAW_FIELDS) == layout.width
    unwrapped = split.select("*", F.when(has_width, F.transform(_RAW_FIELDS, unquoted)).alias(FIELDS))
    exact = unwrapped.select("*", F.transform(FIELDS, without_exponent).alias(_NUMBERS))
    # The lambda of `exists` is where it is because Spark makes many short methods of a select that has one. In one, the
    # values would be too long for the JVM to compile.
    typed = exact.select(
        "*",
        F.exists(_RAW_FIELDS, is_unclosed).alias(_UNCLOSED),
        *[_careful(layout, place).alias(name) for place, name in enumerate(layout.columns)],
    )
    reasons = F.when(F.col(LINE_TYPE) == DATA, line_reasons(layout)).otherwise(F.array().cast("array<string>"))
    return typed.select(LINE, t.SOURCE_FILE, LINE_TYPE, reasons.alias(REASONS), *published(frozenset(layout.columns)))


def careful_trips(careful: DataFrame) -> DataFrame:
    """The trips among the careful lines, with the contract's columns and the folder. One row per trip.

    Args:
        careful: What `careful_lines` gave, of one layout or of several, persisted: Spark would put the filter below all that made
            it, and split each line a hundred times.
    """
    good = careful.filter((F.col(LINE_TYPE) == DATA) & (F.size(REASONS) == 0))
    return with_contract(good.drop(LINE, LINE_TYPE, REASONS))


def _plain_values(
    lines: DataFrame, line: Column, layout: CsvLayout, source_file: Column, barrier: Column | None, *kept: str
) -> DataFrame:
    """The layout's columns of lines of a plain shape, the file, and whether the line really is plain (never NULL).

    A line that is NULL is not plain.

    Two things here are about plans. The file's name must be taken in the same select as the values: it is non-deterministic
    for Spark, which keeps the filter on `is_plain` above, where pushed below it would cast everything twice; elsewhere the
    barrier does the same. And `is_plain` is a `least`, not an `and`: so all its parts are always evaluated, each value is a
    common sub-expression, and Spark makes a method of each. In one method they are too long for the JVM to compile, and take four
    times as long.
    """
    beside = [name for name in lines.columns if name != LINE]
    split = lines.select(*kept, *beside, F.split(line, ",").alias(FIELDS))
    # Empty fields are NULL before the casts: Java throws and catches an exception for each text that is not a number.
    texts = [F.expr(f"nullif({_text(place)}, '')").alias(f"text_{place}") for place in range(len(layout.columns))]
    is_wide_enough = F.col(FIELDS).isNotNull() & (F.size(FIELDS) == layout.width)
    for place in range(len(layout.columns), layout.width):
        is_wide_enough = is_wide_enough & F.expr(f"{_text(place)} = ''")
    filled = split.select(*kept, *beside, *texts, is_wide_enough.alias(_IS_WIDE_ENOUGH))
    values = {
        column: plain_value(f"text_{place}", t.PUBLISHED_TYPES[column]) for place, column in enumerate(layout.columns)
    }
    sound = [value.isNotNull() | F.isnull(f"text_{place}") for place, value in enumerate(values.values())]
    sound += [] if barrier is None else [barrier]
    return filled.select(
        *kept,
        *[value.alias(name) for name, value in values.items()],
        source_file.alias(t.SOURCE_FILE),
        F.least(_IS_WIDE_ENOUGH, *sound).alias(_IS_PLAIN),
    )


def line_type(line: Column, layout: CsvLayout) -> Column:
    """What a line is: blank, a header (wherever it stands) or data."""
    names = F.lower(F.regexp_replace(line, '[ \t\r"\ufeff]', ""))
    return (
        F.when(F.trim(F.regexp_replace(line, "[\t\r\ufeff]", " ")) == "", BLANK)
        .when(names == ",".join(layout.columns), HEADER)
        .otherwise(DATA)
    )


def fields_of(line: Column) -> Column:
    """The fields of a line, quotes left on. A line too long for a trip is split at its commas, quotes or not."""
    quoted = F.regexp_extract_all(F.concat(line, F.lit(",")), F.lit(FIELD), 1)
    return F.when(F.length(line) <= MAX_QUOTED_LINE, quoted).otherwise(F.split(line, ","))


def is_unclosed(field: Column) -> Column:
    """Does a field open with a quote that does not close it?"""
    text = _trimmed(field)
    return text.startswith('"') & ~_is_quoted(text)


def unquoted(field: Column) -> Column:
    """A field without the blanks and quotes around it, NULL for the tokens that mean NULL."""
    text = _trimmed(field)
    inner = F.replace(text.substr(F.lit(2), F.length(text) - 2), F.lit('""'), F.lit('"'))
    bare = F.when(_is_quoted(text), F.trim(inner)).otherwise(text)
    return F.when(~bare.isin(*NULL_TOKENS), bare)


def _trimmed(field: Column) -> Column:
    # Not a regex: one that looks for blanks at the end begins anew at each blank of a field.
    return F.btrim(field, F.lit(" \t"))


def _is_quoted(text: Column) -> Column:
    return text.rlike(rf"^{_QUOTED}\z")


def line_reasons(layout: CsvLayout) -> Column:
    """Why a line cannot be read as a trip; empty if it can. Fields are examined only if there are as many as there should.

    Reads the columns `value`, `fields`, the flag of an unclosed quote and the typed columns.
    """
    line, fields = F.col(LINE), F.col(FIELDS)
    always = [
        # Spark keeps the bytes as they are; Java's regex sees what is not UTF-8 as U+FFFD.
        F.when(line.rlike("\ufffd"), Reason.INVALID_ENCODING),
        F.when(line.contains("\0"), Reason.NUL_BYTE),
    ]
    surplus = [F.get(fields, F.lit(place)).isNotNull() for place in range(len(layout.columns), layout.width)]
    is_filled = F.lit(False)
    for filled in surplus:
        is_filled = is_filled | filled
    return (
        F.when(F.col(_UNCLOSED), reason_list([*always, F.lit(Reason.UNCLOSED_QUOTE)]))
        .when(fields.isNull() | is_filled, reason_list([*always, F.lit(Reason.COLUMN_COUNT)]))
        .otherwise(reason_list([*always, *_field_reasons(layout)]))
    )


def _field_reasons(layout: CsvLayout) -> list[Column]:
    reasons = [
        text_reason(_text(place), F.col(column), t.PUBLISHED_TYPES[column])
        for place, column in enumerate(layout.columns)
        if t.PUBLISHED_TYPES[column] is not ColumnType.TEXT
    ]
    return [*reasons, required_reason(F.expr(_text(layout.columns.index(t.PICKUP))))]


def _careful(layout: CsvLayout, place: int) -> Column:
    return careful_value(_text(place), _text(place, _NUMBERS), t.PUBLISHED_TYPES[layout.columns[place]])


def _text(place: int, fields: str = FIELDS) -> str:
    return f"get({fields}, {place})"
