"""`python -m schemas docs` writes docs/data-dictionary.md."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from schemas.dictionary import data_dictionary

PAGE = Path(__file__).parents[1] / "docs" / "data-dictionary.md"


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes the page.

    Args:
        arguments: The command line without the program.
    """
    parser = argparse.ArgumentParser(prog="python -m schemas", description=__doc__)
    parser.add_argument("command", choices=["docs"])
    parser.parse_args(arguments)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(data_dictionary(), encoding="utf-8")


if __name__ == "__main__":
    main()
