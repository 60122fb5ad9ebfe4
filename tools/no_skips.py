"""Fails when a test was skipped without leave, or when none ran: tools/no_skips.py junit.xml..."""

import sys
import xml.etree.ElementTree as ET
from fnmatch import fnmatch

# "module::test" pattern -> why it may be skipped where CI runs.
ALLOWED: dict[str, str] = {}


def skipped(path: str) -> tuple[int, list[str]]:
    """The number of tests that ran in one report, and a line for each skip that is not allowed."""
    cases = list(ET.parse(path).iter("testcase"))
    lines = []
    ran = 0
    for case in cases:
        name = f"{case.get('classname')}::{case.get('name')}"
        mark = case.find("skipped")
        if mark is None or mark.get("type") == "pytest.xfail":
            ran += 1
        elif not any(fnmatch(name, pattern) for pattern in ALLOWED):
            lines.append(f"{path}: skipped {name}: {mark.get('message')}")
    return ran, lines


def main(paths: list[str]) -> int:
    """Reports on standard output; 1 if a report is not clean."""
    clean = True
    for path in paths:
        ran, lines = skipped(path)
        print(*lines, f"{path}: {ran} tests ran, {len(lines)} were skipped without leave", sep="\n")
        clean = clean and ran > 0 and not lines
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
