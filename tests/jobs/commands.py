"""`python -m lake`, in this process."""

from lake.__main__ import main
from tests.jobs.lakes import LakeFolder, Ran, captured


def command(name: str, lake: LakeFolder, *more: str) -> Ran:
    return captured(lambda: main([name, "--transformed", str(lake.transformed), *more]))


def status(lake: LakeFolder) -> Ran:
    return command("status", lake, "--raw", str(lake.raw), "--aggregates", str(lake.aggregates))


def verify(lake: LakeFolder, *more: str) -> Ran:
    return command("verify", lake, "--quarantine", str(lake.quarantine), *more)
