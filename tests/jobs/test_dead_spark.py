"""Spark's JVM dies alone, as where the kernel is short of memory: the run has failed, and no file is to blame."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.jobs.lakes import EMR, GLUE, ROOT, LakeFolder, receipts
from tests.jobs.processes import KEPT

pytestmark = pytest.mark.spark


MOMENTS = {  # the job, when: as Spark starts, or when a data set has the folder of a new run
    "trips, while Spark starts": (GLUE, [], None),
    "trips, while they are written": (GLUE, ["--refused", "report"], "transformed"),
    "rides, while they are written": (EMR, [], "aggregates"),
}


def jvms_of(pid: int) -> list[int]:
    """A process, if it runs Java, and those that it has started, directly or not."""
    try:
        found = [pid] if Path(f"/proc/{pid}/comm").read_text() == "java\n" else []
    except OSError:  # it has ended
        return []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found += jvms_of(int(stat.parent.name))
    return found


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_death_of_spark_is_a_failure_of_the_run(base_lake: LakeFolder, tmp_path: Path, moment: str):
    script, options, writes = MOMENTS[moment]
    lake = base_lake.copy(tmp_path / "lake")
    lake.csv("2018-04")
    (lake.aggregates / "_receipts" / "2018-03.json").unlink()
    given = lake.trips_options if script is GLUE else lake.rides_options
    root = getattr(lake, writes) if writes else None
    status, out, err = _killed([sys.executable, str(script), *given, *options], root)
    assert status == 1, err
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert "Spark " in errors[0]
    assert "Traceback" not in err
    assert "refused" not in out
    assert not list((lake.transformed / "_refused").glob("*"))


def test_spark_submit_ends_with_its_jvm_and_the_next_run_does_the_work(base_lake: LakeFolder, tmp_path: Path):
    """The JVM is spark-submit itself: nobody is left to say why, and the shell says `Killed`."""
    lake = base_lake.copy(tmp_path / "lake")
    lake.csv("2018-04")
    command = [str(Path(sys.executable).with_name("spark-submit")), str(GLUE), *lake.trips_options]
    status, out, _ = _killed([*command, "--refused", "report"], lake.transformed)
    assert (status, "published" in out) == (-signal.SIGKILL, False)
    assert "2018-04" not in receipts(lake.transformed)
    assert lake.trips().counts["published"] == ["2018-04"]


def _killed(command: list[str], root: Path | None) -> tuple[int, str, str]:
    """Runs a job whose JVM is killed when a run is written below a folder, or as soon as it is there."""
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    before = _runs(root)
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as job:
        while job.poll() is None and not (jvms_of(job.pid) and (root is None or _runs(root) - before)):
            time.sleep(0.01)
        for pid in jvms_of(job.pid):
            os.kill(pid, signal.SIGKILL)
        out, err = job.communicate(timeout=200)
    return job.returncode, out, err


def _runs(root: Path | None) -> set[Path]:
    return set(root.glob("run=*")) if root else set()
