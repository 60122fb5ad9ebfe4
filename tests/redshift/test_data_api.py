"""The Data API as boto3 sees it."""

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.redshiftdata import models, responses

from local_aws.redshift.data_api import Backend
from tests.redshift.warehouse import DEADLINE, Warehouse


def refused(code: str, match: str):
    return pytest.raises(ClientError, match=rf"\({code}\).*{match}")


def test_a_query_has_typed_fields_and_columns(empty):
    sql = (
        "SELECT 1 AS whole, CAST('2.50' AS DECIMAL(19,2)) AS money, CAST('2020-04-01' AS DATE) AS day,"
        " CAST('2020-04-01 00:30:00' AS TIMESTAMP) AS moment, TRUE AS flag, CAST('0.5' AS DOUBLE PRECISION) AS share,"
        " 'text' AS word, CAST(NULL AS BIGINT) AS nothing, count(*)"
    )
    described = empty.wait(empty.data.execute_statement(Sql=sql, **empty.where)["Id"])
    assert described["HasResultSet"] is True
    assert described["ResultRows"] == 1
    assert described["WorkgroupName"] == empty.name
    result = empty.data.get_statement_result(Id=described["Id"])
    assert result["Records"] == [
        [
            {"longValue": 1},
            {"stringValue": "2.50"},
            {"stringValue": "2020-04-01"},
            {"stringValue": "2020-04-01 00:30:00"},
            {"booleanValue": True},
            {"doubleValue": 0.5},
            {"stringValue": "text"},
            {"isNull": True},
            {"longValue": 1},
        ]
    ]
    assert [(column["name"], column["typeName"]) for column in result["ColumnMetadata"]] == [
        ("whole", "int4"),
        ("money", "numeric"),
        ("day", "date"),
        ("moment", "timestamp"),
        ("flag", "bool"),
        ("share", "float8"),
        ("word", "varchar"),
        ("nothing", "int8"),
        ("count", "int8"),
    ]
    money = result["ColumnMetadata"][1]
    assert (money["precision"], money["scale"]) == (19, 2)
    assert result["TotalNumRows"] == 1


def test_a_batch_is_one_transaction_with_numbered_statements(warehouse):
    insert = "INSERT INTO nyc.load_log VALUES (1, GETDATE(), 1, 'x', 0, 'r')"
    described = warehouse.run(insert, "SELECT load_number FROM nyc.load_log", "SELECT 1/0", "SELECT 1")
    identifier = described["Id"]
    assert described["Status"] == "FAILED"
    assert described["Error"] == "Query #3 failed with ERROR: Divide by zero"
    steps = [(step["Id"], step["Status"], step.get("Error")) for step in described["SubStatements"]]
    assert steps == [
        (f"{identifier}:1", "FINISHED", None),
        (f"{identifier}:2", "FINISHED", None),
        (f"{identifier}:3", "FAILED", "ERROR: Divide by zero"),
        (f"{identifier}:4", "ABORTED", None),
    ]
    assert warehouse.log() == []
    assert warehouse.data.describe_statement(Id=f"{identifier}:3")["Error"] == "ERROR: Divide by zero"
    with refused("ResourceNotFoundException", "Query does not have result"):
        warehouse.data.get_statement_result(Id=f"{identifier}:2")


def test_each_statement_of_a_batch_has_its_own_result(empty):
    described = empty.done(
        "SELECT 1", "CREATE TEMP TABLE t (a INTEGER)", "INSERT INTO t VALUES (1), (2)", "SELECT a FROM t"
    )
    assert [(s["HasResultSet"], s["ResultRows"]) for s in described["SubStatements"]] == [
        (True, 1),
        (False, -1),
        (False, 2),
        (True, 2),
    ]
    records = empty.data.get_statement_result(Id=described["Id"] + ":4")["Records"]
    assert records == [[{"longValue": 1}], [{"longValue": 2}]]
    with refused("ResourceNotFoundException", "Query does not have result"):
        empty.data.get_statement_result(Id=described["Id"])


def test_a_truncate_commits_what_came_before_it(warehouse):
    insert = "INSERT INTO nyc.load_log VALUES (1, GETDATE(), 1, 'x', 0, 'r')"
    described = warehouse.run(insert, "TRUNCATE nyc.agg_green_rides_by_month", "SELECT 1/0")
    assert described["Status"] == "FAILED"
    assert warehouse.log() == [(1, 1, 0, "r")], "why the load has no TRUNCATE"


def test_a_call_that_is_repeated_with_its_token_runs_once(warehouse):
    insert = "INSERT INTO nyc.load_log VALUES (1, GETDATE(), 1, 'x', 0, 'r')"
    ids = {warehouse.data.execute_statement(Sql=insert, ClientToken="t1", **warehouse.where)["Id"] for _ in range(2)}
    [identifier] = ids
    assert warehouse.wait(identifier)["Status"] == "FINISHED"
    assert len(warehouse.log()) == 1
    with refused("ValidationException", "ClientToken"):
        warehouse.data.execute_statement(Sql="SELECT 1", ClientToken="t1", **warehouse.where)


