"""Runs one job: in a session of its own, with a memory limit, and never longer than the server.

A program of its own (`python supervisor.py PARENT LIMIT OUTCOME COMMAND...`), for a server that is killed cannot end
its jobs. Its session is the job: Spark's Python workers leave their parent's process group, but not its session.
SIGTERM ends the job. How it ended is written to OUTCOME as JSON.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

EVERY = 0.2  # seconds between two looks at the parent
MEMORY_EVERY = 5  # of these looks, as it costs milliseconds to read all processes
PAGE = os.sysconf("SC_PAGE_SIZE")
MB = 1024 * 1024
PROC = Path("/proc")  # elsewhere than on Linux there is no limit, and only the process group is ended


def members(session: int) -> list[int]:
    """The living processes of a session but its leader."""
    found = []
    for pid in (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()):
        with contextlib.suppress(OSError):
            state, _, _, of = (PROC / str(pid) / "stat").read_text().rpartition(") ")[2].split()[:4]
            if int(of) == session and pid != session and state not in "ZX":
                found.append(pid)
    return found


def resident(session: int) -> int:
    """Bytes of memory that a session's processes hold."""
    total = 0
    for pid in members(session):
        with contextlib.suppress(OSError):
            total += int((PROC / str(pid) / "statm").read_text().split()[1]) * PAGE
    return total


def kill_session(session: int, within: float = 10.0) -> None:
    """SIGKILLs a session's processes but its leader, and those that they start meanwhile; returns when they are gone."""
    if not PROC.is_dir():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(session, signal.SIGKILL)
        return
    deadline = time.monotonic() + within
    while (left := members(session)) and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def supervise(parent: int, limit: int, command: list[str]) -> dict[str, Any]:
    """Runs a command to its end; returns its exit status, the peak of its memory and what ended it."""
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server
    session, peak, ended_by, looks = os.getpid(), 0, "exit", 0
    child = subprocess.Popen(command)
    while ended_by == "exit":
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(EVERY)
            break
        if not looks % MEMORY_EVERY:
            peak = max(peak, resident(session))
        looks += 1
        if stopped or os.getppid() != parent:
            ended_by = "stop"
        elif peak > limit:
            ended_by = "memory"
    kill_session(session)
    return {"status": child.wait(), "peak": peak, "ended_by": ended_by}


def main() -> None:
    """Reads the arguments, runs the command, writes the outcome."""
    parent, limit, outcome, *command = sys.argv[1:]
    ended = supervise(int(parent), int(limit), command)
    part = Path(f"{outcome}.part")
    part.write_text(json.dumps(ended))
    part.replace(outcome)


if __name__ == "__main__":
    main()
