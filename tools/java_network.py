"""Java's trust store and proxies, from the variables by which pip, requests and boto3 have theirs, which Java does not read.

Prints an argument file for `java` (tools/spark_java.sh): python tools/java_network.py FOLDER ARGUMENT... The password of a
proxy stands in nothing else. Options that the user gives Java, by its arguments or its own variables, are left as they are.
"""

import hashlib
import ipaddress
import os
import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

# Files of authorities: as pip has them, then as Python and boto3.
AUTHORITIES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "AWS_CA_BUNDLE")
THEIRS = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS")  # by which Java itself is told
LOOPBACK = ("localhost", "127.*", "[::1]")
PORTS = {
    "http": 80
}  # of a proxy that names none; Java speaks to no proxy by TLS, and SOCKS is not asked for by pip either
S3A_PROXY = "fs.s3a.proxy."
S3A = {"proxyHost": "host", "proxyPort": "port", "proxyUser": "username", "proxyPassword": "password"}
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_OCTET = 8  # bits


def options(given: Sequence[str], folder: Path) -> list[str]:
    """The options of a JVM that stand for variables of the environment.

    Args:
        given: Options that the user gives: they win.
        folder: Where trust stores are kept; made if it is needed.

    Raises:
        OSError: The folder cannot be written.
        ValueError: The port of a proxy is not a number.
    """
    words = [*given, *(word for name in THEIRS for word in os.environ.get(name, "").split())]
    found = {}
    if any(name.lower().endswith("_proxy") for name in os.environ):
        from urllib.request import getproxies_environment  # takes longer than all the rest

        found = proxies(getproxies_environment(), words)
    if not _has(words, "javax.net.ssl.trustStore") and (store := trust_store(folder)):
        found |= {"javax.net.ssl.trustStore": str(store), "javax.net.ssl.trustStoreType": "PKCS12"}
    return [f"-D{name}={value}" for name, value in found.items()]


def _has(words: Iterable[str], prefix: str) -> bool:
    return any(word.strip("'\"").startswith(f"-D{prefix}") for word in words)


def proxies(named: Mapping[str, str], given: Iterable[str] = ()) -> dict[str, str]:
    """Java's properties for proxies.

    Args:
        named: What urllib has read from the environment: a proxy by scheme, `all`, and `no`, the hosts without one.
        given: Options that the user gives.
    """
    found: dict[str, str] = {}
    for scheme in ("https", "http"):
        proxy = _parsed(named.get(scheme) or named.get("all") or "")
        if proxy and not _has(given, f"{scheme}.proxy"):
            found |= {f"{scheme}.{name}": value for name, value in _properties(proxy).items()}
    if not found:
        return {}
    if any(name.endswith("User") for name in found) and not _has(given, "jdk.http.auth.tunneling.disabledSchemes"):
        found["jdk.http.auth.tunneling.disabledSchemes"] = ""  # else Java sends no password before TLS begins
    found |= _of_s3a(found, given) | _of_ivy(found)
    if not _has(given, "http.nonProxyHosts"):
        found["http.nonProxyHosts"] = "|".join(dict.fromkeys([*LOOPBACK, *_direct(named.get("no", ""))]))  # https: too
    return found


def _parsed(address: str) -> SplitResult | None:
    proxy = urlsplit(address if "://" in address else f"http://{address}")
    return proxy if proxy.scheme in PORTS and proxy.hostname else None


def _properties(proxy: SplitResult) -> dict[str, str]:
    found = {"proxyHost": proxy.hostname or "", "proxyPort": str(proxy.port or PORTS[proxy.scheme])}
    if proxy.username:
        found |= {"proxyUser": unquote(proxy.username), "proxyPassword": unquote(proxy.password or "")}
    return found


