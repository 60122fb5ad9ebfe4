"""This machine as an Airflow host: the commands of deploy/airflow/install.sh, and what runs of it."""

import contextlib
import os
import pwd
import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from demo.airflow_api import AirflowApi
from tests.pipeline.nights import until

BACKUPS = Path("/var/backups/green-taxi")
SETTINGS = Path("/etc/green-taxi")
SECRETS = SETTINGS / "secrets"
URL = "http://127.0.0.1:8080"
PARTS = (
    "api-server",
    "scheduler",
    "dag-processor",
    "triggerer",
    "worker",
    "sync",
    "clean",
    "pulse",
    "postgresql",
    "rabbitmq",
)
USER = "admin"


@dataclass(frozen=True)
class Host:
    """The host, and what installs it: `install.sh`, where the operator has unpacked it."""

    installer: Path

    def prepare(self, environment: Mapping[str, str]) -> None:
        """Writes the operator's settings, before the host is one."""
        SETTINGS.mkdir(mode=0o755)
        lines = [f"{name}={shlex.quote(value)}\n" for name, value in environment.items()]
        Path(SETTINGS, "airflow.env").write_text("".join(lines))

    def command(self, *arguments: str) -> str:
        """What a command of install.sh has to say.

        Raises:
            AssertionError: It failed.
        """
        done = self.attempt(*arguments)
        assert done.returncode == 0, f"install.sh {' '.join(arguments)}:\n{done.stdout}"
        return done.stdout

    def attempt(self, *arguments: str, path: str = "") -> "subprocess.CompletedProcess[str]":
        """A command of install.sh that may fail; `path` goes before PATH."""
        return subprocess.run(
            ["bash", self.installer, *arguments],
            env={**os.environ, "PATH": path + os.environ["PATH"]},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def states(self) -> dict[str, str]:
        """What `status` says, by part."""
        lines = self.attempt("status").stdout.splitlines()
        return {found[1]: found[2] for line in lines if (found := re.fullmatch(r"  (\S+) +(\S.*)", line))}

    def wait_until_well(self) -> None:
        """Until nothing is amiss any more."""
        until(lambda: self.attempt("status"), lambda done: done.returncode == 0, within=180, every=1)

    def api(self) -> AirflowApi:
        """Airflow's API, as the administrator."""
        return AirflowApi(URL, USER, self.password)

    @property
    def password(self) -> str:
        """The administrator's."""
        return Path(SECRETS, "admin_password").read_text()

    def busy_workers(self) -> set[int]:
        """The processes of Celery's worker that carry out a task; each does that in a process of its own."""
        below = self.worker().children(recursive=True)
        return {process.ppid() for process in below if title_of(process).startswith("airflow worker -- ")}

    def unacknowledged(self) -> int:
        """The tasks that RabbitMQ has given out, and gives out again if nobody says that they are done."""
        asked = ("list_queues", "--vhost", "airflow", "--no-table-headers", "name", "messages_unacknowledged")
        lines = subprocess.check_output(["rabbitmqctl", "--quiet", *asked], text=True).splitlines()
        return int(dict(line.split() for line in lines)["default"])

    def worker(self) -> psutil.Process:
        """Celery's worker itself."""
        [found] = [
            process for process in processes_of("airflow") if re.search(r"celeryd.*MainProcess", title_of(process))
        ]
        return found

    def kill_worker(self) -> None:
        """SIGKILLs the worker with all that it has started: nobody is left to tell what became of its tasks."""
        worker = self.worker()
        for process in [worker, *worker.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):  # it ended by itself, for want of those before it
                process.kill()


def processes_of(*users: str) -> list[psutil.Process]:
    """The processes of users of the system."""
    ids = {pwd.getpwnam(user).pw_uid for user in users}
    return [process for process in psutil.process_iter(["uids"]) if process.info["uids"].real in ids]


def title_of(process: psutil.Process) -> str:
    """What a process calls itself; nothing if it has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
