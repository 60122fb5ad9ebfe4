"""Lays out a dags folder for Airflow: the DAGs, the SQL, the packages that tasks import, and the artifacts to deploy.

    python -m tools.stage_airflow TARGET

Airflow parses the two DAG files only; the rest lies next to them and is used when a task runs.
"""

import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from tools import libraries
from tools.package import build

ROOT = Path(__file__).resolve().parent.parent
DAGS = ("data_pipeline.py", "deploy_entrypoints.py")
SCRIPTS = ("glue/nyc_raw_to_transform.py", "emr/nyc_aggregations.py")
PACKAGE = Path("artifacts", "nyc-green-taxi.zip")
LIBRARIES = Path("artifacts", "libraries.zip")


def stage(target: Path) -> None:
    """Puts everything into `target`, in the place of what an earlier call put there.

    The new folder is made next to it and takes its place by renaming, so that no task sees half of it.

    Raises:
        FileExistsError: The folder holds something else.
    """
    if target.exists() and any(target.iterdir()) and not (target / PACKAGE).exists():
        raise FileExistsError(f"{target} holds something that was not laid out by this: name another folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as beside:
        new = Path(beside, "new")
        new.mkdir()
        fill(new)
        if target.exists():
            target.rename(Path(beside, "old"))
        new.rename(target)


def fill(folder: Path) -> None:
    """Copies everything into an empty folder."""
    for source in sorted((ROOT / "airflow" / "dags").glob("*.py")):
        shutil.copy(source, folder)
    shutil.copytree(ROOT / "redshift", folder / "redshift")
    package = folder / PACKAGE
    package.parent.mkdir()
    for script in SCRIPTS:
        shutil.copy(ROOT / script, package.parent)
    build(package.parent).rename(package)
    (folder / LIBRARIES).write_bytes(libraries.packed())
    with zipfile.ZipFile(package) as archive:  # the tasks' lake is the jobs' lake
        archive.extractall(folder)
    others = sorted(path.name for path in folder.iterdir() if path.name not in DAGS)
    (folder / ".airflowignore").write_text("".join(f"/{name}\n" for name in others))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        stage(Path(sys.argv[1]).resolve())
    except FileExistsError as error:
        sys.exit(f"error: {error}")
