"""The benchmark's command line: makes the input, runs the contenders in turn, checks and reports."""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import profiling, report
from benchmarks.check import FlagCounts, WrongResultError, check
from benchmarks.contenders import CORES, NAMES, OURS, ROOT, Contender, contender, environment, versions
from benchmarks.inputs import Input, make_input
from benchmarks.load import measure_load
from benchmarks.measure import CommandFailedError, Usage, measure
from benchmarks.start import measure_start

WORK = ROOT / "build" / "bench"
RESULTS = ROOT / "benchmarks" / "results"
AGAIN = ", nothing pending"

HELP = f"""\
Speed and memory of the pipeline beside the alternatives: the same raw files to
typed Parquet to aggregates, on {CORES} cores. Contenders, each as whole processes:

  ours    glue/nyc_raw_to_transform.py, then emr/nyc_aggregations.py; and both
          again over the same folders, when nothing is pending
  sail    the same code on Sail: python -m lake run --engine sail; and again
  lab     the two jobs of 2018, written fairly for the same Spark
  duckdb  hand-written SQL, the same columns and aggregates
  polars  hand-written expressions, likewise

The last three keep no promises: no quarantine, no accounting, no receipts.
Rows, fare to the cent, groups, columns and flags of every output are checked;
a wrong one ends the benchmark with status 1.
"""
EXAMPLES = """\
examples:
  make bench                                   10 million rows, all contenders
  make bench ARGS="--rows 57000"               one month of today: mostly start-up
  make bench ARGS="--rows 50000000 --repeat 1" does memory grow with the rows?
  make bench ARGS="--only ours,lab --spark-home-env .venv-previous"
  make bench ARGS="--profile --only ours"      where our first job spends its time
  make bench ARGS="--rows 57000 --start"       what Spark's start costs
  make bench ARGS="--load 150"                 what a load of 150 months costs, here

Results: benchmarks/results/DATE-ROWS.json and .md. How to read them, and how to
get numbers that mean something: docs/benchmarks.md
"""


