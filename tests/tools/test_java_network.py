"""What Java is told of the environment's proxies and authorities. tests/jobs_s3/test_company.py: what it then reaches."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.jobs.lakes import ROOT
from tests.tools.company import company
from tools.java_network import AUTHORITIES, THEIRS, options, quoted

HERE = "localhost|127.*|[::1]"
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy")


@pytest.fixture
def bare(monkeypatch):
    """Nothing in the environment that counts."""
    for name in (*AUTHORITIES, *PROXIES, *THEIRS, "NO_PROXY", "no_proxy", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def properties(scheme, host="proxy", port="81"):
    return {f"{scheme}.proxyHost": host, f"{scheme}.proxyPort": port}


def s3a(host="proxy", port="81"):
    return {"spark.hadoop.fs.s3a.proxy.host": host, "spark.hadoop.fs.s3a.proxy.port": port}


def direct(*hosts):
    return {"http.nonProxyHosts": "|".join([HERE, *hosts])}


def password(user, password):
    return {user: "me", password: "p@ss"}


TO_81 = {"HTTPS_PROXY": "http://proxy:81"}
FOR_81 = {**properties("https"), **s3a()}


@pytest.mark.parametrize(
    ("environment", "given", "expected"),
    [
        ({}, [], {}),
        ({"NO_PROXY": "a.b"}, [], {}),
        (TO_81, [], {**FOR_81, **direct()}),
        ({"HTTPS_PROXY": "http://old", "https_proxy": "proxy:81"}, [], {**FOR_81, **direct()}),
        ({"HTTP_PROXY": "http://proxy"}, [], {**properties("http", port="80"), **direct()}),
        ({"ALL_PROXY": "http://proxy:81"}, [], {**FOR_81, **properties("http"), **direct()}),
        (
            {"ALL_PROXY": "http://other:82", **TO_81},
            [],
            {**FOR_81, **properties("http", "other", "82"), **direct()},
        ),
        ({"ALL_PROXY": "socks5://proxy:1080"}, [], {}),  # nor has pip them
        (
            {**TO_81, "HTTP_PROXY": "http://other:82", "AWS_ENDPOINT_URL": "http://s3.example"},
            [],
            {**properties("https"), **properties("http", "other", "82"), **s3a("other", "82"), **direct()},
        ),
        (
            {"HTTPS_PROXY": "http://me:p%40ss@proxy:81"},
            [],
            {
                **FOR_81,
                **password("https.proxyUser", "https.proxyPassword"),
                **password("spark.hadoop.fs.s3a.proxy.username", "spark.hadoop.fs.s3a.proxy.password"),
                **password("http.proxyUser", "http.proxyPassword"),
                "jdk.http.auth.tunneling.disabledSchemes": "",
                **direct(),
            },
        ),
        (
            {**TO_81, "NO_PROXY": "a.b, .c.d,*.e,h:80"},
            [],
            {**FOR_81, **direct(*["a.b", "*.a.b", "c.d", "*.c.d", "e", "*.e", "h", "*.h"])},
        ),
        ({**TO_81, "no_proxy": "*"}, [], {**FOR_81, **direct("*")}),
        (
            {**TO_81, "no_proxy": "10.0.0.0/8,192.168.2.0/23,10.1.2.3,[fd00::1]"},
            [],
            {**FOR_81, **direct("10.*", "192.168.2.*", "192.168.3.*", "10.1.2.3", "[fd00::1]")},
        ),
        (TO_81, ["-Dhttps.proxyHost=mine"], {}),
        (TO_81, ["-Dhttp.nonProxyHosts=mine"], FOR_81),
        (TO_81, ["--conf", "spark.hadoop.fs.s3a.proxy.host=mine"], {**properties("https"), **direct()}),
        ({**TO_81, "JAVA_TOOL_OPTIONS": "-Xmx1g -Dhttps.proxyHost=mine"}, [], {}),
        ({**TO_81, "JDK_JAVA_OPTIONS": "'-Dhttps.proxyHost=mine'"}, [], {}),
    ],
)
def test_proxies(bare, tmp_path, environment, given, expected):
    for name, value in environment.items():
        bare.setenv(name, value)
    assert dict(one.removeprefix("-D").split("=", 1) for one in options(given, tmp_path)) == expected


@pytest.mark.parametrize("variable", AUTHORITIES)
def test_authorities_are_written_once_and_for_nobody_else(bare, tmp_path, variable):
    with company(tmp_path, ["example"], {}) as office:
        bare.setenv(variable, str(office.authority))
    found = options([], tmp_path / "kept")
    (store,) = (tmp_path / "kept").iterdir()
    assert found == [f"-Djavax.net.ssl.trustStore={store}", "-Djavax.net.ssl.trustStoreType=PKCS12"]
    assert (store.stat().st_mode & 0o777, store.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    written = store.stat().st_ino
    assert options([], tmp_path / "kept") == found
    assert store.stat().st_ino == written
    assert options(["-Djavax.net.ssl.trustStore=mine"], tmp_path / "kept") == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "SSL_CERT_FILE={} holds no certificates"),
        (b"", "SSL_CERT_FILE={} holds no certificates"),
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "no certificate of the environment's can be read",
        ),
    ],
)
def test_what_is_no_authority_is_told_and_java_keeps_its_own(bare, tmp_path, capsys, content, said):
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_bytes(content)
    bare.setenv("SSL_CERT_FILE", str(file))
    assert options([], tmp_path / "kept") == []
    assert capsys.readouterr().err == f"warning: {said.format(file)}: Java goes without\n"


@pytest.mark.parametrize(
    ("variable", "main", "asked"),
    [
        *((name, "org.apache.spark.deploy.SparkSubmit", True) for name in (*AUTHORITIES, *PROXIES)),
        ("NO_PROXY", "org.apache.spark.deploy.SparkSubmit", False),
        ("HTTPS_PROXY", "org.apache.spark.launcher.Main", False),
    ],
)
def test_a_start_looks_only_where_there_is_something_and_says_it_in_no_argument(tmp_path: Path, variable, main, asked):
    java, python, file = (
        tmp_path / "java",
        tmp_path / "bin" / "python",
        'for a; do case $a in @*) cat "${a#@}" ;; esac; done',
    )
    python.parent.mkdir()
    python.write_text("#!/bin/sh\necho from the environment\n")
    java.write_text(f'#!/bin/sh\necho "$@"\n{file}\n')
    for one in (java, python):
        one.chmod(0o755)
    env = {"PATH": os.environ["PATH"], "SPARK_REAL_JAVA": str(java), "green_venv": str(tmp_path), variable: "set"}
    command = [str(ROOT / "tools" / "spark_java.sh"), main]
    arguments, *told = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told == (["from the environment"] if asked else [])
    assert "environment" not in arguments
    assert arguments.startswith("@") is asked


def test_an_argument_file_keeps_each_character():
    assert quoted('-Da=b c"d\\e#') == '"-Da=b c\\"d\\\\e#"'
