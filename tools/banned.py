"""Fails on what must not be committed.

DataFrame.show and .rdd outside tests; files over 500 kB; in formulas, what an engine reads otherwise than Spark: docs/engines.md.
"""

import re
import sys
from pathlib import Path

LIMIT = 500_000  # bytes; the largest sample is far smaller
# `show` prints a sample and hides an action; `rdd` leaves the optimiser (and Spark Connect has none).
BANNED = re.compile(r"\.show\(|\.rdd\b")

# By what is wrong, how it is written. `tests/transforms/test_plans.py` looks for casts, whose types no text shows.
IN_FORMULAS = {
    "a possessive quantifier but *+ is a repeat of a repeat to an automaton": r"[}?+]\+(?![+=])",
    "an automaton looks neither ahead nor behind": r"\(\?<?[=!]",
    "(?d) is Java's: write \\z for the end": r"\(\?d\)",
    "$ may be a place before a last line end: write \\z": r"\$[\"']",
    "the engine tells a row's file: take source_file": r"input_file_name|_metadata",
    "before 1970 an engine has Sundays of its own: count from a Monday": r"\bweekday\(",
}


RULES = Path("schemas", "flags.py")  # what it declares is a formula


def problems(path: Path) -> list[str]:
    """A line for each problem in one file."""
    found = []
    if path.stat().st_size > LIMIT:
        found.append(f"{path}: {path.stat().st_size} bytes, the limit is {LIMIT}")
    if path.suffix == ".py" and path.parts[0] not in {"tests", "tools"}:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if BANNED.search(line):
                found.append(f"{path}:{number}: no .show( and no .rdd: {line.strip()}")
            for why, pattern in IN_FORMULAS.items() if path.parts[0] == "transforms" or path == RULES else ():
                if re.search(pattern, line.partition("#")[0]):
                    found.append(f"{path}:{number}: {why}: {line.strip()}")
    return found


if __name__ == "__main__":
    lines = [line for name in sys.argv[1:] if Path(name).is_file() for line in problems(Path(name))]
    print(*lines, sep="\n", end="\n" if lines else "")
    sys.exit(1 if lines else 0)
