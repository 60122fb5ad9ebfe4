"""`python -m data_samples.defects_page` writes docs/defects.md, from the table of defects."""

from pathlib import Path

from data_samples.defects import GROUPS, PUBLISHED, SKIPPED, Defect
from schemas.flags import FLAGS
from schemas.reasons import Reason, RefusalCode

PAGE = Path(__file__).parents[1] / "docs" / "defects.md"
_WORDS = {PUBLISHED: "published", SKIPPED: "skipped, but recorded"}
_CODES = {
    "flagged": tuple(flag.name for flag in FLAGS),
    "quarantined": tuple(Reason),
    "refused": tuple(RefusalCode),
}


def defects_page() -> str:
    """The whole page, as Markdown."""
    parts = [
        "<!-- Made from data_samples/defects.py by `make docs`; a test compares. Change the table, not this page. -->",
        "# Defects",
        "What can be wrong with a raw file, and what becomes of it. *published*: read as it is meant. *flagged*: the trip is "
        "kept and marked. *quarantined*: the line is not a trip, and is kept with its reasons. *refused*: nothing of the file is "
        "published, and the month keeps the version it has. *skipped*: left out, and counted or named. Where there are "
        "several fates, each is that of some of its lines. What flags, reasons and codes mean: "
        "[data dictionary](data-dictionary.md). `pytest tests/bad_inputs -k KEY` runs the tests of those that are one file.",
    ]
    for title, group in GROUPS.items():
        rows = [f"| `{defect.key}` | {defect.doc} | {fate_of(defect)} |" for defect in group]
        parts += [f"## {title}", "\n".join(["| key | defect | fate |", "| --- | --- | --- |", *rows])]
    return "\n\n".join(parts) + "\n"


def fate_of(defect: Defect) -> str:
    """The fates in words."""
    told = [word for fate, word in _WORDS.items() if fate in defect.fates]
    for verb, codes in _CODES.items():
        found = [f"`{fate}`" for fate in defect.fates if fate in codes]
        told += [f"{verb}: {', '.join(found)}"] if found else []
    return "; ".join(told)


def main() -> None:
    """Writes the page."""
    PAGE.write_text(defects_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