def _of_s3a(found: Mapping[str, str], given: Iterable[str]) -> dict[str, str]:
    """Spark's settings for S3A, whose AWS SDK asks for http's proxy whatever the endpoint; it heeds http.nonProxyHosts."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or "https:"
    if any(S3A_PROXY in word for word in given):
        return {}
    scheme = urlsplit(endpoint).scheme
    named = ((theirs, found.get(f"{scheme}.{java}")) for java, theirs in S3A.items())
    return {f"spark.hadoop.{S3A_PROXY}{name}": value for name, value in named if value}


def _of_ivy(found: Mapping[str, str]) -> dict[str, str]:
    """Ivy, which fetches for `spark-submit --packages`, takes the name and password for either proxy from http's."""
    if found.get("http.proxyHost", found.get("https.proxyHost")) != found.get("https.proxyHost"):
        return {}  # they are not that proxy's to know
    names = {f"http.{name}": f"https.{name}" for name in ("proxyUser", "proxyPassword")}
    return {http: found[https] for http, https in names.items() if https in found and http not in found}


def _direct(hosts: str) -> Iterator[str]:
    """NO_PROXY in Java's patterns, which begin or end with a star and know no port: a name stands for all below it."""
    for host in filter(None, (part.strip() for part in hosts.split(","))):
        try:
            network = ipaddress.ip_network(host.strip("[]"), strict=False)
        except ValueError:
            name = host.rsplit(":", 1)[0].lstrip("*").lstrip(".")
            yield from (name, f"*.{name}") if name else ("*",)
        else:
            yield from _of_network(network)


def _of_network(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> Iterator[str]:
    if isinstance(network, ipaddress.IPv6Network):
        yield f"[{network.network_address}]"  # Java has no pattern for more than one
        return
    octets = -(-network.prefixlen // _OCTET)
    for part in network.subnets(new_prefix=octets * _OCTET):
        yield ".".join([*str(part.network_address).split(".")[:octets], *(["*"] if octets < 4 else [])])


def trust_store(folder: Path) -> Path | None:
    """A PKCS#12 file of all authorities that the environment names; None if it names none.

    One JVM talks to S3, as boto3 does, and to Maven Central, as pip does: so it knows the authorities of all of them.

    Raises:
        OSError: The folder cannot be written.
    """
    found: dict[bytes, None] = {}
    for name in AUTHORITIES:
        if path := os.environ.get(name):
            certificates = _certificates(Path(path))
            if not certificates:
                print(f"warning: {name}={path} holds no certificates: Java goes without", file=sys.stderr)
            found |= dict.fromkeys(certificates)
    if not found:
        return None
    store = folder / f"authorities-{hashlib.sha256(b''.join(found)).hexdigest()[:32]}.p12"
    if not store.exists():
        content = _pkcs12(found)
        if content is None:
            print("warning: no certificate of the environment's can be read: Java goes without", file=sys.stderr)
            return None
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = store.with_suffix(f".{os.getpid()}")
        part.touch(mode=0o600)
        part.write_bytes(content)
        part.replace(store)
    return store


def _certificates(path: Path) -> list[bytes]:
    """Those of a file, or of the files of a folder, in PEM."""
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        return [pem for file in files if file.is_file() for pem in _PEM.findall(file.read_bytes())]
    except OSError:
        return []


def _pkcs12(certificates: Iterable[bytes]) -> bytes | None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

    entries = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old authorities number their certificates as is no longer allowed
        for number, pem in enumerate(certificates):
            try:
                certificate = x509.load_pem_x509_certificate(pem)
            except ValueError:  # one that Java could not read either; the others count
                continue
            entries.append(pkcs12.PKCS12Certificate(certificate, str(number).encode()))
        return pkcs12.serialize_java_truststore(entries, NoEncryption()) if entries else None


def quoted(option: str) -> str:
    """A line of an argument file."""
    return '"' + option.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main() -> int:
    """Prints them; returns the exit status."""
    try:
        found = options(sys.argv[2:], Path(sys.argv[1]))
    except (OSError, ValueError) as error:  # ValueError: the port of a proxy is not a number
        print(f"warning: Java goes without the environment's proxies and authorities: {error}", file=sys.stderr)
        return 1
    print("\n".join(map(quoted, found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
