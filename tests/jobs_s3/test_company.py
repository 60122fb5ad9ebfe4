"""Spark's JVM in a company's network: S3A and Ivy go through its proxy, by its authority, and past it where they are told to."""

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import SSLError

from lake.storage import aws
from tests.jobs.lakes import ROOT, Ran
from tests.jobs.processes import run
from tests.jobs_s3.jars import s3_jars
from tests.tools.company import SECRET, Company, company
from tools.jars import url_of

JAR, S3 = urlsplit(url_of("org.example_some-part-1.2.jar")), "s3.company.example"
CENTRAL, PART = JAR.netloc, JAR.path
POM = b"""<project><modelVersion>4.0.0</modelVersion>
<groupId>org.example</groupId><artifactId>some-part</artifactId><version>1.2</version></project>"""
LISTED = b"""<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>lake</Name><Prefix></Prefix><KeyCount>1</KeyCount>
<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><Contents><Key>found.csv</Key><ETag>"x"</ETag><Size>1</Size>
<LastModified>2026-01-01T00:00:00.000Z</LastModified><StorageClass>STANDARD</StorageClass></Contents></ListBucketResult>"""


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    answers = {PART: b"a jar", PART.replace(".jar", ".pom"): POM, "/lake": LISTED, "/lake/": LISTED}
    with company(tmp_path_factory.mktemp("company"), [CENTRAL, S3], answers) as found:
        yield found


def submit(tmp_path: Path, endpoints: list[str], *more: str, **environment: str) -> Ran:
    """tests/jobs_s3/behind_proxy.py by spark-submit, with the S3A jars."""
    script = str(ROOT / "tests" / "jobs_s3" / "behind_proxy.py")
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "not-a-secret", "AWS_EC2_METADATA_DISABLED": "true"}
    submit = shutil.which("spark-submit") or ""
    settings = ["--conf", f"spark.jars.ivy={tmp_path}", "--jars", s3_jars(), *more]
    return run([submit, *settings, script, *endpoints], cwd=ROOT, **environment, **keys, PYTHONPATH=str(ROOT))


def test_the_jvm_goes_through_the_proxy_and_past_it(office: Company, tmp_path):
    office.asked.clear()
    packages = ["--packages", "org.example:some-part:1.2", "--conf", "spark.jars.ivySettings=conf/ivy-settings.xml"]
    own = f"http://{office.address}"  # as the local account: on this machine, by http
    environment = {
        "HTTPS_PROXY": office.proxy,
        "HTTP_PROXY": "http://127.0.0.1:9",
        "SSL_CERT_FILE": str(office.authority),
    }
    ran = submit(tmp_path, [f"https://{S3}", own], *packages, **environment)
    assert ran.out.splitlines()[-2:] == [f"https://{S3} ['found.csv']", f"{own} ['found.csv']"], ran.err
    assert [path.name for path in tmp_path.glob("jars/*")] == ["org.example_some-part-1.2.jar"]
    assert {f"{CENTRAL}:443 {SECRET}", f"{S3}:443 {SECRET}", "/lake"} <= {one.rstrip("/") for one in office.asked}
    assert "secret" not in ran.out + ran.err


def test_without_the_authority_and_past_the_proxy_by_name(office: Company, tmp_path):
    office.asked.clear()
    named = "https://direct.company.example"  # nobody is there
    ran = submit(tmp_path, [f"https://{S3}", named], HTTPS_PROXY=office.proxy, NO_PROXY="direct.company.example")
    first, second = ran.out.splitlines()[-2:]
    assert "PKIX path building failed" in first
    assert "Exception" in second
    assert not any("direct" in one for one in office.asked)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", None])
def test_boto3_knows_the_authority_by_the_same_variables(office: Company, monkeypatch, variable):
    monkeypatch.setattr(aws, "_clients", {})
    for name in ("SSL_CERT_FILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    given = {"HTTPS_PROXY": office.proxy, "AWS_ENDPOINT_URL": f"https://{S3}", "AWS_REGION": "us-east-1"}
    keys = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "not-a-secret", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in {**given, **keys, **({variable: str(office.authority)} if variable else {})}.items():
        monkeypatch.setenv(name, value)
    client = aws.s3_client(attempts=1)
    if variable:
        assert [one["Key"] for one in client.list_objects_v2(Bucket="lake")["Contents"]] == ["found.csv"]
    else:
        with pytest.raises(SSLError):
            client.list_objects_v2(Bucket="lake")
