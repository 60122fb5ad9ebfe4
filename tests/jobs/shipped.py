"""The jobs as Glue and EMR get them: the zip and the two scripts, where nothing else of the repository is to be seen."""

import shutil
import stat
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.jobs.lakes import EMR, GLUE, ROOT
from tests.jobs.processes import run_python


def packed(folder: Path, root: Path = ROOT) -> Path:
    """The zip that tools/package.py makes."""
    ran = run_python([str(root / "tools" / "package.py"), str(folder)], cwd=root)
    assert (ran.status, ran.err) == (0, "")
    return Path(ran.out.strip())


@dataclass(frozen=True)
class Shipment:
    """A folder that holds both scripts, and the zip beside it."""

    folder: Path
    package: Path

    @classmethod
    def to(cls, folder: Path) -> "Shipment":
        """Packs the zip, copies the scripts, and makes a Python that has the installed packages, but not this project."""
        folder.mkdir()
        for script in (GLUE, EMR):
            shutil.copy(script, folder)
        python = folder / "python"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
        python.chmod(python.stat().st_mode | stat.S_IXUSR)
        return cls(folder, packed(folder.with_name(f"{folder.name}-zip")))

    def command(self, script: str, settings: Mapping[str, str]) -> list[str]:
        """The command that submits a script; its options follow."""
        command = [f"{sysconfig.get_path('scripts')}/spark-submit", "--py-files", str(self.package)]
        for name, value in settings.items():
            command += ["--conf", f"{name}={value}"]
        return [*command, Path(script).name]

    @property
    def environment(self) -> dict[str, str]:
        """What its Python needs: `-S` leaves the packages out, and with them the editable install."""
        return {"PYSPARK_PYTHON": str(self.folder / "python"), "PYTHONPATH": sysconfig.get_path("purelib")}
