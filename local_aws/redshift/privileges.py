"""Groups and grants. They are recorded, and seen in Redshift's own system views; there is one user, who may do all."""

import duckdb

from local_aws.redshift.commands import CreateGroup, Grant, Name
from local_aws.redshift.errors import RedshiftError

_TABLES = {  # of Redshift's columns those that are known here
    "pg_group": "groname",
    "svv_schema_privileges": "namespace_name, privilege_type, identity_name, identity_type",
    "svv_relation_privileges": "namespace_name, relation_name, privilege_type, identity_name, identity_type",
    "svv_default_privileges": "schema_name, object_type, privilege_type, grantee_name, grantee_type",
}
SYSTEM_TABLES = frozenset(_TABLES)
_SYSTEM_SCHEMA = "main"  # where DuckDB looks by itself


def create_system_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes what records groups and grants."""
    for table, columns in _TABLES.items():
        typed = ", ".join(f"{column} VARCHAR" for column in columns.split(", "))
        connection.execute(f"CREATE TABLE IF NOT EXISTS {_SYSTEM_SCHEMA}.{table} ({typed}, UNIQUE ({columns}))")


def create_group(connection: duckdb.DuckDBPyConnection, command: CreateGroup) -> None:
    """CREATE GROUP, which has no IF NOT EXISTS.

    Raises:
        RedshiftError: It exists.
    """
    if _has_group(connection, command.name):
        raise RedshiftError(f'group "{command.name}" already exists')
    connection.execute("INSERT INTO main.pg_group VALUES (?)", [command.name])


def grant(connection: duckdb.DuckDBPyConnection, command: Grant) -> None:
    """GRANT and ALTER DEFAULT PRIVILEGES; they may be repeated.

    Raises:
        RedshiftError: The group, the schema or the table does not exist, or has no such privilege.
    """
    allowed = {"usage", "create"} if command.on_schema else {"select", "insert", "update", "delete"}
    if wrong := set(command.privileges) - allowed:
        raise RedshiftError(f"invalid privilege type {', '.join(sorted(wrong)).upper()} for this object")
    if not _has_group(connection, command.group):
        raise RedshiftError(f'group "{command.group}" does not exist')
    relations = _relations(connection, command.schema)
    if command.table and command.table not in relations:
        raise RedshiftError(f'relation "{command.schema}.{command.table}" does not exist')
    for privilege in map(str.upper, command.privileges):
        if command.on_schema:
            _record(connection, "svv_schema_privileges", command.schema, privilege, command.group, "group")
        elif command.default:
            _record(connection, "svv_default_privileges", command.schema, "RELATION", privilege, command.group, "group")
        else:
            for relation in [command.table] if command.table else relations:
                _record(
                    connection, "svv_relation_privileges", command.schema, relation, privilege, command.group, "group"
                )


def grant_defaults(connection: duckdb.DuckDBPyConnection, name: Name) -> None:
    """Gives a new table or view the default privileges of its schema."""
    connection.execute(
        "INSERT OR IGNORE INTO main.svv_relation_privileges "
        "SELECT schema_name, ?, privilege_type, grantee_name, grantee_type FROM main.svv_default_privileges "
        "WHERE schema_name = ?",
        [name.table, name.schema or "public"],
    )


def _has_group(connection: duckdb.DuckDBPyConnection, group: str) -> bool:
    return bool(connection.execute("SELECT 1 FROM main.pg_group WHERE groname = ?", [group]).fetchall())


def _relations(connection: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    if not connection.execute("SELECT 1 FROM duckdb_schemas() WHERE schema_name = ?", [schema]).fetchall():
        raise RedshiftError(f'schema "{schema}" does not exist')
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name = $1 AND NOT temporary "
        "UNION ALL SELECT view_name FROM duckdb_views() WHERE schema_name = $1",
        [schema],
    )
    return [name for (name,) in rows.fetchall()]


def _record(connection: duckdb.DuckDBPyConnection, table: str, *values: str) -> None:
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT OR IGNORE INTO {_SYSTEM_SCHEMA}.{table} VALUES ({marks})", list(values))
