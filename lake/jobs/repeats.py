"""Finds the months in which trips are repeated: first by estimates, and only where these say so by counting."""

from collections.abc import Mapping
from dataclasses import dataclass

from lake.engines import Engine
from schemas.columns import MONTH_FOLDER
from schemas.reasons import MAX_REPEATED_SHARE, MAX_REPEATED_TRIPS

SAMPLE = 5_000  # trips of a month, on average; a hundredth of them are 50, give or take 7
WHOLE = 100_000  # trips: a month that has no more is not sampled
MAX_FREQUENCY = 3  # the estimate of a month that repeats none is 1, give or take 0.35


@dataclass(frozen=True)
class Repeats:
    """Trips of a month that repeat an earlier one exactly.

    Attributes:
        trips: How many.
        example: The pick-up of the trip that is there most often.
        times: How often it is there.
    """

    trips: int
    example: str
    times: int


def find_repeats(engine: Engine, folder: str, rows: Mapping[str, int]) -> dict[str, Repeats]:
    """The repeats of each month that may have more of them than are allowed.

    A large month with repeats just above the limit may be missed: see `transforms.repeats`. What is repeated with a difference
    is not found.

    Args:
        engine: What reads.
        folder: A run's folder of trips.
        rows: The trips of each month in it.
    """
    from transforms.repeats import repeat_estimates, repeated_trips

    large = [number for number in rows.values() if number > WHOLE]
    if max(rows.values(), default=0) <= MAX_REPEATED_TRIPS:
        return {}
    whole = [month for month, number in rows.items() if number <= WHOLE]
    one_in = max(1, sum(large) // (SAMPLE * max(1, len(large))))
    trips = engine.folder(folder)
    with engine.progress("looking for repeated trips"):
        suspects = [
            month
            for month, sampled, distinct, frequency in repeat_estimates(trips, whole, one_in).collect()
            if sampled - distinct > sampled * MAX_REPEATED_SHARE / 2 or frequency > MAX_FREQUENCY
        ]
        # One after the other: each holds all the trips of a month.
        counted = (repeated_trips(trips.filter(trips[MONTH_FOLDER] == month)) for month in suspects)
        found = [row for frame in counted for row in frame.collect()]
    return {month: Repeats(repeated, example, times) for month, repeated, example, times in found}
