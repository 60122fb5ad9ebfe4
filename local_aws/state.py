"""The folder of an account: its own, gone at the end, or one that is kept and used again."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from local_aws import objects

MARK = "local-aws"  # a file that says whose folder it is


@dataclass(frozen=True)
class StateFolder:
    """A folder with the objects of S3, the Redshift database and the files of jobs."""

    path: Path
    keep: bool

    @classmethod
    def open(cls, path: Path | None, keep: bool) -> Self:
        """Makes a folder, or takes the one that an earlier account left.

        Raises:
            ValueError: The folder holds something else.
        """
        if path is None:
            return cls(_marked(Path(tempfile.mkdtemp(prefix="local-aws-"))), keep)
        path = path.resolve()
        if path.exists() and not (path / MARK).is_file() and any(path.iterdir()):
            raise ValueError(f"{path} holds something else than a local account's files: name another folder")
        path.mkdir(parents=True, exist_ok=True)
        return cls(_marked(path), True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.keep:
            shutil.rmtree(self.path, ignore_errors=True)

    def load(self) -> None:
        """Puts back the objects that an earlier account has kept."""
        objects.load(self.path / "s3")

    def save(self) -> None:
        """Writes the objects that the next account is to find."""
        if self.keep:
            objects.save(self.path / "s3")


def _marked(path: Path) -> Path:
    (path / MARK).touch()
    return path
