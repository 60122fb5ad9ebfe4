"""The options of the two jobs: one table, read by argparse or by Glue's own parser.

Single words that each take a value, because Glue passes them so. `--mode`, `--debug`, `--endpoint` and `--JOB_NAME` are
Glue's own and must never be used.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from lake.arguments import OneLineParser, nearest_option
from lake.engines import ENGINES, SPARK, check_engine
from lake.errors import UsageError
from lake.months import Selection, parse_months
from lake.places import LAKE, LAKE_TEXT, check_input, check_output, places_of
from schemas.datasets import Location


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        name: Its name without dashes.
        metavar: What its value is.
        text: What it does.
        default: Its value if it is not given; None if it must be, or has none.
        choices: The values it may have.
    """

    name: str
    metavar: str
    text: str
    default: str | None = None
    choices: tuple[str, ...] = ()


COMMON = (
    Option(LAKE, "URI", LAKE_TEXT),
    Option("months", "MONTHS", "only what is pending of these: 2020-04,2021-01..2021-06 (default: all)"),
    Option(
        "rebuild",
        "no|yes",
        "also redo months that are published (needs --months)",
        "no",
        choices=("no", "yes"),
    ),
    Option("run", "ID", "name of the run, for its folders and receipts (default: the time)"),
    Option(
        "refused",
        "fail|report",
        "exit status 3 if a file is refused, or only say so",
        "fail",
        choices=("fail", "report"),
    ),
    Option(
        "engine",
        "|".join(ENGINES),
        "what computes: Spark, or Sail, for local folders on one machine",
        SPARK,
        choices=ENGINES,
    ),
    Option("catalog", "DATABASE", "keep the partitions of this Glue database in step"),
)


@dataclass(frozen=True)
class JobOptions:
    """The options of a job, checked.

    Attributes:
        places: The places that were given, by the names of their locations.
        months: The months it is about.
        rebuild: Whether published months are redone.
        run: The name of the run, if given.
        fail_on_refused: Whether what is refused is a failure: a file (exit status 3), or a month named by itself that is not
            published when it is to be aggregated (1).
        catalog: The Glue database, if given.
        engine: The name of the engine.
    """

    places: dict[str, str]
    months: Selection
    rebuild: bool = False
    run: str | None = None
    fail_on_refused: bool = True
    catalog: str | None = None
    engine: str = SPARK


def parse_options(
    argv: Sequence[str],
    reads: Location,
    writes: tuple[Location, ...],
    optional: tuple[Location, ...],
    description: str,
) -> JobOptions:
    """The options of a job from its arguments.

    Where `awsglue` can be imported they come through its `getResolvedOptions`, which ignores the arguments that Glue and
    Airflow add; elsewhere an unknown option is refused.

    Args:
        argv: The arguments, the script's name first.
        reads: The part of the lake that the job reads.
        writes: The parts that it writes.
        optional: Further parts that it writes if they are given.
        description: What `--help` says the job does.

    Raises:
        UsageError: An option is missing, unknown or has a wrong value, or a location is not there.
    """
    required = (reads, *writes)
    table = (*(Option(part.name, "URI", part.text) for part in (*required, *optional)), *COMMON)
    values = _by_glue(argv, table) if _is_glue() and "--help" not in argv else _by_argparse(argv, table, description)
    for option in table:
        value = values.setdefault(option.name, option.default)
        if option.choices and value not in option.choices:
            raise UsageError(f"--{option.name}: {value!r} is not {' or '.join(option.choices)}")
    rebuild = values["rebuild"] == "yes"
    if rebuild and parse_months(values["months"]).everything:
        raise UsageError("--rebuild yes needs --months, so that nobody redoes all of history by mistake")
    places = places_of(values, required, optional)
    engine = values["engine"] or SPARK
    check_engine(engine, places.values())
    check_input(values, reads, places[reads.name])
    for location in (*writes, *optional):
        if location.name in places:
            check_output(values, location, places[location.name])
    return JobOptions(
        places=places,
        months=parse_months(values["months"]),
        rebuild=rebuild,
        run=values["run"],
        fail_on_refused=values["refused"] == "fail",
        catalog=values["catalog"],
        engine=engine,
    )


def _is_glue() -> bool:
    try:
        import awsglue.utils  # noqa: F401  # on Glue, or the PyPI package: its presence decides
    except ImportError:
        return False
    return True


def _by_glue(argv: Sequence[str], table: tuple[Option, ...]) -> dict[str, str | None]:
    """Asks Glue's parser for the options that are present; it fails on one that is not."""
    from awsglue.utils import GlueArgumentError, getResolvedOptions  # as Glue users expect to see it

    given = {argument.split("=")[0] for argument in argv}
    present = [option.name for option in table if f"--{option.name}" in given]
    # It passes over what it does not know, since Glue adds options of its own; none of these is nearly one of ours.
    for unknown in sorted(given - {f"--{name}" for name in present}):
        if meant := nearest_option(unknown, [option.name for option in table]):
            raise UsageError(f"{unknown} is not an option{meant}")
    try:
        found = getResolvedOptions(list(argv), present)
    except (GlueArgumentError, SystemExit) as error:
        raise UsageError(str(error) or "an option has no value") from None
    return {name: found[name] for name in present}


def _by_argparse(argv: Sequence[str], table: tuple[Option, ...], description: str) -> dict[str, str | None]:
    parser = OneLineParser(
        prog=argv[0].rsplit("/", 1)[-1],
        description=description,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit status: 0 all is published, 1 failure, 2 wrong usage, 3 some files were refused, all others published",
    )
    for option in table:
        parser.add_argument(
            f"--{option.name}",
            metavar=option.metavar,
            help=option.text,
            default=option.default,
        )
    return vars(parser.parse_args(list(argv[1:])))