def parse_args(argv: Sequence[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks", None, HELP, EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=_positive, default=10_000_000, metavar="N", help="default: 10000000")
    parser.add_argument("--only", type=_names, default=NAMES, metavar="A,B", help="some of the contenders")
    parser.add_argument("--repeat", type=_positive, default=3, metavar="N", help="runs of each; default: 3")
    parser.add_argument(
        "--spark-home-env",
        type=Path,
        default=Path(".venv"),
        metavar="DIR",
        help="virtual environment whose Spark runs: .venv (default) or .venv-previous",
    )
    parser.add_argument("--keep", action="store_true", help="keep the last outputs under build/bench/out")
    parser.add_argument(
        "--profile",
        action="store_true",
        help="no comparison: the first Spark job of --only under Java Flight Recorder (a JDK has it)",
    )
    parser.add_argument(
        "--start",
        action="store_true",
        help="no comparison: our two jobs with and without what makes Spark start faster",
    )
    parser.add_argument(
        "--load",
        type=_positive,
        metavar="MONTHS",
        help="no comparison: both aggregates of so many months into the local Redshift, twice",
    )
    args = parser.parse_args(argv)
    args.spark_env = (ROOT / args.spark_home_env).absolute()  # not resolved: .venv may be a link
    if not (args.spark_env / "bin" / "spark-submit").exists():
        parser.error(f"no spark-submit in {args.spark_home_env}/bin: run make setup, or make setup-previous")
    return args


def _positive(text: str) -> int:
    number = int(text.replace("_", ""))
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in NAMES]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not one of {', '.join(NAMES)}")
    return names


def result_name(args: argparse.Namespace) -> str:
    """DATE-ROWS, and what is not the usual: a partial run must not overwrite a whole one of the same day."""
    parts = [f"{datetime.now(UTC):%Y-%m-%d}", str(args.rows)]
    if set(args.only) != set(NAMES):
        parts += args.only
    if args.spark_home_env != Path(".venv"):
        parts.append(args.spark_home_env.name.removeprefix(".venv-"))
    return "-".join(parts)


def run_steps(one: Contender, args: argparse.Namespace) -> dict[str, Usage]:
    """Runs a contender's processes one after the other. Returns the cost of each."""
    log = WORK / "logs" / f"{one.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    env = environment(args.spark_env)
    costs = {}
    for step in one.steps:
        os.sync()  # what the one before wrote must not be flushed to disk at the expense of this one
        costs[step.name] = measure(step.command, cwd=ROOT, env=env, log=log)
    return costs


def parquet_bytes(folder: Path) -> int:
    """Bytes of all Parquet files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*.parquet"))


def run_contender(name: str, repeat: int, data: Input, args: argparse.Namespace, flags: FlagCounts) -> list[report.Run]:
    """One run of a contender, checked; of ours, a second one too, with nothing pending."""
    out = WORK / "out" / name
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    one = contender(name, data.raw, out, args.spark_env)
    runs = [report.Run(name, repeat, run_steps(one, args), parquet_bytes(out), one.leaves_out)]
    check(one, out, data.expected, flags)
    if name in OURS:
        runs.append(report.Run(name + AGAIN, repeat, run_steps(one, args), 0, ""))
        check(one, out, data.expected, flags)  # and so it has written nothing twice
    if not args.keep:
        shutil.rmtree(out)
    return runs


def compare(args: argparse.Namespace) -> None:
    """Runs all contenders in turn, in alternating order, and writes the report."""
    data = make_input(args.rows, WORK / f"rows-{args.rows}")
    runs: list[report.Run] = []
    flags = FlagCounts()
    for repeat in range(1, args.repeat + 1):
        for name in args.only if repeat % 2 else reversed(args.only):
            print(f"run {repeat} of {args.repeat}: {name} ...", end=" ", flush=True)
            new = run_contender(name, repeat, data, args, flags)
            print(", again ".join(f"{run.usage.wall:.1f} s" for run in new), flush=True)
            runs += new
    lines = report.summarise(runs)
    target = RESULTS / result_name(args)
    report.write(target, lines, runs, data, versions(args.spark_env))
    print("", report.table(lines), report.warning(runs), sep="\n")
    print(f"{target.relative_to(ROOT)}.md, .json")


def profile(args: argparse.Namespace) -> None:
    """Runs the first Spark job of --only under the recorder and writes the shares by cause."""
    tool = profiling.recorder_tool(args.spark_env)
    name = next((name for name in args.only if name in ("ours", "lab")), "ours")
    data = make_input(args.rows, WORK / f"rows-{args.rows}")
    out = WORK / "out" / f"{name}-profile"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    log = out / "log"
    one = contender(name, data.raw, out, args.spark_env)
    print(f"recording the first process of {name} ...", flush=True)
    usage = profiling.record(one, args.spark_env, out / "recording.jfr", log)
    causes = profiling.count_causes(tool, out / "recording.jfr")
    print(profiling.profile_table(causes))
    target = RESULTS / f"{result_name(args)}-profile.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    text = profiling.profile_markdown(result_name(args), name, causes, usage)
    target.write_text(text, encoding="utf-8")
    print(target.relative_to(ROOT))
    if not args.keep:
        shutil.rmtree(out)


def start(args: argparse.Namespace) -> None:
    """Runs our jobs with and without what makes Spark start faster, and shows what each costs."""
    data = make_input(args.rows, WORK / f"rows-{args.rows}")
    print(measure_start(data.raw, WORK, args.spark_env, args.repeat))


def load(args: argparse.Namespace) -> None:
    """Loads the aggregates of --load months into the local Redshift, and shows what each statement costs."""
    print(measure_load(args.load))


def main(argv: Sequence[str]) -> int:
    """Returns the exit status."""
    args = parse_args(argv)
    # Pinned, so that a machine with more cores gives no help that the threads' number does not show (JIT, GC).
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    try:
        (profile if args.profile else start if args.start else load if args.load else compare)(args)
    except (CommandFailedError, WrongResultError, profiling.NoRecorderError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
