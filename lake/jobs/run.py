"""What the two scripts share: arguments in, one call, lines and an exit status out."""

import sys
from collections.abc import Callable, Sequence

from lake.errors import EXIT_FAILED, LakeError
from lake.jobs.options import JobOptions, Option, parse_options
from lake.jobs.outcome import Outcome
from lake.terminal import MAX_ERROR, printable, say


def run_job(
    argv: Sequence[str],
    options: tuple[Option, ...],
    description: str,
    job: Callable[[JobOptions], Outcome],
) -> int:
    """Runs a job and reports: a line a month, a line for each thing that went wrong, the counts as JSON.

    Args:
        argv: The arguments, the script's name first.
        options: The job's own options.
        description: What `--help` says.
        job: The work.

    Returns:
        The exit status: 0, 1, 2 or 3, as design section 4 has it.
    """
    try:
        parsed = parse_options(argv, options, description)
        outcome = job(parsed)
    except LakeError as error:
        sys.stderr.write(f"error: {printable(str(error), MAX_ERROR)}\n")
        return error.exit_status
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; months that were said to be published are, the next run does the rest\n")
        return EXIT_FAILED
    outcome.say_rest()
    say(outcome.json_line())
    return outcome.exit_status(fail_on_refused=parsed.fail_on_refused)