def test_workgroups_clusters_and_databases_are_apart(warehouse):
    where = {"ClusterIdentifier": warehouse.name, "Database": "dev"}
    described = warehouse.wait(warehouse.data.execute_statement(Sql="SELECT * FROM nyc.load_log", **where)["Id"])
    assert described["Error"] == 'ERROR: relation "nyc.load_log" does not exist'
    assert described["ClusterIdentifier"] == warehouse.name
    elsewhere = Warehouse(warehouse.data, warehouse.s3, warehouse.name, warehouse.role)
    elsewhere.where["Database"] = "other"
    assert elsewhere.run("SELECT * FROM nyc.load_log")["Status"] == "FAILED"
    assert warehouse.log() == []


@pytest.mark.parametrize(
    "where",
    [
        {"Database": "dev"},
        {"WorkgroupName": "abc", "ClusterIdentifier": "abc", "Database": "dev"},
        {"WorkgroupName": "abc"},
        {"WorkgroupName": "abc", "Database": "../up"},
        {"WorkgroupName": "abc", "Database": "dev", "SessionKeepAliveSeconds": 60},
        {"WorkgroupName": "abc", "Database": "dev", "Parameters": [{"name": "a", "value": "1"}]},
        {"WorkgroupName": "abc", "Database": "dev", "WithEvent": True},
        {"WorkgroupName": "abc", "Database": "dev", "ResultFormat": "CSV"},
    ],
    ids=lambda where: " ".join(where),
)
def test_what_is_wrong_or_not_supported_is_refused(empty, where):
    with pytest.raises(ClientError) as raised:
        empty.data.execute_statement(Sql="SELECT 1", **where)
    assert raised.value.response["Error"]["Code"] == "ValidationException"


def test_an_id_that_nobody_gave(empty):
    for call in (empty.data.describe_statement, empty.data.get_statement_result, empty.data.cancel_statement):
        with refused("ResourceNotFoundException", "Query does not exist"):
            call(Id="d9b6c0c9-0747-4bf4-b142-e8883122f766")


def test_what_is_over_cannot_be_cancelled(empty):
    described = empty.done("SELECT 1")
    with refused("ValidationException", "already in FINISHED state"):
        empty.data.cancel_statement(Id=described["Id"])


def test_a_statement_of_a_batch_is_not_cancelled_alone(empty):
    started = empty.data.batch_execute_statement(Sqls=["SELECT 1", "SELECT 2"], **empty.where)
    with refused("ValidationException", "give the Id of the batch"):
        empty.data.cancel_statement(Id=f"{started['Id']}:2")


def test_a_call_that_waits_answers_when_it_is_done(empty):
    started = empty.data.execute_statement(Sql="SELECT 1", WaitTimeSeconds=30, **empty.where)
    assert empty.data.describe_statement(Id=started["Id"])["Status"] == "FINISHED"
    assert empty.data.describe_statement(Id=started["Id"], WaitTimeSeconds=30)["Status"] == "FINISHED"


def test_statements_are_listed_the_newest_first_page_by_page(empty):
    for name in ("load-1", "load-2", "other"):
        started = empty.data.execute_statement(Sql="SELECT 1", StatementName=name, **empty.where)
        empty.wait(started["Id"])
    empty.run("SELECT 1/0")
    pages = empty.data.get_paginator("list_statements").paginate(
        StatementName="load", Status="FINISHED", PaginationConfig={"PageSize": 1}, **empty.where
    )
    assert [[each["StatementName"] for each in page["Statements"]] for page in pages] == [["load-2"], ["load-1"]]
    [failed] = empty.data.list_statements(Status="FAILED", **empty.where)["Statements"]
    assert failed["QueryStrings"] == ["SELECT 1/0"]
    assert failed["IsBatchStatement"] is True


def test_other_regions_have_their_own_statements(account, empty, moto_url):
    described = empty.done("SELECT 1")
    elsewhere = boto3.client(
        "redshift-data",
        endpoint_url=moto_url,
        region_name="eu-west-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    with refused("ResourceNotFoundException", "Query does not exist"):
        elsewhere.describe_statement(Id=described["Id"])


def test_a_reset_ends_statements_and_deletes_databases(tmp_path, monkeypatch):
    monkeypatch.setattr(Backend, "state", tmp_path, raising=False)
    backend = Backend("us-east-1", "123456789012")
    request = {"WorkgroupName": "abc", "Database": "dev"}
    with backend.databases.get("workgroup-abc", "dev").session() as holder:
        holder.run("CREATE TABLE t (a INTEGER)")
        waiting = backend.submit(request, ["SELECT * FROM t"], batch=False)
        assert backend.databases.get("workgroup-abc", "dev").locks.wait_for_a_waiter("public.t", DEADLINE)
        backend.reset()
        assert waiting.status == "ABORTED"
    assert not list(tmp_path.rglob("*.duckdb"))
    assert backend.newest_first({}) == []


def test_moto_has_what_the_plug_in_replaces(account):
    """If this fails after an upgrade, read moto's redshiftdata and moto.core.responses again."""
    assert issubclass(Backend, models.RedshiftDataAPIServiceBackend)
    assert models.redshiftdata_backends.backend is Backend
    for name in ("execute_statement", "describe_statement", "get_statement_result", "cancel_statement"):
        assert getattr(responses.RedshiftDataAPIServiceResponse, name).__module__ == "local_aws.redshift.data_api"
