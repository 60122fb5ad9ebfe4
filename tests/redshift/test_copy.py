"""COPY by prefix and by manifest, beside what the load's own tests have."""

import json

from tests.redshift.warehouse import BUCKET, TABLE, Warehouse, parquet, ride


def copy(warehouse: Warehouse, uri: str, *words: str):
    return warehouse.run(
        f"COPY nyc.{TABLE} FROM '{uri}' IAM_ROLE '{warehouse.role}' FORMAT AS PARQUET {' '.join(words)}"
    )


def test_a_prefix_takes_all_keys_that_begin_so_foreign_ones_too(warehouse):
    warehouse.put(
        {"month=1/a": parquet([ride("2020-03", 1, "1.00")]), "month=10/a": parquet([ride("2020-04", 2, "2.00")])},
        1,
        rows=0,
    )
    described = copy(warehouse, f"s3://{BUCKET}/{warehouse.name}/month=1")
    assert described["SubStatements"][0]["ResultRows"] == 2
    assert warehouse.fares() == [("2020-03-01", 1, "1.00"), ("2020-04-01", 2, "2.00")]


def test_a_prefix_with_something_else_in_it_fails(warehouse, caplog):
    warehouse.put({"p/a": parquet([ride("2020-03", 1, "1.00")]), "p/b.json": b"{}"}, 1, rows=0)
    assert copy(warehouse, f"s3://{BUCKET}/{warehouse.name}/p/")["Error"].endswith("ERROR: Spectrum Scan Error")
    assert "p/b.json' is not a Parquet file" in caplog.text
    assert warehouse.fares() == []


def manifest(warehouse: Warehouse, *entries: dict[str, object], text: str = "") -> str:
    warehouse.s3.put_object(Bucket=BUCKET, Key=f"{warehouse.name}/m", Body=text or json.dumps({"entries": entries}))
    return f"s3://{BUCKET}/{warehouse.name}/m"


def test_a_missing_file_is_no_error_unless_it_is_mandatory(warehouse):
    """Redshift's default, and why the manifest says so for each file."""
    body = parquet([ride("2020-03", 1, "1.00")])
    warehouse.put({"a": body}, 1, rows=0)
    here, gone = (f"s3://{BUCKET}/{warehouse.name}/{key}" for key in ("a", "gone"))
    uri = manifest(warehouse, {"url": gone}, {"url": here, "meta": {"content_length": len(body)}})
    assert copy(warehouse, uri, "MANIFEST")["Status"] == "FINISHED"
    assert warehouse.fares() == [("2020-03-01", 1, "1.00")]
    assert "No files of the manifest" in copy(warehouse, manifest(warehouse, {"url": gone}), "MANIFEST")["Error"]


def test_parquet_needs_the_length_of_each_file(warehouse):
    warehouse.put({"a": parquet([])}, 1, rows=0)
    uri = manifest(warehouse, {"url": f"s3://{BUCKET}/{warehouse.name}/a", "mandatory": True})
    assert "File entry does not have 'meta' key." in copy(warehouse, uri, "MANIFEST")["Error"]


def test_a_manifest_that_is_none(warehouse):
    for text in ("not json", '{"files": []}', '{"entries": [{"url": "/local/file"}]}'):
        error = copy(warehouse, manifest(warehouse, text=text), "MANIFEST")["Error"]
        assert "Manifest file is not in correct json format" in error


def test_columns_go_by_position_whatever_their_names(warehouse):
    """As in Redshift: only the types would tell that two columns were exchanged."""
    first = parquet([ride("2020-03", 1, "1.00")])
    table = "CREATE TABLE nyc.renamed (m DATE, z INTEGER, t INTEGER, p INTEGER, n BIGINT, w DECIMAL(19,2),"
    warehouse.done(f"{table} x DECIMAL(19,2), y DECIMAL(19,2), d DECIMAL(19,2), r BIGINT)")
    warehouse.put({"q/a": first}, 1, rows=0)
    warehouse.done(f"COPY nyc.renamed FROM 's3://{BUCKET}/{warehouse.name}/q/' IAM_ROLE '{warehouse.role}' PARQUET")
    assert warehouse.query("SELECT m, z, w, x FROM nyc.renamed") == [("2020-03-01", 1, "1.00", "9.50")]
