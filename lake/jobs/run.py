"""What the two scripts share: arguments in, one call, lines and an exit status out. And both of them in one process."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lake.engines import Engine, engine_named
from lake.errors import EXIT_FAILED, EXIT_OK, LakeError
from lake.jobs.options import JobOptions, parse_options
from lake.jobs.outcome import Outcome
from lake.terminal import is_terminal, say, tell
from schemas.datasets import Location


@dataclass(frozen=True)
class Job:
    """A job.

    Attributes:
        publish: The work, by an engine, or by one of its own.
        reads: The part of the lake that it reads, which must be there.
        writes: The parts that it writes, and must be given.
        optional: Further parts that it writes if they are given.
    """

    publish: Callable[[JobOptions, Engine | None], Outcome]
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
    return run_jobs(argv, (job,), description)


def run_jobs(argv: Sequence[str], jobs: Sequence[Job], description: str) -> int:
    """Runs jobs one after the other in one process, so that an engine starts once; each reports as `run_job` does.

    Files that the first refuses do not keep the others from running.

    Args:
        argv: The arguments, the command's name first: those of all jobs.
        jobs: The jobs. What one writes, the next may read.
        description: What `--help` says.

    Returns:
        The exit status: 1 if a job failed, else the first that is not 0.
    """
    statuses, began = [], time.monotonic()
    try:
        writes = {part.name: part for job in jobs for part in job.writes}
        optional = tuple(part for job in jobs for part in job.optional)
        options = parse_options(argv, jobs[0].reads, tuple(writes.values()), optional, description)
        engine = engine_named(options.engine, "lake_run") if len(jobs) > 1 else None  # one job makes its own
        for job in jobs:
            # A month that was refused has no trips to aggregate: told by then, and no failure of the next job.
            asked = replace(options, fail_on_refused=options.fail_on_refused and job is jobs[0])
            outcome = job.publish(asked, engine)
            outcome.say_rest()
            say(outcome.sentence(time.monotonic() - began) if is_terminal() else outcome.json_line())
            statuses.append(outcome.exit_status(fail_on_refused=asked.fail_on_refused))
            began = time.monotonic()
    except LakeError as error:
        return tell(error)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; months that were said to be published are, the next run does the rest\n")
        return EXIT_FAILED
    return EXIT_FAILED if EXIT_FAILED in statuses else next(filter(None, statuses), EXIT_OK)
