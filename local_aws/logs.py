"""What a job writes: followed into CloudWatch while it runs, and read for the line that says why it failed."""

import contextlib
import re
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.clients import session_of

GLUE_GROUP = "/aws-glue/jobs"
MESSAGE = 200_000  # characters of an event; CloudWatch takes 256 KiB
BATCH = 1_000  # events of a call; CloudWatch takes 10,000 and 1 MiB
BATCH_SIZE = 800_000  # characters
READ = 8 * 1024 * 1024  # bytes of a file at a time
LAST = 64 * 1024  # bytes at the end of a log that are searched for an error

# The last line of a traceback: a dotted name of a class, and what it says.
RAISED = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?::\s.*)?$")
TRACEBACK = "Traceback (most recent call last):"


class Stream:
    """A file that is copied into a log stream line by line as it grows."""

    def __init__(self, client: Any, path: Path, group: str, stream: str) -> None:
        self._client = client
        self._path = path
        self._place = {"logGroupName": group, "logStreamName": stream}
        self._offset = 0
        self._make(group)

    def copy(self, *, whole: bool = False) -> None:
        """Copies the lines that have come; with `whole` an unfinished last one too. A refusal of CloudWatch is ignored."""
        while data := self._read(whole):
            self._offset += len(data)
            self._send([line for line in data.decode(errors="replace").splitlines() if line.strip()])

    def _read(self, whole: bool) -> bytes:
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read(READ)
        lines = data[: data.rfind(b"\n") + 1]
        if len(data) == READ:  # there is more; only a line that is longer than this is cut
            return lines or data
        return data if whole else lines

    def _send(self, lines: list[str]) -> None:
        batch: list[dict[str, Any]] = []
        held = 0
        for text in [line[at : at + MESSAGE] for line in lines for at in range(0, len(line), MESSAGE)]:
            if len(batch) == BATCH or held + len(text) > BATCH_SIZE:
                self._put(batch)
                batch, held = [], 0
            batch.append({"timestamp": int(time.time() * 1000), "message": text})
            held += len(text)
        self._put(batch)

    def _put(self, batch: list[dict[str, Any]]) -> None:
        if batch:
            with _ignored():
                self._client.put_log_events(**self._place, logEvents=batch)

    def _make(self, group: str) -> None:
        with _ignored():
            self._client.create_log_group(logGroupName=group)
        with _ignored():
            self._client.create_log_stream(**self._place)


def glue_streams(run: str, region: str, url: str, output: Path, error: Path) -> list[Stream]:
    """The two streams of a Glue run, made in the run's name."""
    client = session_of(run, region).client("logs", endpoint_url=url)
    return [Stream(client, output, f"{GLUE_GROUP}/output", run), Stream(client, error, f"{GLUE_GROUP}/error", run)]


def last_error(path: Path) -> str:
    """The line with which a Python script said why it failed; empty if its log does not end in a traceback."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LAST))
        lines = file.read().decode(errors="replace").splitlines()
    if TRACEBACK not in lines:
        return ""
    after = lines[len(lines) - lines[::-1].index(TRACEBACK) :]
    return next((line for line in after if RAISED.match(line)), "")


def last_line(path: Path) -> str:
    """The last line of a log that says something."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LAST))
        lines = file.read().decode(errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _ignored() -> Any:
    """As on AWS, a job goes on when its log cannot be written."""
    return contextlib.suppress(BotoCoreError, ClientError)
