"""Jobs as child processes: started under a supervisor, followed, stopped, killed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local_aws import supervisor
from local_aws.supervisor import MB

STDOUT, STDERR, OUTCOME = "stdout", "stderr", "outcome.json"  # in the folder of a job


@dataclass(frozen=True)
class Outcome:
    """How a job ended."""

    status: int  # of the command; negative: the signal that killed it
    ended_by: str  # exit, stop or memory
    peak: int  # bytes of memory

    @property
    def code(self) -> int:
        """The exit status as a shell tells it: 128 and the signal that killed it."""
        return self.status if self.status >= 0 else 128 - self.status

    @property
    def killed(self) -> bool:
        """Did a signal end it? spark-submit passes on what became of its script."""
        return self.code > 128


class Job:
    """A running job."""

    def __init__(self, name: str, folder: Path, limit: int, process: "subprocess.Popen[bytes]") -> None:
        self.name = name
        self.folder = folder
        self.limit = limit
        self._process = process

    def wait(self, seconds: float) -> bool:
        """Waits for its end, but not longer; tells whether it has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.poll() is not None

    def stop(self) -> None:
        """Has its processes ended; `wait` tells when they are."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    def kill(self) -> None:
        """Ends its processes as if they had crashed; they are gone when this returns."""
        supervisor.kill_session(self._process.pid)

    def outcome(self) -> Outcome:
        """How it ended, once it has."""
        supervisor.kill_session(self._process.pid)  # if somebody killed the supervisor
        JOBS.forget(self)
        with contextlib.suppress(FileNotFoundError):
            return Outcome(**json.loads((self.folder / OUTCOME).read_text()))
        early = self._process.returncode == -signal.SIGTERM  # `stop` came before the supervisor listened for it
        return Outcome(self._process.returncode, "stop" if early else "exit", 0)

    def beyond_limit(self, outcome: Outcome) -> str:
        """YARN's words for a job that took too much memory."""
        used, limit = f"{outcome.peak / MB:.0f} MB", f"{self.limit / MB:.0f} MB"
        return (
            f"Container [job={self.name}] is running beyond physical memory limits. "
            f"Current usage: {used} of {limit} physical memory used. Killing container. "
            "(The limit is spark.driver.memory + spark.driver.memoryOverhead.)"
        )


class Jobs:
    """The running jobs of this server."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._closed = False

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path, limit: int) -> Job:
        """Starts a command in a session of its own, with its output in files of the folder.

        Raises:
            RuntimeError: The account is ending.
        """
        with self._lock, (folder / STDOUT).open("ab") as out, (folder / STDERR).open("ab") as err:
            if self._closed:
                raise RuntimeError("the account is ending")
            process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", supervisor.__file__),
                    *(str(os.getpid()), str(limit), str(folder / OUTCOME)),
                    *command,
                ],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            job = self._jobs[name] = Job(name, folder, limit, process)
        return job

    def forget(self, job: Job) -> None:
        """It has ended."""
        with self._lock:
            self._jobs.pop(job.name, None)

    def kill(self, name: str) -> None:
        """Kills the job of this name, if it runs, as if it had crashed; without a name all jobs."""
        with self._lock:
            jobs = [job for job in self._jobs.values() if name in ("", job.name)]
        for job in jobs:
            job.kill()

    def close(self) -> None:
        """Starts no more, and ends all."""
        with self._lock:
            self._closed = True
            jobs = list(self._jobs.values())
        for job in jobs:
            job.stop()
        for job in jobs:
            job.wait(supervisor.EVERY * 50)


JOBS = Jobs()
