"""Queries and CREATE: parsed as Redshift's SQL and written as DuckDB's, by sqlglot. What is not listed here is refused."""

import logging
from datetime import UTC, datetime

from sqlglot import exp, parse_one
from sqlglot.errors import ErrorLevel, ParseError, SqlglotError

from local_aws.redshift.commands import Command, Create, Name, Query
from local_aws.redshift.errors import RedshiftError, unsupported

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of what is refused below

_CLAUSES = (
    exp.Select,
    exp.From,
    exp.Join,
    exp.Where,
    exp.Group,
    exp.Having,
    exp.Order,
    exp.Ordered,
    exp.Limit,
    exp.Offset,
)
_PARTS = (exp.With, exp.CTE, exp.Union, exp.Subquery, exp.Exists, exp.Distinct, exp.Alias, exp.TableAlias, exp.Table)
_NAMES = (exp.Column, exp.Identifier, exp.Star, exp.Schema, exp.Values, exp.Tuple, exp.Insert, exp.Delete, exp.Update)
_VALUES = (exp.Literal, exp.Null, exp.Boolean, exp.Paren, exp.Case, exp.If, exp.Cast, exp.DataType, exp.DataTypeParam)
_LOGIC = (exp.Not, exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between)
_OPERATORS = (exp.Like, exp.ILike, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.DPipe)
_AGGREGATES = (exp.Count, exp.Sum, exp.Min, exp.Max)
_FUNCTIONS = (exp.Coalesce, exp.Nullif, exp.Abs, exp.Round, exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Substring)
_KNOWN: tuple[type[exp.Expr], ...] = (
    *(*_CLAUSES, *_PARTS, *_NAMES, *_VALUES, *_LOGIC, *_OPERATORS, *_AGGREGATES, *_FUNCTIONS),
    exp.CurrentTimestamp,  # GETDATE()
)
_OPTIONS: dict[type[exp.Expr], set[str]] = {  # of these, what may be said beside the expressions in them
    exp.Insert: {"this", "expression"},
    exp.Delete: {"this", "where", "using"},
    exp.Update: {"this", "expressions", "where", "from_"},
    exp.Create: {"this", "kind", "exists", "replace", "expression", "properties"},
}
_TYPES = {
    exp.DataType.Type.SMALLINT: "SMALLINT",
    exp.DataType.Type.INT: "INTEGER",
    exp.DataType.Type.BIGINT: "BIGINT",
    exp.DataType.Type.DOUBLE: "DOUBLE",
    exp.DataType.Type.FLOAT: "REAL",
    exp.DataType.Type.BOOLEAN: "BOOLEAN",
    exp.DataType.Type.DATE: "DATE",
    exp.DataType.Type.TIMESTAMP: "TIMESTAMP",
}
_TEXTS = (exp.DataType.Type.VARCHAR, exp.DataType.Type.CHAR, exp.DataType.Type.NCHAR, exp.DataType.Type.NVARCHAR)
_DEFAULT_LENGTH = 256  # of a VARCHAR without one


def parse_query(sql: str) -> Command:
    """A query or a CREATE.

    Raises:
        RedshiftError: It is not SQL, or uses something that is not supported here.
    """
    try:
        tree = parse_one(sql, read="redshift")
    except SqlglotError as error:
        found = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
        raise RedshiftError(
            f'syntax error at or near "{found.get("highlight") or str(error).splitlines()[0]}"'
        ) from None
    _fold_names(tree)
    _check_options(tree)
    if isinstance(tree, exp.Create):
        return _create(tree)
    _check_nodes(tree)
    target = tree.this if isinstance(tree, exp.Insert | exp.Delete | exp.Update) else None
    if isinstance(target, exp.Schema):  # INSERT INTO table (columns)
        target = target.this
    reads = tuple(name for name in _tables(tree) if not target or name != _name(target))
    return Query(_as_duckdb(tree), reads, _name(target) if target else None)


def _create(tree: exp.Create) -> Create:
    kind = str(tree.args["kind"]).upper()
    if (tree.args.get("replace") and kind != "VIEW") or (tree.args.get("exists") and kind == "VIEW"):
        raise RedshiftError(f"syntax error: CREATE {kind} has no such form")
    if kind == "SCHEMA" and not tree.expression and not tree.args.get("properties"):
        return Create(tree.sql("duckdb"), None)
    if kind == "VIEW" and not tree.args.get("properties"):
        _check_nodes(tree.expression)
        if isinstance(tree.this, exp.Schema):
            raise unsupported("CREATE VIEW with a list of columns")
        name = _name(tree.this)
        replace = "OR REPLACE " if tree.args.get("replace") else ""
        return Create(f"CREATE {replace}VIEW {name.sql} AS {_as_duckdb(tree.expression)}", name)
    if kind == "TABLE" and not tree.expression and isinstance(tree.this, exp.Schema):
        return _create_table(tree)
    raise unsupported(f"CREATE {kind} in this form")


