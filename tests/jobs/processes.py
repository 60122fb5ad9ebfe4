"""The scripts in processes of their own."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.jobs.lakes import ROOT, Ran

KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "JAVA_HOME", "SPARK_SUBMIT_OPTS")


def run_python(arguments: Sequence[str], *, cwd: Path = ROOT, **environment: str) -> Ran:
    """A script, by the Python of these tests, with nothing of their environment but what every process has."""
    return run([sys.executable, *arguments], cwd=cwd, **environment)


def run(command: Sequence[str], *, cwd: Path = ROOT, **environment: str) -> Ran:
    """A command."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**kept, "PYSPARK_PYTHON": sys.executable, **environment},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
