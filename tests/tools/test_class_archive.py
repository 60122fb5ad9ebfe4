"""When an archive of shared classes is valid, by files that only look like one; and how Spark runs with it and without."""

import json
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.lakes import ROOT
from tests.jobs.processes import run

PROBE = ROOT / "tests" / "tools" / "probe.py"
FUNCTIONS = ROOT / "tools" / "class_archive.sh"


class Installed:
    """A virtual environment with an archive, a Java and Spark's jars: empty files."""

    def __init__(self, base: Path) -> None:
        self.java, self.spark, self.venv = base / "jdk-17" / "bin" / "java", base / "spark", base / "venv"
        self.folder = self.venv / "class-archives" / "jdk-17"
        self.archive, self.jar = self.folder / "spark.jsa", self.spark / "jars" / "a.jar"
        self.modules = base / "jdk-17" / "lib" / "modules"
        for file in (self.java, self.modules, self.modules.parent / "server" / "libjvm.so", self.jar, self.archive):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(file.name)
        (self.folder / "stamp").write_text(
            self._bash(f'class_archive_stamp "{self.folder}" "{self.java}" "{self.spark}"')
        )

    def option(self) -> str:
        """The option for the JVM; empty if there is no valid archive."""
        return self._bash(f'class_archive_option "{self.venv}" "{self.java}" "{self.spark}" || true').strip()

    def _bash(self, command: str) -> str:
        script = f'. "{FUNCTIONS}"; {command}'
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return done.stdout


def older(file: Path) -> None:
    os.utime(file, (1, 1))


CHANGES: dict[str, Callable[[Installed], object]] = {
    "cut off": lambda all: all.archive.write_text("spark"),
    "written over": lambda all: older(all.archive),
    "gone": lambda all: all.archive.unlink(),
    "never completed": lambda all: (all.folder / "stamp").unlink(),
    "another Java": lambda all: all.modules.write_text("Java 17.0.18"),
    "a jar with another time": lambda all: older(all.jar),
    "a jar with another size": lambda all: all.jar.write_text("another jar"),
    "a jar more": lambda all: (all.jar.parent / "b.jar").touch(),
    "another archive below": lambda all: (all.folder / "base.jsa").touch(),
}


def test_a_valid_archive_is_named(tmp_path):
    installed = Installed(tmp_path)
    assert installed.option() == f"-XX:SharedArchiveFile={installed.archive}"


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_archive_that_does_not_fit_or_is_not_whole_is_left_out(change, tmp_path):
    installed = Installed(tmp_path)
    change(installed)
    assert installed.option() == ""


def probe(folder: Path, *options: str, archives: str = "") -> tuple[dict[str, Any], bool]:
    """A run by spark-submit, as a user starts one: what it says of itself, and whether Spark's classes came from an archive."""
    log = folder / "classes"
    ran = run(
        [f"{sysconfig.get_path('scripts')}/spark-submit", *options, str(PROBE)],
        PYTHONPATH=str(ROOT),
        SPARK_SUBMIT_OPTS=f"-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xlog:class+load:file={log}",
        GREEN_CLASS_ARCHIVES=archives,
    )
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.count("\n") == 1, ran.out  # neither Spark nor the JVM has a word in it
    (source,) = re.findall(r" org\.apache\.spark\.SparkContext source: (\S+)", log.read_text())
    return json.loads(ran.out), source == "shared"


@pytest.fixture
def archive(spark) -> Path:
    """The one that the session of the tests was started with."""
    options = spark._jvm.java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments()
    (option,) = [option for option in options if option.startswith("-XX:SharedArchiveFile=")]
    return Path(option.partition("=")[2].rpartition(":")[2])


@pytest.mark.spark
class TestWithSpark:
    def test_spark_starts_with_the_archive_of_its_environment_quietly_and_with_our_settings(self, tmp_path):
        told, is_shared = probe(tmp_path)
        assert is_shared
        assert told["ui"] == "false"

    def test_a_run_goes_on_quietly_without_an_archive_that_is_cut_off(self, archive, tmp_path):
        """With it, the JVM would be killed: the session of the tests has the whole one."""
        copy = tmp_path / "archives" / archive.parent.name
        shutil.copytree(archive.parent, copy)
        (copy / archive.name).chmod(0o600)
        os.truncate(copy / archive.name, archive.stat().st_size // 2)
        _, is_shared = probe(tmp_path, archives=str(copy.parent))
        assert not is_shared

    @pytest.mark.parametrize(
        "setting",
        [
            pytest.param("spark.driver.extraJavaOptions=-XX:-UseCompressedOops", id="as with a heap of 32 GB"),
            pytest.param(f"spark.driver.extraClassPath={ROOT / 'conf'}", id="a folder before the jars"),
        ],
    )
    def test_a_run_goes_on_quietly_where_the_jvm_cannot_take_it(self, setting, tmp_path):
        _, is_shared = probe(tmp_path, "--conf", setting)
        assert not is_shared
