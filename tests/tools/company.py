"""A company's network: a proxy that asks for a password and looks into TLS, by certificates of an authority of its own."""

import http.client
import http.server
import ipaddress
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SECRET = "Basic c29tZW9uZTpzZWNyZXQ="  # someone:secret


@dataclass(frozen=True)
class Company:
    """The address of the proxy, what it was asked, and the file of its authority."""

    address: str
    asked: list[str]
    authority: Path

    @property
    def proxy(self) -> str:
        """With its password."""
        return f"http://someone:secret@{self.address}"


class Proxy(http.server.BaseHTTPRequestHandler):
    """It answers in the name of a few hosts, and who asks it without a proxy as well."""

    context: ssl.SSLContext
    asked: list[str]
    answers: Mapping[str, bytes]

    def do_CONNECT(self) -> None:
        told = self.headers.get("Proxy-Authorization", "")
        self.asked.append(f"{self.path} {told}".strip())
        if told != SECRET:
            self.send_response(407)
            self.send_header("Proxy-Authenticate", 'Basic realm="the company"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.flush()
        try:
            with self.context.wrap_socket(self.connection, server_side=True) as inner:
                asked = self._whole_request(inner)
                inner.sendall(self._answer(asked.split()[1]))
        except OSError:  # the client does not know the authority
            pass
        self.close_connection = True

    @staticmethod
    def _whole_request(connection: ssl.SSLSocket) -> str:
        """What is left unread when a connection closes resets it, and the client asks again."""
        with connection.makefile("rb") as stream:
            line = stream.readline().decode()
            headers = http.client.parse_headers(stream)
            stream.read(int(headers.get("Content-Length", "0")))
        return line

    def do_GET(self) -> None:
        self.asked.append(self.path.split("?")[0])
        self.wfile.write(self._answer(self.path))
        self.close_connection = True

    def _answer(self, path: str) -> bytes:
        body = self.answers.get(path.split("?")[0])
        head = f"HTTP/1.1 {'404 Not Found' if body is None else '200 OK'}\r\nContent-Length: {len(body or b'')}\r\n"
        return f"{head}Connection: close\r\n\r\n".encode() + (body or b"")

    def log_message(self, *_: object) -> None:
        pass


def _certificate(
    names: list[str], signer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """A certificate and its key; of an authority, if nobody signs it."""
    key, subject = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]),
    )
    issuer, issuer_key = (signer[0].subject, signer[1]) if signer else (subject, key)
    now = datetime.now(UTC)
    known = [*map(x509.DNSName, names), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(known), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    return made, key


@contextmanager
def company(folder: Path, hosts: list[str], answers: Mapping[str, bytes]) -> Iterator[Company]:
    """Runs the proxy.

    Args:
        folder: For its files.
        hosts: In whose names it answers.
        answers: What is to be had, by path.
    """
    authority = _certificate(["the company"])
    leaf, key = _certificate(hosts, authority)
    pem = serialization.Encoding.PEM
    (folder / "authority.pem").write_bytes(authority[0].public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "leaf.pem").write_bytes(leaf.public_bytes(pem) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem")
    asked: list[str] = []
    handler = type("Handler", (Proxy,), {"context": context, "asked": asked, "answers": answers})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Company(f"127.0.0.1:{server.server_port}", asked, folder / "authority.pem")
        server.shutdown()
        thread.join()
