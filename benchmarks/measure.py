"""What a command costs: wall time, CPU time and peak memory of its whole process tree. Linux only.

CPU time comes from the kernel: this process is made the subreaper of everything below it, so that it, and no other,
waits for each orphan, and the usage that `wait4` returns for all it waited for is the tree's, whatever ended meanwhile.
A grandchild is counted when its parent waited for it, or when it became an orphan.

Memory is sampled: the proportional set size (PSS) of every process below this one, added up, so that a page that two
processes share counts once. Mapped files count too; `anonymous` is the part that no file backs. The kernel walks all
pages to answer (10 ms for 900 MB, measured), so PSS is asked only while RSS, which is nearly free and never below it,
says that there may be a new peak.
"""

import ctypes
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.1  # between looks at RSS; one takes about 1 ms of CPU (the cost is in the result)
PSS_SECONDS = 0.5  # between looks at PSS while RSS is above the peak but does not rise by more than ...
RISE = 0.02  # ... this share, which is how much of a shorter peak may be missed
ORPHAN_SECONDS = 10  # how long what a command left behind may take to end
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
MIB = 2**20

_PAGE = os.sysconf("SC_PAGE_SIZE")
_SMAPS = re.compile(r"^(Pss|Pss_Anon):\s+(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True)
class Usage:
    """What one command, or several one after the other, cost.

    Attributes:
        wall: Seconds from the start to the end of the first process.
        cpu: Seconds of user and system time, of all processes.
        peak: The highest sampled PSS of the tree, in bytes.
        anonymous: The highest sampled part of it that is not backed by files, in bytes.
        sampling: Seconds of CPU time that the sampling itself took, which are not in `cpu`.
        others: Seconds of CPU time that the rest of the machine used meanwhile. Much of it makes `wall` worthless.
    """

    wall: float = 0.0
    cpu: float = 0.0
    peak: int = 0
    anonymous: int = 0
    sampling: float = 0.0
    others: float = 0.0

    def then(self, other: "Usage") -> "Usage":
        """The usage of this and, after it, the other: times add up, peaks do not."""
        return Usage(
            self.wall + other.wall,
            self.cpu + other.cpu,
            max(self.peak, other.peak),
            max(self.anonymous, other.anonymous),
            self.sampling + other.sampling,
            self.others + other.others,
        )


class CommandFailedError(RuntimeError):
    """A measured command ended with another status than zero."""


def become_subreaper() -> None:
    """Makes orphans among this process's descendants its children, until it ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def machine_busy() -> float:
    """Seconds of CPU time that the whole machine has worked since it started."""
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq)


class TreeMemory:
    """The peak memory of all processes below this one, as far as `sample` sees it."""

    def __init__(self) -> None:
        self.peak = 0
        self.anonymous = 0
        self._highest_rss = 0
        self._last_pss = 0.0

    def sample(self, now: float) -> None:
        """Looks at RSS, and at PSS where that may be a new peak."""
        pids = [process.pid for process in psutil.Process().children(recursive=True)]
        rss = sum(int(text.split()[1]) for text in _proc_texts(pids, "statm")) * _PAGE
        if rss <= self.peak or (rss <= self._highest_rss * (1 + RISE) and now - self._last_pss < PSS_SECONDS):
            return
        totals = {"Pss": 0, "Pss_Anon": 0}
        for rollup in _proc_texts(pids, "smaps_rollup"):
            for name, kilobytes in _SMAPS.findall(rollup):
                totals[name] += int(kilobytes) * 1024
        self.peak = max(self.peak, totals["Pss"])
        self.anonymous = max(self.anonymous, totals["Pss_Anon"])
        self._highest_rss = max(self._highest_rss, rss)
        self._last_pss = now


def _proc_texts(pids: Iterable[int], name: str) -> Iterator[str]:
    """A file of /proc for each process that has not ended meanwhile."""
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            yield Path(f"/proc/{pid}/{name}").read_text(encoding="ascii")


def measure(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> Usage:
    """Runs a command to its end and returns what its process tree cost.

    Args:
        command: The command with its arguments.
        cwd: The folder it is started in.
        env: Its whole environment.
        log: Where its output is appended, standard error included.

    Raises:
        CommandFailedError: With the end of the log, if the status is not zero or a process was left behind.
    """
    become_subreaper()
    own_cpu, machine_cpu = time.process_time(), machine_busy()
    with log.open("ab") as output:
        log_start = output.tell()
        start = time.perf_counter()
        first = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    usage, status, left_behind = _watch(first.pid, start)
    first.returncode = status  # we waited for it ourselves: Popen must not
    sampling = time.process_time() - own_cpu
    others = max(0.0, machine_busy() - machine_cpu - usage.cpu - sampling)
    usage = replace(usage, sampling=sampling, others=others)
    if status != 0 or left_behind:
        reason = f"left processes behind: {left_behind}" if left_behind else f"status {status}"
        output_text = log.read_bytes()[log_start:].decode("utf-8", errors="replace")
        tail = "\n".join(output_text.splitlines()[-25:])
        raise CommandFailedError(f"{reason}: {' '.join(command)}\n{tail}")
    return usage


def _watch(first: int, start: float) -> tuple[Usage, int, list[int]]:
    """Samples and waits until no child is left. Returns usage, status of the first, and who had to be killed."""
    cpu, wall, status = 0.0, 0.0, 0
    memory = TreeMemory()
    killed: list[int] = []
    next_sample = start
    while True:
        try:
            pid, code, used = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return Usage(wall, cpu, memory.peak, memory.anonymous), status, killed
        now = time.perf_counter()
        if pid:
            cpu += used.ru_utime + used.ru_stime
            if pid == first:
                wall, status = now - start, os.waitstatus_to_exitcode(code)
            continue
        if wall and now - start - wall > ORPHAN_SECONDS:
            killed += _kill_children()
        if now >= next_sample:
            memory.sample(now)
            next_sample = now + SAMPLE_SECONDS
        time.sleep(0.01)  # how exact the wall time is


def _kill_children() -> list[int]:
    """Kills what a command left behind: processes below this one only. Returns their ids."""
    children = [process.pid for process in psutil.Process().children(recursive=True)]
    for pid in children:
        with suppress(ProcessLookupError):  # it has ended meanwhile
            os.kill(pid, signal.SIGKILL)
    return children
