"""Looks at the local account from a shell that has its variables (`make ui` names the file): no AWS CLI, no psql needed.

python -m demo.aws query SQL       asks Redshift
python -m demo.aws put PATH ...    puts files, or the files of folders, where the raw files lie
python -m demo.aws list NAME       lists a location of the variable green_taxi: raw, transformed, aggregates, ...
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from demo.installation import Lake
from lake.errors import escaped
from lake.terminal import printable

VARIABLE = "AIRFLOW_VAR_GREEN_TAXI"


def main() -> int:
    """Does what the words say; returns the exit status."""
    text = __doc__ or ""
    parser = argparse.ArgumentParser(
        prog="python -m demo.aws", description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["query", "put", "list"])
    parser.add_argument("words", nargs="+", metavar="SQL | PATH | NAME")
    options = parser.parse_args()
    if VARIABLE not in os.environ:
        parser.error("the account's variables are not set: read the file that `make ui` names, with `. FILE`")
    lake = Lake(json.loads(os.environ[VARIABLE]))
    try:
        for line in run(lake, options.command, options.words):
            print(line, flush=True)
    except (BotoCoreError, ClientError, RuntimeError, OSError, KeyError) as error:
        print(f"error: {printable(str(error))}", file=sys.stderr)
        return 1
    return 0


def run(lake: Lake, command: str, words: list[str]) -> Iterator[str]:
    """The lines that a command prints, each when it is true; whatever is shown has its control characters written out.

    Raises:
        OSError: A file cannot be read.
        RuntimeError: Redshift refused.
        KeyError: The variable names no such location.
    """
    if command == "query":
        for row in lake.query(" ".join(words)):
            yield "\t".join("" if cell is None else escaped(str(cell)) for cell in row)
    elif command == "list":
        yield from (escaped(line) for name in words for line in lake.objects(name))
    else:
        given = [Path(word) for word in words]
        files = [file for path in given for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
        yield from (escaped(lake.put(file)) for file in files)


if __name__ == "__main__":
    sys.exit(main())
