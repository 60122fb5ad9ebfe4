"""Packs boto3, with all it needs, into one zip for EMR, whose own may be missing or older than conditional writes.

The packages are those of the environment that this runs in, which a lock file pinned, so nothing is fetched. They are
pure Python. A cluster unpacks the zip (`spark-submit --archives`): botocore reads its data as files.
"""

import re
from importlib.metadata import distribution
from pathlib import Path

from tools.package import zipped

ROOT_PACKAGE = "boto3"
LEFT_OUT = re.compile(r"^\.\.|(^|/)__pycache__/|\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json)$")


def needed(name: str) -> set[str]:
    """A distribution and all that it needs, without its extras."""
    found: set[str] = set()
    pending = {name}
    while pending:
        one = pending.pop()
        found.add(one)
        plain = [line for line in distribution(one).requires or () if "extra ==" not in line]
        pending |= {re.split(r"[^\w.-]", line)[0] for line in plain} - found
    return found


def packed() -> bytes:
    """The zip. The same installed versions give the same bytes.

    Raises:
        ValueError: A package has a compiled part, which might not run on the cluster.
    """
    files = {}
    for name in sorted(needed(ROOT_PACKAGE)):
        for path in distribution(name).files or ():
            if path.suffix in {".so", ".pyd"}:
                raise ValueError(f"{name} is not pure Python: {path}")
            if not LEFT_OUT.search(path.as_posix()):
                files[path.as_posix()] = Path(str(path.locate())).read_bytes()
    return zipped(sorted(files.items()))
