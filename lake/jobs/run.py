"""What the two scripts share: arguments in, one call, lines and an exit status out."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lake.errors import EXIT_FAILED, LakeError
from lake.jobs.options import JobOptions, parse_options
from lake.jobs.outcome import Outcome
from lake.terminal import is_terminal, say, tell
from schemas.datasets import Location


@dataclass(frozen=True)
class Job:
    """A job.

    Attributes:
        publish: The work.
        reads: The part of the lake that it reads, which must be there.
        writes: The parts that it writes, and must be given.
        optional: Further parts that it writes if they are given.
    """

    publish: Callable[[JobOptions], Outcome]
    reads: Location
    writes: tuple[Location, ...]
    optional: tuple[Location, ...] = ()

    @property
    def required(self) -> tuple[Location, ...]:
        """The parts that it must be given."""
        return (self.reads, *self.writes)


def run_job(argv: Sequence[str], job: Job, description: str) -> int:
    """Runs a job and reports: a line a month, a line for each thing that went wrong, the counts as JSON.

    On a terminal a sentence takes the place of the JSON.

    Args:
        argv: The arguments, the script's name first.
        job: The job.
        description: What `--help` says.

    Returns:
        The exit status: 0 all that was asked is published, or there was nothing to do; 1 a failure; 2 wrong usage;
        3 some files were refused, all others are published.
    """
    began = time.monotonic()
    try:
        options = parse_options(argv, job.reads, job.writes, job.optional, description)
        outcome = job.publish(options)
        outcome.say_rest()
        say(outcome.sentence(time.monotonic() - began) if is_terminal() else outcome.json_line())
    except LakeError as error:
        return tell(error)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; months that were said to be published are, the next run does the rest\n")
        return EXIT_FAILED
    return outcome.exit_status(fail_on_refused=options.fail_on_refused)
