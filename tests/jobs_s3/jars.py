"""The jars that Spark needs for s3://, as `make s3-jars` has fetched them."""

from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]


def s3_jars() -> str:
    """What `spark.jars` takes; empty if they were not fetched for this Spark."""
    line = ".".join(version("pyspark").split(".")[:2])
    return ",".join(str(jar) for jar in sorted((ROOT / ".cache" / "s3-jars" / line / "jars").glob("*.jar")))
