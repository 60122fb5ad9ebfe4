"""The table of defects against what uses it: the recipes of the samples, and the tests of bad inputs."""

import re
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from random import Random

from data_samples.bad import BAD_BYTES, BAD_IN_PARQUET, BAD_VALUES, BROKEN, Bad, Broken
from data_samples.defects import BY_KEY, DEFECTS, PUBLISHED, SKIPPED
from data_samples.defects_page import PAGE, defects_page, fate_of
from data_samples.flagged import FLAGGED, FlaggedTrip
from data_samples.periods import PERIODS
from data_samples.rows import dispatched, street_hail
from data_samples.spelled import SPELLED
from schemas import flags
from tests.bad_inputs.cases import Case
from tests.bad_inputs.file_cases import CONTENT
from tests.bad_inputs.row_cases import LINES

TESTS = Path(__file__).parents[1]
BAD: tuple[Bad | Broken, ...] = (*BROKEN, *BAD_BYTES, *BAD_VALUES, *BAD_IN_PARQUET)
ONE_FILE = (*CONTENT, *LINES)
# Times of other months and totals that no longer fit come along with what a case is about.
INCIDENTAL = {PUBLISHED, flags.PICKUP_OUTSIDE_MONTH, flags.TOTAL_MISMATCH}


def test_the_committed_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == defects_page(), "run `make docs` and commit the page"


def test_a_key_is_a_word_and_stands_once():
    assert len(BY_KEY) == len(DEFECTS)
    assert [key for key in BY_KEY if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key)] == []
    assert [defect.key for defect in DEFECTS if not fate_of(defect)] == []


def test_every_defect_is_made_and_every_one_made_is_in_the_table():
    recipes = {bad.defect for bad in BAD} | {trip.defect for trip in FLAGGED} | {field.defect for field in SPELLED}
    cases = {case.defect for case in ONE_FILE}
    texts = {file: file.read_text(encoding="utf-8") for file in TESTS.rglob("test_*.py")}
    tested = {key for text in texts.values() for key in re.findall(r'\bmark\.defect\("([^"]+)"\)', text)}
    several_files = "\n".join(text for file, text in texts.items() if file.parent.name == "bad_inputs")
    tested |= set(re.findall(r'\bCase\("([^"]+)"', several_files))
    assert recipes | cases | tested == set(BY_KEY)


def test_no_two_cases_have_a_defect():
    """Their keys are the names of the tests."""
    keys = [case.defect for case in ONE_FILE]
    assert sorted(keys) == sorted(set(keys))


def test_the_fates_are_those_that_recipes_and_cases_expect():
    made: dict[str, set[str]] = defaultdict(set)
    for case in ONE_FILE:
        made[case.defect] |= _fates_of(case)
    for bad in BAD:
        made[bad.defect] |= set(bad.reasons)
    for spelled in SPELLED:
        made[spelled.defect] |= set(spelled.flags) or {PUBLISHED}
    for flagged in FLAGGED:
        made[flagged.defect] |= _flags_of(flagged)
    for key, fates in made.items():
        told = set(BY_KEY[key].fates)
        assert told <= fates <= told | INCIDENTAL, key


def _fates_of(case: Case) -> set[str]:
    if case.refused:
        return {case.refused}
    fates = {SKIPPED} if case.blanks or case.headers > 1 or case.beside else set()
    fates |= {code for line in case.lines for code in (*line.reasons, *line.flags)}
    return fates | {PUBLISHED}


def _flags_of(recipe: FlaggedTrip) -> set[str]:
    """Flags of what the recipe makes of an ordinary trip that has none."""
    fates = {PUBLISHED}
    for period in PERIODS:
        if recipe.fits(period):
            make = dispatched if recipe.of_dispatched else street_hail
            row = make(Random(1), period, period.start + timedelta(days=2))
            fates |= {flag for made in recipe.make(row, period) for flag in made.flags - row.flags}
    return fates
