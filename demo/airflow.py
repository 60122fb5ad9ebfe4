"""A whole Airflow on this machine, for tests and the demo: scheduler, DAG processor, triggerer and API server.

Standard library only. It runs the Airflow of `.venv-airflow` on the DAGs of this repository, against a started account.
Nothing of it is imported from Airflow, and nothing of the user's own Airflow, AWS or Python settings reaches it.
"""

import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from demo.airflow_api import AirflowApi
from local_aws import supervisor
from local_aws.options import ROOT

PYTHON = ROOT / ".venv-airflow" / "bin" / "python"
PIPELINE, DEPLOY = "data_pipeline", "deploy_entrypoints"
USER = "admin"
START_WITHIN = 300.0  # seconds: two cores that also run tests have needed more than 120
STOP_WITHIN = 15.0
NO_LIMIT = str(1 << 62)  # of memory
# Logs are read from the files: without --skip-serve-logs, scheduler and triggerer would serve them to the whole network.
PARTS = """
"$0" api-server >api-server.log 2>&1 &
"$0" dag-processor >dag-processor.log 2>&1 &
"$0" scheduler --skip-serve-logs >scheduler.log 2>&1 &
"$0" triggerer --skip-serve-logs >triggerer.log 2>&1 &
wait -n # a part that ends ends all
"""


class Airflow(AirflowApi):
    """A running Airflow; leaving its context ends it with everything that it runs, and so does the end of this process."""

    def __init__(
        self,
        home: Path,
        environment: Mapping[str, str],
        variable: Mapping[str, str],
        *,
        port: int = 0,
        python: Path = PYTHON,
    ) -> None:
        """Says what to start; entering the context starts it.

        Args:
            home: Folder for configuration, database, DAGs and logs; made if it is not there.
            environment: The variables by which the account is found: `Account.environment`.
            variable: The Airflow variable `green_taxi`: `demo.account.prepare`.
            port: Where UI and API listen on 127.0.0.1; 0 takes a free one.
            python: The interpreter of the environment that has Airflow.

        Raises:
            RuntimeError: The port is taken.
        """
        port = _port(port)
        super().__init__(f"http://127.0.0.1:{port}", USER, secrets.token_urlsafe(12))
        self.home = home.resolve()
        self.dags_folder = self.home / "dags"
        self.environment = _environment(self.home, port, environment, variable)
        self._python = python
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Lays out the DAGs, makes the database, starts all parts; returns when they are healthy and know the DAGs.

        Raises:
            RuntimeError: It did not start, or a DAG cannot be imported; with the reason or where to find it.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        passwords = self.home / "passwords.json"
        passwords.touch(mode=0o600)
        passwords.write_text(json.dumps({USER: self.password}))
        self.lay_out_dags()
        self._carry_out("db-migrate", self._airflow, "db", "migrate")
        self._process = subprocess.Popen(
            [
                *(str(self._python), "-I", "-S", supervisor.__file__),
                *(str(os.getpid()), NO_LIMIT, str(self.home / "outcome.json")),
                *("bash", "-c", PARTS, self._airflow),
            ],
            cwd=self.home,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._wait_until_ready()

    def lay_out_dags(self) -> None:
        """Puts the DAGs of this checkout, and what their tasks need, into the DAGs folder."""
        self._carry_out("stage", str(self._python), "-m", "tools.stage_airflow", str(self.dags_folder), cwd=ROOT)

    def stop(self) -> None:
        """Ends all parts and the tasks that they run. Does nothing if they have ended."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        supervisor.kill_session(self._process.pid)

    @property
    def _airflow(self) -> str:
        return str(self._python.parent / "airflow")

    def _carry_out(self, name: str, *command: str, cwd: Path | None = None) -> None:
        log = self.home / f"{name}.log"
        with log.open("wb") as out:
            done = subprocess.run(
                command, cwd=cwd or self.home, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        if done.returncode:
            raise RuntimeError(f"{name} of Airflow failed (exit status {done.returncode}); {log} ends:\n{_end(log)}")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_WITHIN
        missing = "an answer"
        while missing:
            if self._process is None or self._process.poll() is not None:
                ends = "\n".join(f"-- {log}\n{_end(log)}" for log in sorted(self.home.glob("*.log")))
                raise RuntimeError(f"a part of Airflow ended while it started; its log tells:\n{ends}")
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"Airflow waits for {missing} after {START_WITHIN:.0f} s; its logs: {self.home}/*.log"
                )
            time.sleep(0.3)
            missing = self._missing()

    def _missing(self) -> str:
        try:
            ill = [name for name, status in self.health().items() if status != "healthy"]
            if ill:
                return ", ".join(ill)
            if errors := self.import_errors():
                raise RuntimeError("DAGs that cannot be imported:\n" + "\n".join(errors))
            return ", ".join(sorted({PIPELINE, DEPLOY}.difference(self.dags())))
        except OSError:
            return "an answer"


def _environment(home: Path, port: int, account: Mapping[str, str], variable: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of all parts: settings of the user's for AWS, Airflow, Python and proxies are left out."""
    theirs = ("AWS_", "AIRFLOW_", "PYTHON", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    return {
        **{
            name: value for name, value in kept.items() if not name.lower().endswith("_proxy")
        },  # it asks this machine only
        **account,
        **{f"AIRFLOW__{name}": value for name, value in _settings(home, port).items()},
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_VAR_GREEN_TAXI": json.dumps(dict(variable)),
        "SCARF_ANALYTICS": "false",
    }


def _settings(home: Path, port: int) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}"
    return {
        "CORE__DAGS_FOLDER": str(home / "dags"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": "3",  # workers: AWS works while tasks are deferred, and each first loads Airflow
        "CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "CORE__HOSTNAME_CALLABLE": "socket.gethostname",  # getfqdn may ask a name server
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}?timeout=60",  # s: parts wait for each other
        "API__HOST": "127.0.0.1",
        "API__PORT": str(port),
        "API__BASE_URL": url,
        "API__SECRET_KEY": secrets.token_urlsafe(32),
        "API_AUTH__JWT_SECRET": secrets.token_urlsafe(64),
        "LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "LOGGING__COLORED_CONSOLE_LOG": "False",
        "SCHEDULER__USE_JOB_SCHEDULE": "False",  # runs start when they are triggered, not at three in the night
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
        "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
        "SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": "3",
        # At most so many seconds until the end of a task's process is noticed. Airflow 3.3 marks a deferred task as failed
        # when its trigger fires and it is running again before that (apache/airflow#72716); the default is 5.
        "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        # s: with the default of 5 a task that starts while the machine is busy fails before it has begun.
        "WORKERS__EXECUTION_API_TIMEOUT": "60",
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",  # files that have not changed are not parsed again and again
        "DAG_PROCESSOR__STALE_DAG_THRESHOLD": "1200",
        "USAGE_DATA_COLLECTION__ENABLED": "False",
    }


def _port(wanted: int) -> int:
    """The port, or a free one if it is 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as error:
            raise RuntimeError(
                f"Airflow cannot listen on 127.0.0.1:{wanted} ({error.strerror}): name another port"
            ) from None
        return int(probe.getsockname()[1])


def _end(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
