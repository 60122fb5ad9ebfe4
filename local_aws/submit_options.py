"""Reads the command line of spark-submit as it was written for a cluster."""

from collections.abc import Sequence
from dataclasses import dataclass, field

FLAGS = {"--verbose", "-v", "--supervise"}
MODE = "--deploy-mode"
OF_THE_CLUSTER = {"--master"}  # here the one machine is all
ARCHIVES = "--archives"
FILES = {"--py-files", "--jars", "--files", ARCHIVES}
MEMORY = {"--driver-memory": "spark.driver.memory"}
REFUSED = {"--properties-file": "give its settings by --conf", "--class": "local_aws runs Python scripts only"}
REFUSED |= {"--packages": "a job here has no network", "--kill": "local_aws has no such thing"}


@dataclass(frozen=True)
class SubmitOptions:
    """What a spark-submit asks for; `in_cluster`: that its driver, too, runs on the cluster, in a container."""

    script: str
    arguments: list[str]
    settings: dict[str, str] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    in_cluster: bool = False


def read(arguments: Sequence[str]) -> SubmitOptions:
    """Reads the options up to the script, which is the first that is none.

    Args:
        arguments: What follows `spark-submit`.

    Raises:
        ValueError: There is no script, a value is missing, or an option means nothing here.
    """
    settings: dict[str, str] = {}
    files: dict[str, list[str]] = {}
    flags: list[str] = []
    mode = "client"
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        name, equals, value = rest.pop(0).partition("=")
        if name in FLAGS:
            flags.append(name)
            continue
        if not equals and not rest:
            raise ValueError(f"{name} needs a value")
        value = value if equals else rest.pop(0)
        if name in REFUSED:
            raise ValueError(f"{name}: {REFUSED[name]}")
        if name in ("--conf", "-c"):
            setting, _, text = value.partition("=")
            settings[setting] = text
        elif name in MEMORY:
            settings[MEMORY[name]] = value
        elif name in FILES:
            files[name] = [uri.strip() for uri in value.split(",") if uri.strip()]
        elif name == MODE:
            mode = value
        elif name not in OF_THE_CLUSTER:
            flags += [name, value]
    if not rest:
        raise ValueError("no script is named")
    mode = settings.get("spark.submit.deployMode", mode)
    return SubmitOptions(rest[0], rest[1:], settings, files, flags, mode == "cluster")
