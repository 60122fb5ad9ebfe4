"""What is said: nothing of a name or a file can act on a terminal, and no encoding or closed pipe ends in a stack trace."""

import contextlib
import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from lake.errors import LakeError
from lake.jobs.outcome import Outcome
from lake.jobs.run import Job, run_job
from lake.publication.receipts import Receipt
from lake.terminal import say, say_path
from schemas.datasets import RAW
from schemas.reasons import Refusal, RefusalCode

ROOT = Path(__file__).parents[2]
IMPORTS = "import sys; from lake.errors import LakeError; from lake.terminal import say, say_path, tell"
SAID = {
    "plain": ("2020-04  12 rows", "2020-04  12 rows"),
    "an escape": ("\x1b[2Jx", "\\x1b[2Jx"),
    "line ends": ("a\nb\rc\u2028d\u2029e\x85f", "a\\nb\\rc\\u2028d\\u2029e\\x85f"),
    "text turned around": ("a\u202egnp.csv\u2066", "a\\u202egnp.csv\\u2066"),
    "unseen": ("a\u200b\ufeff\xadb", "a\\u200b\\ufeff\\xadb"),
    "bytes that are no text": ("a\udcff", "a\\udcff"),
    "another alphabet": ("gr\u00fcn \u65e5", "gr\u00fcn \u65e5"),
}


@pytest.mark.parametrize("name", SAID)
def test_control_characters_are_written_out(capsys: pytest.CaptureFixture[str], name: str):
    text, said = SAID[name]
    say(text)
    assert capsys.readouterr().out == f"{said}\n"


def run(
    code: str, out: int = subprocess.PIPE, env: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[bytes]":
    code = f"{IMPORTS}\ntry:\n {code}\nexcept LakeError as error:\n sys.exit(tell(error))"
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=out,
        stderr=subprocess.PIPE,
        env={**os.environ, **(env or {})},
        check=False,
    )


@pytest.mark.parametrize(
    "env", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_what_an_encoding_lacks_is_written_out(env: dict[str, str]):
    done = run(r"say('gr\u00fcn \udcff'); raise LakeError('\u65e5 \udcff')", env=env)
    assert (done.returncode, done.stdout) == (1, b"gr\\xfcn \\udcff\n")
    assert done.stderr == b"error: \\u65e5 \\udcff\n"


def test_a_path_for_programs_is_to_the_byte_or_refused():
    done = run(r"say_path('/a b/gr\u00fcn\udcff')", env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C.UTF-8"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "/a b/gr\u00fcn".encode() + b"\xff\n", b"")
    for char in ("\n", "\x1b", "\u2028", "\u202e"):
        with pytest.raises(LakeError, match="holds a control character") as error:
            say_path(f"/a{char}b")
        assert error.value.exit_status == 2


@pytest.mark.parametrize("call", ["say", "say_path"])
def test_a_full_output_is_one_line_and_a_closed_one_none(call: str):
    with open("/dev/full", "w") as full:
        done = run(f"[{call}('x' * 99) for _ in range(999)]", full.fileno())
    assert done.returncode == 1
    assert done.stderr == b"error: cannot write to standard output: No space left on device; what was published stays\n"
    read, write = os.pipe()
    os.close(read)
    done = run(f"[{call}('x' * 99) for _ in range(999)]", write)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


SENTENCE = (
    "published 1 month, 509 rows; 28 lines in quarantine (BAD_NUMBER 15 and 3 more reasons); 1 file refused; 1 failed"
)
KEPT = Path(__file__).parent / "publication" / "receipts" / "trips-2020-03.json"


def outcome_of_all_kinds() -> Outcome:
    """A month with 509 trips and 3 bad lines, one unchanged, one refused, one failed."""
    receipt = Receipt.from_json(KEPT.read_bytes(), "")
    refused = {"a.csv": Refusal(RefusalCode.NAME, "why")}
    return Outcome("run", {"2020-03": receipt}, ["2020-02"], refused, {"2020-01": "why"})


def all_of(terminal: int) -> str:
    """What was written to a terminal that is closed at the other end; it comes in pieces."""
    said = b""
    with contextlib.suppress(OSError), open(terminal, "rb", buffering=0) as ours:  # EIO is its end
        while piece := ours.read(10_000):
            said += piece
    return said.decode()


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_run_ends_with_a_sentence_on_a_terminal_and_with_json_in_a_pipe(is_terminal: bool, tmp_path: Path):
    job, out = Job(lambda *_: outcome_of_all_kinds(), RAW, ()), io.StringIO()
    ours, theirs = pty.openpty()
    with open(theirs, "w") as terminal, contextlib.redirect_stdout(terminal if is_terminal else out):
        assert run_job(["job", "--raw", str(tmp_path)], job, "a job") == 1
    said = all_of(ours) if is_terminal else out.getvalue()
    last = said.splitlines()[-1]
    if is_terminal:
        assert last.rpartition("; ")[0] == SENTENCE
    else:
        assert last == outcome_of_all_kinds().json_line()


def test_a_run_with_nothing_to_do_says_so():
    assert (
        Outcome("run", unchanged=["2020-01", "2020-02"]).sentence(0.4) == "nothing published; 2 months unchanged; 0 s"
    )
    assert Outcome("run").sentence(61.2) == "nothing published; 61 s"
