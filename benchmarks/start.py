"""What Spark's start costs: our two jobs on one input, with and without what makes it faster."""

import os
import shutil
from pathlib import Path
from statistics import median

from benchmarks.contenders import ROOT, contender, environment
from benchmarks.measure import MIB, Usage, measure

WITHOUT, ARCHIVE, SMALL = "without", "archive of classes", "and flags for small runs"


def measure_start(raw: Path, work: Path, spark_env: Path, repeats: int) -> str:
    """Runs both jobs in each way in turn. Returns a table of the medians; peaks are maxima.

    Raises:
        CommandFailedError: A job failed.
    """
    ways: dict[str, list[Usage]] = {WITHOUT: [], ARCHIVE: [], SMALL: []}
    for _ in range(repeats):
        for way, usages in ways.items():
            out = work / "out" / "start"
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir(parents=True)
            usages.append(_run(way, raw, out, spark_env))
    lines = ["| both jobs | wall s | CPU s | peak MB |", "|---|---|---|---|"]
    for way, usages in ways.items():
        wall, cpu = (median(getattr(usage, name) for usage in usages) for name in ("wall", "cpu"))
        lines.append(f"| {way} | {wall:.1f} | {cpu:.1f} | {max(usage.peak for usage in usages) / MIB:,.0f} |")
    return "\n".join(lines)


def _run(way: str, raw: Path, out: Path, spark_env: Path) -> Usage:
    env = environment(spark_env)
    if way == WITHOUT:
        env["GREEN_CLASS_ARCHIVES"] = os.devnull
    total = Usage()
    for step in contender("ours", raw, out, spark_env).steps:
        command = step.command
        if way == SMALL:  # `python job.py`, where the job knows how much there is to read before it starts the JVM
            script = next(index for index, word in enumerate(command) if word.endswith(".py"))
            command = (env["PYSPARK_PYTHON"], *command[script:])
        total = total.then(measure(command, cwd=ROOT, env=env, log=out / "log"))
    return total
