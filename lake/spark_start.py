"""What keeps Spark from starting, found before it is tried: afterwards there are only pages of stack traces.

`python job.py` comes here when it needs Spark, and the `spark-submit` of the project's environment first of all.
"""

import os
import pwd
import re
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from lake.errors import LakeError

SETUP = "run `make setup`, then `. .venv/bin/activate`"
_CORE = re.compile(r"spark-core_[0-9.]+-([0-9]+\.[0-9]+\.[0-9]+)")
_PYTHON = re.compile(r"(python|pypy)[0-9.]*(\.exe)?")


def check_start(environ: Mapping[str, str] = os.environ, uid: int | None = None) -> None:
    """Looks at what Spark's scripts will look at.

    Args:
        environ: The environment.
        uid: The number of the user who starts it (default: of this process).

    Raises:
        LakeError: Spark would not start, or another one would.
    """
    if "PYSPARK_GATEWAY_PORT" in environ:
        return  # it runs already: spark-submit, Glue or EMR has started us
    for check in (_pyspark, _spark_home, _driver_python):
        check(environ)
    _user_name(os.getuid() if uid is None else uid)


def must_start(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether Spark must start although there may be nothing to do: YARN runs this driver on its cluster.

    It fails an application that makes no SparkContext (exit code 13), even if its script ends well; and it waits for that for
    100 seconds only, so the session comes before any other work. As the driver of `--deploy-mode client`, on Glue and on one's
    own machine nobody waits.

    Args:
        environ: The environment.
    """
    return "PYSPARK_GATEWAY_PORT" in environ and "SPARK_YARN_STAGING_DIR" in environ


def _pyspark(environ: Mapping[str, str]) -> None:
    try:
        version("pyspark")
    except PackageNotFoundError:
        raise LakeError(f"Spark cannot start: {sys.executable} has no pyspark: {SETUP}") from None


def _spark_home(environ: Mapping[str, str]) -> None:
    home = environ.get("SPARK_HOME")
    if not home:
        return
    ours, cores = ".".join(re.findall(r"\d+", version("pyspark"))[:3]), Path(home, "jars").glob("spark-core_*.jar")
    found = next((match[1] for core in cores if (match := _CORE.match(core.name))), None)
    if found != ours:
        what = f"holds Spark {found}" if found else "holds no Spark"
        cure = "unset SPARK_HOME (pyspark brings its own)"
        raise LakeError(f"Spark cannot start: SPARK_HOME={home} {what}, and pyspark here is {ours}: {cure}")


def _driver_python(environ: Mapping[str, str]) -> None:
    for name in ("PYSPARK_DRIVER_PYTHON", "PYSPARK_PYTHON"):
        python = environ.get(name)
        if python and not _PYTHON.fullmatch(Path(python).name):
            cure = f"unset {name}, or set it to a python"
            raise LakeError(
                f"Spark cannot start: {name}={python} is not a Python interpreter, which a job runs on: {cure}"
            )


def _user_name(uid: int) -> None:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        cure = f"add it to /etc/passwd (spark:x:{uid}:0::/tmp:/bin/sh), or run as a user who is there"
        raise LakeError(f"Spark cannot start: user {uid} has no name, which Hadoop asks for: {cure}") from None


if __name__ == "__main__":
    try:
        check_start()
    except LakeError as error:
        sys.exit(f"error: {error}")
