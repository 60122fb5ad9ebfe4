"""Starts and stops a local account from a test, a script or a demo.

Standard library only: it is imported where Airflow lives, and starts the server with the Python that has moto.
"""

import contextlib
import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local_aws.options import ROOT, past_proxies

STOP_WITHIN = 30.0  # seconds: it ends its jobs and, with a state folder, writes the objects


@dataclass
class Account:
    """A started account; leaving its context stops it and everything that it runs."""

    url: str
    state: Path
    environment: dict[str, str]
    process: "subprocess.Popen[str]"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def inject(self, service: str, action: str, kind: str, times: int = 1, **more: Any) -> None:
        """The next `times` calls of an action go wrong; what is injected first acts first.

        Args:
            service: `glue`, `emr`, `s3`, `redshift-data`, ...
            action: As boto3's documentation writes it: `StartJobRun`, `PutObject`.
            kind: `fail`, `throttle`, `late`, `lost`, `kill_job` or `kill_job_after`; see local_aws/faults.py.
            times: How many calls.
            **more: `code`, `status`, `seconds`, and `key`, a regular expression that an S3 key must contain.

        Raises:
            ValueError: The server does not take it; it says why.
        """
        body = {"service": service, "action": action, "kind": kind, "times": times, **more}
        self._control("POST", "faults", body)

    def faults(self) -> list[dict[str, Any]]:
        """The faults that are left."""
        found: list[dict[str, Any]] = self._control("GET", "faults")
        return found

    def clear_faults(self) -> None:
        """From here on calls go through."""
        self._control("DELETE", "faults")

    def calls(self) -> list[dict[str, Any]]:
        """The calls so far: service, action, at, status, caller (a job's id, or empty), resource (of S3), about."""
        found: list[dict[str, Any]] = self._control("GET", "calls")
        return found

    def stop(self) -> None:
        """Ends the account, its jobs and its clusters. Does nothing if it has ended."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self.process.kill()  # its jobs see that and end themselves
                self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/local-aws/{path}", data, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy of the user
        try:
            with opener.open(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(error.read().decode()) from None


def start(
    *,
    port: int = 0,
    state: Path | None = None,
    keep: bool = False,
    delay: float = 0.0,
    speed: float = 1.0,
    python: Path = ROOT / ".venv" / "bin" / "python",
    log: Path | None = None,
) -> Account:
    """Starts an account as a child process that ends with this one, whatever ends it; returns when it answers.

    From then on nothing in this process asks 127.0.0.1 through a proxy (NO_PROXY).

    Args:
        port: Where it listens on 127.0.0.1; 0 takes a free one.
        state: A folder for its files, kept; objects and the Redshift database of an earlier run are there again.
            Without one it makes a folder and removes it at the end.
        keep: Do not remove that folder.
        delay: Seconds that each state of a run or cluster on its way lasts; TERMINATING of a cluster, five times as long.
        speed: How many times faster than a clock Timeout and IdleTimeout pass.
        python: The interpreter that has moto.
        log: A file that takes what the account has to say; else it goes to this process' standard error.

    Raises:
        RuntimeError: It did not start.
    """
    os.environ.update(past_proxies(os.environ))  # clients in this process, whoever makes them
    arguments = [f"--port={port}", f"--delay={delay}", f"--speed={speed}", "--end-with-parent"]
    arguments += [f"--state={state}"] if state else []
    arguments += ["--keep"] if keep else []
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON", "MOTO_"))}
    command = [str(python), "-m", "local_aws", *arguments]
    with contextlib.nullcontext() if log is None else log.open("ab") as errors:
        process = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    assert process.stdout is not None
    ready = process.stdout.readline()
    if not ready:
        process.stdout.close()
        raise RuntimeError(f"the local AWS did not start (exit status {process.wait()}): {' '.join(command)}")
    said = json.loads(ready)
    return Account(said["url"], Path(said["state"]), said["environment"], process)
