"""The command, settings and variables with which spark-submit runs here what Glue or EMR would run on a cluster."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from local_aws.callers import key_of
from local_aws.options import ROOT, Options, environment
from local_aws.processes import STDERR
from local_aws.runtimes import Runtime
from local_aws.supervisor import MB

JOB_SITE = Path(__file__).parent / "job_site"
DRIVER_MEMORY, OVERHEAD = "spark.driver.memory", "spark.driver.memoryOverhead"
DEFAULTS = {DRIVER_MEMORY: "2g", OVERHEAD: "2g"}  # one machine is driver, executors and Python workers in one
# A cluster's manager and its paths of Python mean nothing on this machine.
OF_A_CLUSTER = {"spark.master", "spark.submit.deployMode", "spark.pyspark.python", "spark.pyspark.driver.python"}
UNITS = {"": MB, "b": 1, "k": 1024, "m": MB, "g": 1024 * MB, "t": 1024 * 1024 * MB}


def size(text: str) -> int:
    """Bytes of a size as Spark writes it; a bare number is mebibytes, as these settings have it.

    Raises:
        ValueError: It is none.
    """
    found = re.fullmatch(r"(\d+)([bkmgt]?)b?", text.strip().lower())
    if not found:
        raise ValueError(f"not a size: {text!r} (expected such as 2g or 512m)")
    return int(found[1]) * UNITS[found[2]]


def memory_limit(settings: Mapping[str, str]) -> int:
    """The bytes that a job may hold, as YARN reckons a driver's container."""
    return size(settings[DRIVER_MEMORY]) + size(settings[OVERHEAD])


def settings_for(
    runtime: Runtime, options: Options, region: str, folder: Path, given: Mapping[str, str]
) -> dict[str, str]:
    """Spark's settings: those given, on top of what makes it run here, under what must be so here."""
    return {
        **DEFAULTS,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        **{name: value for name, value in given.items() if name not in OF_A_CLUSTER},
        "spark.master": "local[2]",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.jars": ",".join([*map(str, runtime.s3_jars(ROOT)), *filter(None, [given.get("spark.jars")])]),
        **{f"spark.hadoop.fs.{scheme}.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem" for scheme in ("s3", "s3n")},
        "spark.hadoop.fs.s3a.endpoint": options.url,
        "spark.hadoop.fs.s3a.endpoint.region": region,
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
    }


def write_properties(path: Path, settings: Mapping[str, str]) -> Path:
    """A file for `spark-submit --properties-file`."""

    def escaped(value: str) -> str:
        return value.replace("\\", "\\\\").replace("\n", "\\n")

    path.write_text("".join(f"{name}={escaped(value)}\n" for name, value in settings.items()))
    return path


def submit(
    runtime: Runtime,
    options: Options,
    region: str,
    folder: Path,
    script: Path,
    arguments: Iterable[str],
    *,
    settings: Mapping[str, str],
    more: Iterable[str] = (),
) -> tuple[list[str], int]:
    """The spark-submit of a job, and its memory limit in bytes.

    Args:
        runtime: The Spark that runs it.
        options: The account.
        region: Where it runs.
        folder: The job's.
        script: What it runs.
        arguments: What the script is given.
        settings: Of Spark.
        more: Options of spark-submit.
    """
    full = settings_for(runtime, options, region, folder, settings)
    properties = write_properties(folder / "spark.properties", full)
    command = [str(runtime.spark_submit(ROOT)), "--properties-file", str(properties), *more, str(script), *arguments]
    return command, memory_limit(full)


def variables(
    name: str, region: str | None, runtime: Runtime, options: Options, folder: Path, *paths: Path
) -> dict[str, str]:
    """The environment of a job: the account's, as one that signs as this job, and little of the user's.

    Args:
        name: The run's or step's id.
        region: Where it runs, if the service tells the job.
        runtime: Its Spark.
        options: The account.
        folder: The job's.
        *paths: Folders on Python's path.
    """
    python = str(runtime.python(ROOT))
    # SPARK_SUBMIT_OPTS: options of the JVM, by which tests make small jobs start in half the time.
    known = ("LANG", "JAVA_HOME", "TMPDIR", "SPARK_SUBMIT_OPTS")
    kept = {name: os.environ[name] for name in known if name in os.environ}
    return {
        **kept,
        "HOME": str(folder),  # the user's may hold settings that no machine of AWS has
        **environment(options.url, key_of(name), region),
        "PATH": os.pathsep.join([str(Path(python).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": os.pathsep.join(map(str, [JOB_SITE, *paths])),
        "PYTHONNOUSERSITE": "1",
        "PYTHONUNBUFFERED": "1",  # a log that can be read while the job runs
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYSPARK_PYTHON": python,
        "PYSPARK_DRIVER_PYTHON": python,
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "LOCAL_AWS_STDERR": str(folder / STDERR),
    }
