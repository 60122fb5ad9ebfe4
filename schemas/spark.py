"""Spark's schemas of the tables."""

from pyspark.sql import types as T

from schemas.columns import Column, Kind, Table

_SPARK: dict[Kind, T.DataType] = {
    Kind.INT: T.IntegerType(),
    Kind.BIGINT: T.LongType(),
    Kind.MONEY: T.DecimalType(9, 2),
    Kind.TOTAL: T.DecimalType(19, 2),
    Kind.DOUBLE: T.DoubleType(),
    Kind.TEXT: T.StringType(),
    Kind.TEXTS: T.ArrayType(T.StringType()),
    Kind.WALL_CLOCK: T.TimestampNTZType(),
    Kind.DATE: T.DateType(),
    Kind.FLAG: T.BooleanType(),
}


def spark_field(column: Column) -> T.StructField:
    """A column as Spark declares it."""
    return T.StructField(column.name, _SPARK[column.kind], column.nullable)


def spark_schema(table: Table) -> T.StructType:
    """The schema of a table, nullability included."""
    return T.StructType([spark_field(column) for column in table.columns])


def schema_differences(found: T.StructType, table: Table) -> list[str]:
    """Every difference of names, order and types, for one message. Nullability does not count: Parquet readers drop it."""
    expected = {column.name: spark_field(column).dataType.simpleString() for column in table.columns}
    actual = {field.name: field.dataType.simpleString() for field in found}
    differences = [f"{name} is missing" for name in expected if name not in actual]
    differences += [f"{name} is not in the contract" for name in actual if name not in expected]
    differences += [
        f"{name} is {actual[name]}, not {kind}" for name, kind in expected.items() if actual.get(name, kind) != kind
    ]
    if not differences and list(expected) != list(actual):
        differences.append("the columns stand in another order")
    return differences
