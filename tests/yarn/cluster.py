"""A YARN of one node on this machine: Hadoop's own ResourceManager and NodeManager, in a JVM of their own, on loopback only.

It stands for a cluster of EMR's with one m7g.xlarge. What EMR's instances give a job comes from its configuration: where S3 is
and with which keys, to Hadoop by core-site.xml, to boto3 by the variables of its containers. There is no region among them.
"""

import os
import re
import subprocess
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyspark
from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway

from tests.java import java_home

ROOT = Path(__file__).parents[2]
SPARK = Path(pyspark.__file__).parent
LINE = ".".join(version("pyspark").split(".")[:2])
NODE = {"yarn.nodemanager.resource.memory-mb": "12288", "yarn.nodemanager.resource.cpu-vcores": "4"}
YARN = {
    **NODE,
    "yarn.minicluster.yarn.nodemanager.resource.memory-mb": NODE["yarn.nodemanager.resource.memory-mb"],
    "yarn.scheduler.minimum-allocation-mb": "32",
    "yarn.scheduler.maximum-allocation-mb": NODE["yarn.nodemanager.resource.memory-mb"],
    "yarn.scheduler.capacity.root.queues": "default",
    "yarn.scheduler.capacity.root.default.capacity": "100",
    "yarn.nodemanager.vmem-check-enabled": "false",  # a JVM reserves more than it takes
    "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": "100",
}
DRIVER = "_000001"
SMALL = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # as tests/conftest.py
WITHIN = 500.0  # seconds for an application
PYTHON = "PYSPARK_PYTHON"


@dataclass(frozen=True)
class Application:
    """An application of YARN's that has ended.

    Attributes:
        status: Of spark-submit.
        said: By spark-submit.
        logs: Of the node.
    """

    status: int
    said: str
    logs: Path

    @cached_property
    def exit_code(self) -> int:
        """That which YARN's application master gave it last."""
        return int(re.findall(r"Final app status: \w+, exitCode: (\d+)", self.driver)[-1])

    @cached_property
    def containers(self) -> dict[str, str]:
        """What each container had to say, by its number: attempt and container, as in 01_000001."""
        [name] = set(re.findall(r"application_\d+_\d+", self.said))
        return {
            folder.name[-len("01_000001") :]: "".join(
                (folder / log).read_text() for log in ("stdout", "stderr") if (folder / log).exists()
            )
            for folder in sorted((self.logs / name).iterdir())
        }

    @property
    def driver(self) -> str:
        """What the driver said, in all attempts."""
        return "".join(text for name, text in self.containers.items() if name.endswith(DRIVER))

    @property
    def words(self) -> str:
        """The script's own, for a test that fails."""
        return self.driver[:4000]

    @property
    def attempts(self) -> int:
        """How often YARN ran it."""
        return sum(name.endswith(DRIVER) for name in self.containers)

    @property
    def executors(self) -> list[str]:
        """What the executors said, each a process in a folder of its own."""
        return [text for name, text in self.containers.items() if not name.endswith(DRIVER)]


