"""Runs both jobs over every lake in a folder, on one engine: `python -m tests.sail.both FOLDER ENGINE`.

The Spark of an environment is run so in a process of its own, by that environment's Python, as a process has one engine.
"""

import json
import shutil
import sys
from pathlib import Path

from lake.engines import SPARK
from tests.jobs.lakes import LakeFolder
from tests.sessions import small_session

NIGHTS = "raw-"  # the raw folders of a lake, one a night, in the order of their names


def run_all(folder: Path, engine: str) -> None:
    """Each lake, night by night. What the jobs said is kept in the lake."""
    if engine == SPARK:
        small_session(folder.parent / "spark")
    for base in sorted(path for path in folder.iterdir() if path.is_dir()):
        lake, said = LakeFolder(base), []
        for night in sorted(base.glob(f"{NIGHTS}*")):
            shutil.rmtree(lake.raw, ignore_errors=True)
            shutil.copytree(night, lake.raw, symlinks=True)
            for ran in (lake.trips("--engine", engine), lake.rides(*lake.further_options, "--engine", engine)):
                said.append({"status": ran.status, "out": ran.out.splitlines(), "errors": ran.errors})
        (base / "said.json").write_text(json.dumps(said))


if __name__ == "__main__":
    run_all(Path(sys.argv[1]), sys.argv[2])
