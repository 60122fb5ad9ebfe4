"""No setting of the platform changes a result: each that a run can change is set to its other value, from outside."""

import gzip
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from data_samples import make_samples
from lake.session import HADOOP_SETTINGS
from tests.jobs.lakes import LakeFolder, receipts, rows_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = pytest.mark.spark

LAYOUTS = ("C1", "C6", "P1", "P3")  # with and without surplus fields, NULL types, NaN, lines for the quarantine

TOUCHES = re.compile(
    r"(ansi|case|cast|char|coll|csv|date|decimal|file|json|legacy|null|number|parquet|pars|round|size|source|string|text|time|zone)",
    re.IGNORECASE,
)
"""What the name of a setting is about that may change what is read, decided or written."""

ELSEWHERE = re.compile(
    r"adaptive|arrow|avro|bloom|bucket|cli|codegen|connect|hive|jdbc|optimizer|orc|pandas|pyspark|streaming"
)
"""What we do not use, or what makes Spark slower and nothing else."""

BY_HAND = {
    "spark.sql.session.timeZone": "America/New_York",
    "spark.sql.shuffle.partitions": "7",
    "spark.sql.files.maxPartitionBytes": "50000",
    "spark.sql.files.openCostInBytes": "1",
    "spark.sql.files.maxRecordsPerFile": "200",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.csv.filterPushdown.enabled": "false",
    "spark.sql.parquet.columnarReaderBatchSize": "3",
    "spark.sql.codegen.maxFields": "5",
    "spark.sql.sources.commitProtocolClass": "org.apache.spark.internal.io.HadoopMapReduceCommitProtocol",
}
"""Settings that are neither boolean nor of a list, and a value from outside."""


HADOOP = {
    "mapreduce.fileoutputcommitter.marksuccessfuljobs": "true",
    "parquet.summary.metadata.level": "ALL",
    "io.compression.codecs": "org.apache.hadoop.io.compress.BZip2Codec",
    "mapreduce.input.linerecordreader.line.maxlength": "100",
}
"""Hadoop's, likewise."""


def result_of(lake: LakeFolder) -> dict[str, Any]:
    """Runs both jobs from nothing. What is published, in which types, and what is said of it."""
    for sample in make_samples(lake.raw, layouts=LAYOUTS):
        if sample.layout == "C1":
            packed = sample.path.with_suffix(".csv.gz")
            packed.write_bytes(gzip.compress(sample.path.read_bytes(), 1))
            sample.path.unlink()
    trips, rides = lake.trips(), lake.rides(*lake.further_options)
    found: dict[str, Any] = {"status": (trips.status, rides.status), "errors": trips.errors + rides.errors}
    for job, ran in (("trips", trips), ("rides", rides)):
        if ran.out:
            found[job] = {name: value for name, value in ran.counts.items() if name not in ("run", "tables")}
    for root, key, home in (
        (lake.transformed, "files", lake.transformed),
        (lake.quarantine, "quarantine_files", lake.transformed),
        (lake.aggregates, "files", lake.aggregates),
        (lake.hours, "files", lake.hours),
    ):
        files = [str(root / file["path"]) for receipt in receipts(home).values() for file in receipt[key]]
        found[f"rows {root.name} {key}"] = rows_of(files)
        found[f"types {root.name} {key}"] = {str(pq.ParquetFile(file).schema).partition("\n")[2] for file in files}
    return found


@contextmanager
def outside(spark: "SparkSession", settings: Mapping[str, str]) -> Iterator[None]:
    """These settings as a platform would have set them before our session is made."""
    before: dict[str, str | None] = {name: spark.conf.get(name, None) for name in settings}
    hadoop = spark.sparkContext._jsc.hadoopConfiguration()
    try:
        for name, value in settings.items():
            spark.conf.set(name, value)
        for name, value in HADOOP.items():
            hadoop.set(name, value)
        yield
    finally:
        for name, old in before.items():
            if old is None:
                spark.conf.unset(name)
            else:
                spark.conf.set(name, old)
        for name, value in HADOOP_SETTINGS.items():
            hadoop.set(name, value)


def culprits(spark: "SparkSession", folder: Path, settings: Mapping[str, str], expected: dict[str, Any]) -> list[str]:
    """The settings of some that change a result, with what is no longer the same."""
    folder.mkdir()
    with outside(spark, settings):
        found = result_of(LakeFolder(folder / "lake"))
    changed = [name for name in expected if found.get(name) != expected[name]]
    if not changed:
        return []
    names = sorted(settings)
    if len(names) == 1:
        return [f"{names[0]}={settings[names[0]]} changes {', '.join(changed)}: {found['errors']}"]
    half = len(names) // 2
    found_in = []
    for some in (names[:half], names[half:]):
        found_in += culprits(spark, folder / some[0], {name: settings[name] for name in some}, expected)
    return found_in or [f"{names} together change {changed}: {found['errors']}"]


def test_no_setting_changes_a_result(spark, tmp_path: Path):
    expected = result_of(LakeFolder(tmp_path / "ours"))
    assert expected["status"] == (0, 0)
    settings = {**dict(other_values(spark)), **BY_HAND}
    assert len(settings) > 100
    assert culprits(spark, tmp_path / "outside", settings, expected) == []


def other_values(spark: "SparkSession") -> Iterator[tuple[str, str]]:
    """Each setting of Spark SQL that can be changed while it runs and is boolean or of a list, with another value.

    Spark keeps the list of all to itself; `SET -v` leaves out those that it calls internal.
    """
    internal: Any = spark._jvm
    registry = getattr(internal.org.apache.spark.sql.internal, "SQLConf$")
    entries = getattr(registry, "MODULE$").getConfigEntries().toArray()
    for name in sorted(entry.key() for entry in entries):
        if name in BY_HAND or not TOUCHES.search(name) or ELSEWHERE.search(name) or not spark.conf.isModifiable(name):
            continue
        try:
            value = spark.conf.get(name)
        except Exception:  # one without a value
            continue
        if value in ("true", "false"):
            yield name, "false" if value == "true" else "true"
            continue
        for choice in choices(spark, name):
            if choice != value:
                yield name, choice
                break


def choices(spark: "SparkSession", name: str) -> list[str]:
    """The values of a setting, as Spark lists them to who gives another."""
    try:
        spark.conf.set(name, "~")
    except Exception as error:
        listed = re.search(r"should be one of (.+?),? (?:but was|SQLSTATE)", str(error))
        return re.findall(r"[\w-]+", listed[1]) if listed else []
    spark.conf.unset(name)
    return []
