"""What SQL is understood, with Redshift's meaning, and what is refused. Straight into a session."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from local_aws.redshift.engine import Database, Session
from local_aws.redshift.errors import RedshiftError


class Nothing:
    """An account in which nothing is."""

    def object(self, uri: str) -> bytes | None:
        return None

    def keys(self, prefix: str) -> list[str]:
        return []

    def may_assume(self, role_arn: str) -> bool:
        return True


@pytest.fixture
def session(tmp_path: Path):
    database = Database(tmp_path / "dev.duckdb", Nothing())
    with database.session() as session:
        session.run("CREATE TABLE t (a INTEGER, b DECIMAL(9,2), c VARCHAR(3))")
        session.run("INSERT INTO t VALUES (1, 0.50, 'x'), (2, NULL, 'y'), (NULL, 1.25, NULL)")
        yield session
    database.close()


COPY = "COPY t FROM 's3://b/k' IAM_ROLE 'arn:aws:iam::123456789012:role/r'"
REFUSED = [
    "COPY t FROM 's3://b/k' IAM_ROLE DEFAULT FORMAT AS PARQUET",
    "DROP TABLE t",
    "BEGIN",
    "VACUUM t",
    "UNLOAD ('SELECT 1') TO 's3://b/k'",
    "MERGE INTO t USING t AS u ON t.a = u.a WHEN MATCHED THEN DELETE",
    "CREATE TABLE u AS SELECT 1",
    "CREATE TABLE u (a INTEGER IDENTITY(1,1))",
    "CREATE TABLE u (a INTEGER DEFAULT 1)",
    "CREATE TABLE u (a INTEGER PRIMARY KEY)",
    "CREATE TABLE u (a INTEGER) DISTKEY(a)",
    "CREATE TABLE u (a SUPER)",
    "CREATE TABLE u (a DECIMAL)",
    "CREATE VIEW v AS SELECT 1 WITH NO SCHEMA BINDING",
    "CREATE USER u PASSWORD 'Secret123'",
    "ALTER TABLE t ADD COLUMN d INTEGER",
    "GRANT SELECT ON t TO u",
    "GRANT ALL ON t TO GROUP g",
    "TRUNCATE t CASCADE",
    "SELECT avg(a) FROM t",
    "SELECT row_number() OVER (ORDER BY a) FROM t",
    "SELECT my_function(a) FROM t",
    "SELECT SYSDATE",
    "SELECT CAST('abc' AS VARCHAR(2))",
    "SELECT * FROM other.public.t",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT a INTO u FROM t",
    "SELECT a FROM t FOR UPDATE",
    "SELECT :name",
    f"{COPY}",
    f"{COPY} FORMAT AS CSV",
    f"{COPY} PARQUET REGION 'us-east-1'",
    f"{COPY} PARQUET MAXERROR 3",
    "COPY t FROM 's3://b/k' IAM_ROLE DEFAULT PARQUET",
    "COPY t FROM 's3://b/k' ACCESS_KEY_ID 'a' SECRET_ACCESS_KEY 'b' PARQUET",
    "COPY t FROM 'dynamodb://t' IAM_ROLE 'arn:aws:iam::123456789012:role/r' PARQUET",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_not_supported_is_refused_by_name(session: Session, sql: str):
    with pytest.raises(RedshiftError, match="not supported by the local Redshift"):
        session.run(sql)


WRONG = [
    ("SELECT 1; SELECT 2", "cannot insert multiple commands into a prepared statement"),
    ("SELECT (1", "syntax error at or near"),
    ("LOCK 5", 'syntax error at or near "5"'),
    ("CREATE OR REPLACE TABLE t (a INTEGER)", "syntax error"),
    ("LOCK nowhere.t", 'relation "nowhere.t" does not exist'),
    ("SELECT * FROM nowhere", 'relation "nowhere" does not exist'),
    ("SELECT z FROM t", 'column "z" does not exist'),
    ("CREATE TABLE t (a INTEGER)", 'Relation "t" already exists'),
    ("CREATE SCHEMA public", 'Schema "public" already exists'),
    ("GRANT SELECT ON t TO GROUP g", 'group "g" does not exist'),
    ("INSERT INTO t VALUES (1, 1, 'abcd')", "value too long for type character varying(3)"),
    ("INSERT INTO t VALUES (1, 1, 'éé')", "value too long for type character varying(3)"),
    ("INSERT INTO t VALUES (1, 12345678.00, 'x')", "Numeric data overflow"),
    ("SELECT CAST('7 apples' AS BIGINT)", "Invalid digit, Value '7', Pos 0, Type: Long"),
    ("SELECT a / 0 FROM t", "Divide by zero"),
    ("SELECT a % (a - a) FROM t", "Divide by zero"),
    ("SELECT 1 / (1 / (a - a)) FROM t", "Divide by zero"),
    ("SELECT b / 0.0 FROM t", "Divide by zero"),
    ("INSERT INTO pg_group VALUES ('g')", "permission denied for relation pg_group"),
    ("SELECT * FROM '/etc/passwd'", 'relation "/etc/passwd" does not exist'),
    ("SELECT * FROM 'file.csv'", "file system operations are disabled"),
    ("COPY t FROM 's3://b/k' PARQUET", "COPY needs a role"),
    (f"{COPY} PARQUET", "The specified S3 prefix 's3://b/k' does not exist"),
]


@pytest.mark.parametrize(("sql", "error"), WRONG, ids=[sql for sql, _ in WRONG])
def test_what_is_wrong_is_said_in_redshifts_words(session: Session, sql: str, error: str):
    with pytest.raises(RedshiftError) as raised:
        session.run(sql)
    assert str(raised.value).startswith("ERROR: ")
    assert error in str(raised.value)


MEANT = [
    ("SELECT 7 / 2, -7 / 2", [(3, -3)]),
    ("SELECT a / 2 FROM t WHERE a > 0 ORDER BY a", [(0,), (1,)]),
    ("SELECT a FROM t ORDER BY a", [(1,), (2,), (None,)]),
    ("SELECT a FROM t ORDER BY a DESC", [(None,), (2,), (1,)]),
    ("SELECT TOP 1 a FROM t ORDER BY a", [(1,)]),
    ("SELECT NVL(b, 0) FROM t ORDER BY a", [(Decimal("0.50"),), (Decimal(0),), (Decimal("1.25"),)]),
    ("SELECT sum(b), count(*), count(b), min(a), max(a) FROM t", [(Decimal("1.75"), 3, 2, 1, 2)]),
    ("SELECT C FROM T WHERE \"C\" = 'x' -- comment ; with a semicolon", [("x",)]),
    ("SELECT 'it''s; fine'", [("it's; fine",)]),
    ("WITH u AS (SELECT a FROM t WHERE a IS NOT NULL) SELECT count(*) FROM u", [(2,)]),
    ("SELECT u.a FROM t AS u JOIN t AS w ON u.a = w.a AND u.c LIKE 'x%'", [(1,)]),
    ("SELECT a FROM t WHERE NOT EXISTS (SELECT 1 FROM t WHERE a > 5) AND a IN (1, 3);", [(1,)]),
]


@pytest.mark.parametrize(("sql", "rows"), MEANT, ids=[sql for sql, _ in MEANT])
def test_what_is_understood_means_what_it_means_there(session: Session, sql: str, rows: list[tuple[object, ...]]):
    assert list(session.run(sql).rows) == rows


def test_changes_say_how_many_rows(session):
    assert session.run("UPDATE t SET b = 2 WHERE a IS NOT NULL").count == 2
    assert session.run("DELETE FROM t WHERE a = 1").count == 1
    assert session.run("INSERT INTO t (a) SELECT a FROM t").count == 2


def test_computed_columns_have_redshifts_names(session):
    result = session.run("SELECT count(*), a + 1, CAST(a AS BIGINT), COALESCE(a, 0) AS \"Mine\", 'x' FROM t GROUP BY a")
    assert [name for name, _ in result.columns] == ["count", "?column?", "a", "mine", "?column?"]


def test_getdate_is_the_moment_of_the_statement_in_utc_to_the_second(session):
    before = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    [[now]] = session.run("SELECT GETDATE()").rows
    assert before <= now <= datetime.now(UTC).replace(tzinfo=None)
    assert now.microsecond == 0


def test_like_brings_types_and_constraints(session):
    session.run("CREATE TABLE strict (a INTEGER NOT NULL, c VARCHAR(3)) DISTSTYLE ALL SORTKEY (a)")
    session.run("CREATE TEMP TABLE copied (LIKE strict)")
    session.run("INSERT INTO copied VALUES (1, 'abc')")
    with pytest.raises(RedshiftError, match="Cannot insert a NULL value into column a"):
        session.run("INSERT INTO copied VALUES (NULL, 'abc')")
