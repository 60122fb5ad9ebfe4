"""Which environment of this repository stands for a version of Glue or a release of EMR."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Runtime:
    """A Spark that Glue and EMR have in common."""

    spark: str
    venv: str  # of the repository
    setup: str  # the make targets that set it up

    def python(self, root: Path) -> Path:
        """Its interpreter."""
        return root / self.venv / "bin" / "python"

    def spark_submit(self, root: Path) -> Path:
        """Its spark-submit."""
        return root / self.venv / "bin" / "spark-submit"

    def s3_jars(self, root: Path) -> list[Path]:
        """What it needs for s3://."""
        line = self.spark.rpartition(".")[0]
        return sorted((root / ".cache" / "s3-jars" / line / "jars").glob("*.jar"))

    def missing(self, root: Path) -> str:
        """What must be done before it can run, or an empty text."""
        if self.spark_submit(root).exists() and self.s3_jars(root):
            return ""
        return f"Spark {self.spark} is not set up on this machine: run `make {self.setup}`"


CURRENT = Runtime("4.1.1", ".venv", "s3-jars")
PREVIOUS = Runtime("3.5.6", ".venv-previous", "s3-jars-previous")

GLUE = {"6.0": CURRENT, "5.1": PREVIOUS, "auto": CURRENT}
GLUE_DEFAULT = "6.0"  # what AWS takes where CreateJob names none
EMR = {"emr-spark-8.1.0": CURRENT, "emr-7.13.0": PREVIOUS}


def problem_with_glue(version: str, root: Path) -> str:
    """Why a job of this GlueVersion cannot run here, or an empty text."""
    if version not in GLUE:
        return f"GlueVersion {version!r} is not known here: there are {', '.join(sorted(GLUE))}"
    missing = GLUE[version].missing(root)
    return missing and f"GlueVersion {version}: {missing}"


def problem_with_emr(label: str | None, root: Path) -> str:
    """Why a cluster of this release cannot run here, or an empty text."""
    if label not in EMR:
        known = ", ".join(sorted(EMR))
        return f"The supplied release label is invalid: {label}. Releases known here: {known}"
    missing = EMR[label].missing(root)
    return missing and f"ReleaseLabel {label}: {missing}"
