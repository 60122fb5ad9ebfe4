"""Fetches jars that pyspark does not bring, of one Spark line (4.1 or 3.5), ahead of use: python -m tools.jars NAME LINE.

NAME is `s3` (S3A) or `yarn` (a YARN for tests). They go into .cache/NAME-jars/LINE/jars; conf/NAME-jars-LINE.sha256 says which.
Whoever runs Spark passes those of S3A by `spark.jars`: resolving them takes 7 s at every start. They are not fetched by Spark's
Java, which is slower, and Ivy gives a proxy no password.
"""

import hashlib
import os
import re
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pyspark
import requests

from tools.java_network import AUTHORITIES

ROOT = Path(__file__).resolve().parent.parent
JAR = re.compile(r"(?P<group>[^_]+)_(?P<artifact>.+?)-(?P<version>\d.*)\.jar")
WITHIN = 60.0  # seconds, to connect and between two parts of an answer
AT_ONCE = 8


def _central() -> str:
    """Maven Central, as the Ivy has it that Spark brings: what `spark-submit --packages` would ask."""
    [ivy] = (Path(pyspark.__file__).parent / "jars").glob("ivy-*.jar")
    with zipfile.ZipFile(ivy) as jar:
        resolver = jar.read("org/apache/ivy/plugins/resolver/IBiblioResolver.class")
    [central] = re.findall(rb"https://[a-z0-9./-]+/maven2(?=/)", resolver)
    return bytes(central).decode()


CENTRAL = _central()


class FetchError(Exception):
    """A jar is not to be had; the text is one line with the cause."""


def url_of(name: str) -> str:
    """Where Maven Central has a jar that is named GROUP_ARTIFACT-VERSION.jar, as Ivy names them.

    Raises:
        ValueError: It is named otherwise.
    """
    found = JAR.fullmatch(name)
    if not found:
        raise ValueError(f"not the name of a jar: {name!r}")
    group, artifact, version = found["group"].replace(".", "/"), found["artifact"], found["version"]
    return f"{CENTRAL}/{group}/{artifact}/{version}/{artifact}-{version}.jar"


def fetch(sums: Path, folder: Path) -> int:
    """Brings the jars of a list into a folder, and removes what else lies there; returns how many were fetched.

    Args:
        sums: SHA-256 and name of each, as sha256sum writes them.
        folder: Made if it is not there.

    Raises:
        FetchError: One cannot be fetched, or is another one.
    """
    wanted = {name: digest for digest, name in (line.split() for line in sums.read_text().splitlines())}
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if wanted.get(path.name) != _digest(path.read_bytes()):
            path.unlink()
    missing = {name: digest for name, digest in wanted.items() if not (folder / name).exists()}
    if missing:
        print(f"{folder}: fetching {len(missing)} jars")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(partial(_fetch_one, folder), missing, missing.values()))
    return len(missing)


def _fetch_one(folder: Path, name: str, digest: str) -> None:
    url = url_of(name)
    authorities = next(filter(None, map(os.environ.get, AUTHORITIES)), True)
    try:
        answer = requests.get(url, timeout=WITHIN, verify=authorities)
        answer.raise_for_status()
    except (requests.RequestException, OSError) as error:  # OSError: the authorities' file is not there
        raise FetchError(f"cannot fetch {url}: {_cause(error)}") from error
    if (found := _digest(answer.content)) != digest:
        raise FetchError(f"{url} has the SHA-256 {found}; expected {digest}: what came is not that jar")
    part = folder / f"{name}.part"
    part.write_bytes(answer.content)
    part.replace(folder / name)


def _cause(error: BaseException) -> str:
    """The innermost reason in one line, without the password of a proxy."""
    while inner := getattr(error, "reason", None) or next((a for a in error.args if isinstance(a, Exception)), None):
        if not isinstance(inner, Exception):
            break
        error = inner
    return re.sub(r"//[^/@\s]*@", "//", " ".join(str(error).split())) or type(error).__name__


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main() -> int:
    """Fetches them; returns the exit status."""
    name, line = sys.argv[1:]
    try:
        fetch(ROOT / "conf" / f"{name}-jars-{line}.sha256", ROOT / ".cache" / f"{name}-jars" / line / "jars")
    except FetchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