def _create_table(tree: exp.Create) -> Create:
    name = _name(tree.this.this)
    temporary, like = False, None
    properties = tree.args["properties"].expressions if tree.args.get("properties") else []
    for each in [*properties, *(part for part in tree.this.expressions if isinstance(part, exp.Property))]:
        if isinstance(each, exp.TemporaryProperty):
            temporary = True
        elif isinstance(each, exp.LikeProperty) and not each.expressions:
            like = _name(each.this)
        elif not isinstance(each, exp.DistStyleProperty | exp.SortKeyProperty):
            raise unsupported(f"CREATE TABLE with {each.sql('redshift')}")
    columns = [part for part in tree.this.expressions if not isinstance(part, exp.Property)]
    if bool(columns) == bool(like):
        raise unsupported("CREATE TABLE with both columns and LIKE, or neither")
    exists = "IF NOT EXISTS " if tree.args.get("exists") else ""
    head = f"CREATE {'TEMP ' if temporary else ''}TABLE {exists}{name.sql}"
    body = "" if like else f" ({', '.join(map(_column, columns))})"
    return Create(head + body, name, temporary, like)


def _column(column: exp.Expr) -> str:
    if not isinstance(column, exp.ColumnDef):
        raise unsupported(f"CREATE TABLE with {column.sql('redshift')}")
    kinds = [constraint.kind for constraint in column.constraints]
    for kind in kinds:
        if not isinstance(kind, exp.NotNullColumnConstraint):
            raise unsupported(f"a column with {kind.sql('redshift')}")
    declared = column.args["kind"]
    required = "".join("" if kind.args.get("allow_null") else " NOT NULL" for kind in kinds)
    if declared.this in _TEXTS or declared.this is exp.DataType.Type.TEXT:
        length = declared.expressions[0].name if declared.expressions else _DEFAULT_LENGTH
        return f'"{column.name}" VARCHAR{required} CHECK (strlen("{column.name}") <= {length})'  # strlen: bytes
    return f'"{column.name}" {_type(declared)}{required}'


def _type(declared: exp.DataType) -> str:
    if declared.this is exp.DataType.Type.DECIMAL and len(declared.expressions) == 2:
        return f"DECIMAL({', '.join(each.name for each in declared.expressions)})"
    if declared.this not in _TYPES or declared.expressions:
        raise unsupported(f"the type {declared.sql('redshift')}")
    return _TYPES[declared.this]


def _check_nodes(tree: exp.Expr) -> None:
    for node in tree.walk():
        if type(node) not in _KNOWN:
            words = node.sql("redshift") or node.key.upper()
            raise unsupported(words if len(words) < 80 else f"{words[:80]} …")
        if isinstance(node, exp.Cast) and (node.to.this not in _TEXTS or node.to.expressions):
            _type(node.to)
        if isinstance(node, exp.CurrentTimestamp) and node.args.get("sysdate"):
            raise unsupported("SYSDATE")


def _check_options(tree: exp.Expr) -> None:
    for kind, known in _OPTIONS.items():
        if isinstance(tree, kind):
            if unknown := {key for key, value in tree.args.items() if value and key not in known}:
                raise unsupported(f"{kind.key.upper()} with {', '.join(sorted(unknown)).replace('_', ' ').upper()}")
            return
    if not isinstance(tree, exp.Select | exp.Union):
        raise unsupported(tree.key.upper())


def _fold_names(tree: exp.Expr) -> None:
    for identifier in tree.find_all(exp.Identifier):
        identifier.set("this", identifier.name.lower())


def _tables(tree: exp.Expr) -> list[Name]:
    defined = {cte.alias for cte in tree.find_all(exp.CTE)}
    return list(
        dict.fromkeys(_name(table) for table in tree.find_all(exp.Table) if table.name not in defined or table.db)
    )


def _name(table: exp.Table) -> Name:
    if table.catalog:
        raise unsupported(f"another database, {table.sql('redshift')}")
    return Name(table.name, table.db)


def _as_duckdb(tree: exp.Expr) -> str:
    """Redshift's meaning in DuckDB's words: its names of columns, its clock, and an error for a division by zero."""
    if isinstance(tree, exp.Select):
        tree.set("expressions", [_named(each) for each in tree.expressions])
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    for node in reversed(list(tree.find_all(exp.CurrentTimestamp, exp.Div, exp.Mod))):  # a divisor may divide itself
        if isinstance(node, exp.CurrentTimestamp):
            node.replace(exp.cast(exp.Literal.string(now), "TIMESTAMP"))
        else:
            divisor = node.expression
            guard = exp.Case().when(exp.EQ(this=exp.paren(divisor.copy()), expression=exp.Literal.number(0)), _DIVISION)
            node.set("expression", exp.paren(guard.else_(divisor.copy())))
    return tree.sql("duckdb", unsupported_level=ErrorLevel.RAISE)


_DIVISION = exp.Anonymous(this="error", expressions=[exp.Literal.string("Divide by zero")])


def _named(column: exp.Expr) -> exp.Expr:
    """Gives a computed column the name that Redshift gives it."""
    inner = column.this if isinstance(column, exp.Cast) else column
    if isinstance(column, exp.Alias | exp.Star) or isinstance(inner, exp.Column):
        return column if inner is column else exp.alias_(column, inner.name, quoted=True)
    return exp.alias_(column, inner.key if isinstance(inner, exp.Func) else "?column?", quoted=True)
