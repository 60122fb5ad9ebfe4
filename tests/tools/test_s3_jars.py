"""The S3A jars come through a company's proxy with its own authority, and what does not come is one line with the cause."""

import hashlib
import http.server
import ipaddress
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tools import s3_jars
from tools.s3_jars import AUTHORITIES, FetchError, fetch

BODY = b"a jar"
NAME = "org.example_some-part-1.2.jar"
PATH = "/maven2/org/example/some-part/1.2/some-part-1.2.jar"
CENTRAL = s3_jars.CENTRAL.split("/")[2]


class Proxy(http.server.BaseHTTPRequestHandler):
    """A proxy that looks into TLS, as a company's: it answers in Central's name, by a certificate of its own authority."""

    context: ssl.SSLContext
    asked: list[str]

    def do_CONNECT(self):
        self.asked.append(f"{self.path} {self.headers.get('Proxy-Authorization', '')}".strip())
        self.send_response(200)
        self.end_headers()
        self.wfile.flush()
        try:
            with self.context.wrap_socket(self.connection, server_side=True) as inner:
                line = inner.recv(65536).decode().split("\r\n")[0]
                found = line.split()[1] == PATH
                head = f"HTTP/1.1 {'200 OK' if found else '404 Not Found'}\r\nContent-Length: {len(BODY)}\r\n"
                inner.sendall(f"{head}Connection: close\r\n\r\n".encode() + BODY)
        except OSError:  # the client does not know the authority
            pass
        self.close_connection = True

    def log_message(self, *_):
        pass


def certificate(name, signer=None):
    """A certificate and its key; of an authority, if nobody signs it."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, issuer_key = (signer[0].subject, signer[1]) if signer else (subject, key)
    now = datetime.now(UTC)
    names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    return made, key


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """The address of the proxy, what it was asked, and the file of its authority."""
    folder = tmp_path_factory.mktemp("company")
    authority = certificate("the company")
    leaf, key = certificate(CENTRAL, authority)
    pem = serialization.Encoding.PEM
    (folder / "authority.pem").write_bytes(authority[0].public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "leaf.pem").write_bytes(leaf.public_bytes(pem) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem")
    asked: list[str] = []
    handler = type("Handler", (Proxy,), {"context": context, "asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}", asked, folder / "authority.pem"
        server.shutdown()
        thread.join()


@pytest.fixture
def behind(company, monkeypatch):
    """This process, behind the proxy."""
    address, asked, authority = company
    for name in (*AUTHORITIES, "NO_PROXY", "no_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", f"http://someone:secret@{address}")
    asked.clear()
    return authority, asked


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
    assert asked == [f"{CENTRAL}:443 Basic c29tZW9uZTpzZWNyZXQ="]  # someone:secret


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
    assert s3_jars.url_of(name) in told
    assert "\n" not in told
    assert "secret" not in told
    assert [*(tmp_path / "jars").iterdir()] == []
