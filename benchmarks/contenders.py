"""Who is compared, and with which commands."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORES = 2  # what every contender gets, by its own setting and by affinity, whatever the machine has
DRIVER_MEMORY = "2g"  # Spark's heap on a laptop, as in conf/spark-defaults.conf


@dataclass(frozen=True)
class Step:
    """One process of a contender: a name for the report, and its command."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Contender:
    """One contender.

    Attributes:
        name: Its name in the options and the report.
        steps: Its processes, in order.
        makes_contract: Whether it writes all columns of the trip contract and the six measures; the lab does not.
        leaves_out: What it does not do that ours does, for the report.
    """

    name: str
    steps: tuple[Step, ...]
    makes_contract: bool
    leaves_out: str


NAMES = ("ours", "sail", "lab", "duckdb", "polars")
OURS = ("ours", "sail")  # the same code, on Spark and on Sail
_NO_SAFETY = (
    "no quarantine (a value that does not parse stops it), no accounting of lines, no refusal of files, no receipts, "
    "one known layout"
)


def spark_submit(spark_env: Path, script: str, *args: str) -> tuple[str, ...]:
    """The command that starts a script on the Spark of a virtual environment."""
    submit = str(spark_env / "bin" / "spark-submit")
    return (submit, "--master", f"local[{CORES}]", "--driver-memory", DRIVER_MEMORY, script, *args)


def contender(name: str, raw: Path, out: Path, spark_env: Path) -> Contender:
    """One contender, reading the folder `raw` and writing `out`/transformed and `out`/aggregates."""
    transformed, aggregates = str(out / "transformed"), str(out / "aggregates")
    if name == "ours":
        first = ("--raw", str(raw), "--transformed", transformed, "--quarantine", str(out / "quarantine"))
        second = ("--transformed", transformed, "--aggregates", aggregates)
        steps = (
            Step("transform", spark_submit(spark_env, "glue/nyc_raw_to_transform.py", *first)),
            Step("aggregate", spark_submit(spark_env, "emr/nyc_aggregations.py", *second)),
        )
        return Contender(name, steps, True, "nothing")
    if name == "sail":
        places = ("--transformed", transformed, "--quarantine", str(out / "quarantine"), "--aggregates", aggregates)
        command = (
            str(spark_env / "bin" / "python"),
            "-m",
            "lake",
            "run",
            "--raw",
            str(raw),
            *places,
            "--engine",
            "sail",
        )
        return Contender(name, (Step("all", command),), True, "nothing")
    if name == "lab":
        script = "benchmarks/lab_job.py"
        steps = (
            Step("transform", spark_submit(spark_env, script, "convert", str(raw), transformed)),
            Step("aggregate", spark_submit(spark_env, script, "aggregate", transformed, aggregates)),
        )
        missing = "times stay text, money is double, no flags, one measure and no month, no safety of any kind"
        return Contender(name, steps, False, missing)
    threads = (str(CORES),) if name == "duckdb" else ()  # Polars takes them from its environment
    module = f"benchmarks.{name}_job"
    only_step = (Step("all", (sys.executable, "-m", module, str(raw), str(out), *threads)),)
    return Contender(name, only_step, True, _NO_SAFETY)


def environment(spark_env: Path) -> dict[str, str]:
    """The environment of every contender: that virtual environment's Spark, and none that the user has set up."""
    foreign = {"SPARK_HOME", "SPARK_CONF_DIR", "PYTHONPATH", "PYTHONHOME"}
    env = {name: value for name, value in os.environ.items() if name not in foreign}
    env["PATH"] = f"{spark_env / 'bin'}{os.pathsep}{env.get('PATH', '')}"
    env["PYSPARK_PYTHON"] = str(spark_env / "bin" / "python")
    env["POLARS_MAX_THREADS"] = str(CORES)
    return env


def spark_java(spark_env: Path) -> Path:
    """The Java that this environment's Spark runs on, chosen by the same script (conf/spark-env.sh)."""
    env = environment(spark_env)
    home = _output((env["PYSPARK_PYTHON"], "-c", "import pyspark; print(pyspark.__path__[0])"), env)
    choose = 'SPARK_HOME=$0; . "$SPARK_HOME/conf/spark-env.sh"; echo "$SPARK_REAL_JAVA"'
    return Path(_output(("bash", "-c", choose, home), env)).resolve()


def versions(spark_env: Path) -> dict[str, str]:
    """The versions of everything that is compared."""
    env = environment(spark_env)
    ask = (
        "import sys, importlib.metadata as m; print(next((d.version for d in m.distributions(name=sys.argv[1])), '-'))"
    )
    java = subprocess.run([str(spark_java(spark_env)), "-version"], env=env, capture_output=True, text=True, check=True)
    return {
        "Spark": _output((env["PYSPARK_PYTHON"], "-c", ask, "pyspark"), env),
        "Sail": _output((env["PYSPARK_PYTHON"], "-c", ask, "pysail"), env),
        "Java": java.stderr.splitlines()[1],
        "DuckDB": _output((sys.executable, "-c", ask, "duckdb"), env),
        "Polars": _output((sys.executable, "-c", ask, "polars"), env),
        "Python": sys.version.split()[0],
    }


def _output(command: tuple[str, ...], env: Mapping[str, str]) -> str:
    """The last line that a command prints."""
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]
