"""Spark's schemas of the tables."""

from pyspark.sql import types as T

from schemas.columns import Column, ColumnType, Table

_SPARK: dict[ColumnType, T.DataType] = {
    ColumnType.INT: T.IntegerType(),
    ColumnType.BIGINT: T.LongType(),
    ColumnType.DECIMAL: T.DecimalType(9, 2),
    ColumnType.TOTAL: T.DecimalType(19, 2),
    ColumnType.DOUBLE: T.DoubleType(),
    ColumnType.TEXT: T.StringType(),
    ColumnType.TEXTS: T.ArrayType(T.StringType()),
    ColumnType.WALL_CLOCK: T.TimestampNTZType(),
    ColumnType.DATE: T.DateType(),
    ColumnType.FLAG: T.BooleanType(),
}


def spark_field(column: Column) -> T.StructField:
    """A column as Spark declares it."""
    return T.StructField(column.name, _SPARK[column.type], column.nullable)


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
        f"{name} is {actual[name]}, not {column_type}"
        for name, column_type in expected.items()
        if actual.get(name, column_type) != column_type
    ]
    if not differences and list(expected) != list(actual):
        differences.append("the columns stand in another order")
    return differences
