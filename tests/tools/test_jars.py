"""The S3A jars come through a company's proxy with its own authority, and what does not come is one line with the cause."""

import hashlib

import pytest

from tests.tools.company import SECRET, company
from tools import jars
from tools.jars import FetchError, fetch
from tools.java_network import AUTHORITIES

BODY = b"a jar"
NAME = "org.example_some-part-1.2.jar"
PATH = "/maven2/org/example/some-part/1.2/some-part-1.2.jar"
CENTRAL = jars.CENTRAL.split("/")[2]


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    with company(tmp_path_factory.mktemp("company"), [CENTRAL], {PATH: BODY}) as found:
        yield found


@pytest.fixture
def behind(office, monkeypatch):
    """This process, behind the proxy."""
    for name in (*AUTHORITIES, "NO_PROXY", "no_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", office.proxy)
    office.asked.clear()
    return office.authority, office.asked


def listed(folder, name=NAME, body=BODY):
    sums = folder / "sums"
    sums.write_text(f"{hashlib.sha256(body).hexdigest()}  {name}\n")
    return sums


@pytest.mark.parametrize("variable", AUTHORITIES)
def test_a_jar_comes_through_the_proxy_by_its_authority_once(behind, tmp_path, monkeypatch, variable):
    authority, asked = behind
    monkeypatch.setenv(variable, str(authority))
    folder = tmp_path / "jars"
    folder.mkdir()
    (folder / NAME).write_bytes(b"half")
    (folder / "another.jar").touch()
    assert [fetch(listed(tmp_path), folder) for _ in range(2)] == [1, 0]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {NAME: BODY}
    assert asked == [f"{CENTRAL}:443 {SECRET}"]


@pytest.mark.parametrize(
    ("variables", "name", "body", "said"),
    [
        ({}, NAME, BODY, "CERTIFICATE_VERIFY_FAILED"),
        ({"SSL_CERT_FILE": "/nowhere/authority.pem"}, NAME, BODY, "/nowhere/authority.pem"),
        ({"SSL_CERT_FILE": "", "HTTPS_PROXY": "http://someone:secret@127.0.0.1:9"}, NAME, BODY, "Connection refused"),
        ({"SSL_CERT_FILE": ""}, "org.example_other-1.jar", BODY, "404"),
        ({"SSL_CERT_FILE": ""}, NAME, b"another", "what came is not that jar"),
    ],
)
def test_what_does_not_come_is_one_line_with_its_cause(behind, tmp_path, monkeypatch, variables, name, body, said):
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value or str(behind[0]))
    with pytest.raises(FetchError) as error:
        fetch(listed(tmp_path, name, body), tmp_path / "jars")
    told = str(error.value)
    assert said in told
    assert jars.url_of(name) in told
    assert "\n" not in told
    assert "secret" not in told
    assert [*(tmp_path / "jars").iterdir()] == []
