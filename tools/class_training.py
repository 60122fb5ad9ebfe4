"""Runs both jobs and the summary on samples, in one JVM, so that it loads the classes that runs need.

For tools/make_class_archive.sh: `spark-submit tools/class_training.py FOLDER`.
"""

import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # data_samples is not installed

from data_samples.samples import make_samples  # noqa: E402  # needs the path

MONTHS = "2020-03,2025-11"  # one file in CSV, with lines of every kind, and one in Parquet


def run(script: Path, *options: str) -> None:
    """A script with its options, in this process.

    Raises:
        SystemExit: It failed.
    """
    sys.argv = [str(script), *options]
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as end:
        if end.code:
            raise


def main(folder: Path) -> None:
    """Makes the samples in a folder, and runs everything over them."""
    make_samples(folder / "raw" / "green")
    lake = ("--lake", str(folder))
    run(ROOT / "glue" / "nyc_raw_to_transform.py", *lake, "--months", MONTHS)
    run(ROOT / "emr" / "nyc_aggregations.py", *lake)
    run(ROOT / "lake" / "__main__.py", "summary", *lake)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