class Cluster:
    """A running cluster, on whose only node programs are started as `command-runner.jar` does."""

    def __init__(self, folder: Path, java: Path, logs: Path, pid: int) -> None:
        self.folder, self._java, self._logs, self.pid = folder, java, logs, pid

    def configure(self, classifications: Sequence[Mapping[str, Any]]) -> None:
        """Takes on what RunJobFlow says in `Configurations`, on top of what EMR itself says to Spark."""
        given = {entry["Classification"]: entry for entry in classifications}
        assert given.keys() == {"spark-env"}, given
        [export] = given["spark-env"]["Configurations"]
        assert export["Properties"].keys() == {PYTHON}, export
        python = self.folder / "python"
        venv.create(
            python, with_pip=False, symlinks=True
        )  # nothing is installed in it: no pyspark, no boto3, nothing of ours
        jars = [f"local:{SPARK}/jars/*", f"local:{ROOT}/.cache/s3-jars/{LINE}/jars/*"]
        settings = {
            "spark.master": "yarn",
            "spark.dynamicAllocation.enabled": "true",
            "spark.yarn.jars": ",".join(jars),
            "spark.yarn.stagingDir": self.folder.as_uri(),
            "spark.driver.extraJavaOptions": SMALL,
            "spark.executor.extraJavaOptions": SMALL,
            "spark.yarn.appMasterEnv.SPARK_LOCAL_IP": "127.0.0.1",  # executors are given the driver's SPARK_*
            "spark.ui.enabled": "false",
        }
        spark = self.folder / "spark"
        spark.mkdir()
        (spark / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        (spark / "spark-env.sh").write_text(f"export {PYTHON}={python}/bin/python\nexport SPARK_LOCAL_IP=127.0.0.1\n")

    def run(self, command: Sequence[str]) -> Application:
        """Runs a spark-submit to its end, in an environment that holds nothing of the test's."""
        program, *arguments = command
        assert program == "spark-submit"
        environment = {
            "PATH": os.defpath,
            "JAVA_HOME": str(self._java),
            "HOME": str(self.folder),
            "HADOOP_CONF_DIR": str(self.folder / "hadoop"),
            "SPARK_CONF_DIR": str(self.folder / "spark"),
            "SPARK_DIST_CLASSPATH": f"{ROOT}/.cache/s3-jars/{LINE}/jars/*",
            "SPARK_SUBMIT_OPTS": SMALL,
        }
        ran = subprocess.run(
            [SPARK / "bin" / program, *arguments],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=WITHIN,
            check=False,
        )
        return Application(ran.returncode, ran.stdout, self._logs)


def write_site(path: Path, settings: Mapping[str, str]) -> None:
    """Writes one of Hadoop's files."""
    entries = "".join(
        f"<property><name>{name}</name><value>{escape(value)}</value></property>\n" for name, value in settings.items()
    )
    path.write_text(f"<configuration>\n{entries}</configuration>\n")


def core_site(account: Mapping[str, str]) -> dict[str, str]:
    """Where S3 is, in the place of what EMR's Hadoop knows."""
    return {
        **{f"fs.{scheme}.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem" for scheme in ("s3", "s3a")},
        "fs.s3a.endpoint": account["AWS_ENDPOINT_URL"],
        "fs.s3a.path.style.access": "true",
        "fs.s3a.connection.ssl.enabled": "false",
        "fs.s3a.access.key": account["AWS_ACCESS_KEY_ID"],
        "fs.s3a.secret.key": account["AWS_SECRET_ACCESS_KEY"],
    }


def container_variables(account: Mapping[str, str]) -> str:
    """Those of each container, in the place of what an instance tells boto3: its role, but no region."""
    given = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    return ",".join(f"{name}={account[name]}" for name in given)


@contextmanager
def started(folder: Path, account: Mapping[str, str]) -> Iterator[Cluster]:
    """A cluster that lives in a folder and has an account for S3 and for Glue's catalog.

    Args:
        folder: A new one.
        account: The variables by which boto3 finds the account.
    """
    java = java_home()
    assert java is not None
    hadoop = folder / "hadoop"
    hadoop.mkdir(parents=True)
    write_site(hadoop / "core-site.xml", core_site(account))
    with (folder / "yarn.log").open("w") as log:
        port, process = launch_gateway(
            classpath=os.pathsep.join(
                [*map(str, (ROOT / ".cache/yarn-jars" / LINE / "jars").glob("*.jar")), f"{SPARK}/jars/*"]
            ),
            jarpath=str(next((SPARK / "jars").glob("py4j*.jar"))),
            java_path=str(java / "bin" / "java"),
            javaopts=[
                *SMALL.split(),
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                f"-Dtest.build.data={folder}/yarn",
            ],
            die_on_exit=True,
            redirect_stdout=log,
            redirect_stderr=log,
            return_proc=True,
        )
        gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port))
        try:
            site = gateway.jvm.org.apache.hadoop.yarn.conf.YarnConfiguration()
            for name, value in {**YARN, "yarn.nodemanager.admin-env": container_variables(account)}.items():
                site.set(name, value)
            yarn = gateway.jvm.org.apache.hadoop.yarn.server.MiniYARNCluster("test", 1, 1, 1)
            yarn.init(site)
            yarn.start()
            write = gateway.jvm.java.io.FileOutputStream(str(hadoop / "yarn-site.xml"))
            yarn.getConfig().writeXml(write)
            write.close()
            [logs] = Path(yarn.getTestWorkDir().getPath()).glob("*-logDir-*")
            yield Cluster(folder, java, logs, process.pid)
            yarn.stop()
        finally:
            gateway.shutdown()
            process.stdin.close()
            process.terminate()
            process.wait()
