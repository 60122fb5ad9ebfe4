"""How it ends: Ctrl-C is the job's alone, and a server that is gone is one line at once, not ten minutes of trying."""

import subprocess
import sys

import pytest

from tests.needs import ROOT

START = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has its background jobs ignore it
from lake.engines import sail
from lake.errors import LakeError
engine = sail.SailEngine()
engine.session
"""
INTERRUPTED = """
try:
    signal.raise_signal(signal.SIGINT)
    print("not interrupted")
except KeyboardInterrupt:
    print({engine.session.range(3).count() for _ in range(30)})
"""
GONE = """
sail._server.stop()
try:
    with engine.errors("count"):
        engine.session.range(3).count()
except LakeError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("code", "said"), [(INTERRUPTED, "{3}\n"), (GONE, "Sail has ended: ")], ids=["interrupted", "gone"]
)
def test_the_end_is_told_and_comes_at_once(code: str, said: str):
    done = subprocess.run([sys.executable, "-c", START + code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(said)
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr
