"""`python -m lake`, in this process."""

from lake.__main__ import main
from tests.engines import JOB_OPTIONS
from tests.jobs.lakes import LakeFolder, Ran, captured


def command(name: str, lake: LakeFolder, *more: str) -> Ran:
    engine = JOB_OPTIONS if name == "summary" else []
    return captured(lambda: main([name, "--transformed", str(lake.transformed), *engine, *more]))


def status(lake: LakeFolder) -> Ran:
    return command("status", lake, "--raw", str(lake.raw), "--aggregates", str(lake.aggregates))


def verify(lake: LakeFolder, *more: str) -> Ran:
    return command("verify", lake, "--quarantine", str(lake.quarantine), *more)
