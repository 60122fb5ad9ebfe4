"""The result: a table on the screen, and JSON and Markdown under benchmarks/results."""

import json
import platform
import statistics
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from benchmarks.contenders import CORES, DRIVER_MEMORY
from benchmarks.inputs import Input
from benchmarks.measure import MIB, Usage

NOISE = 0.1  # share of the cores' time taken by others, from which wall times are doubtful


@dataclass(frozen=True)
class Run:
    """One measured run of a contender.

    Attributes:
        contender: Its name; "ours, nothing pending" is the second run of ours over the same folders.
        repeat: 1, 2, ...
        steps: The cost of each of its processes, by name.
        output: Bytes of the Parquet files it wrote.
        leaves_out: What the contender does not do.
    """

    contender: str
    repeat: int
    steps: dict[str, Usage]
    output: int
    leaves_out: str

    @property
    def usage(self) -> Usage:
        """The cost of all its processes."""
        total = Usage()
        for usage in self.steps.values():
            total = total.then(usage)
        return total

    @property
    def noise(self) -> float:
        """The share of the contender's cores that others used meanwhile."""
        return self.usage.others / (self.usage.wall * CORES) if self.usage.wall else 0.0


@dataclass(frozen=True)
class Line:
    """One contender's line of the table: medians over its repeats, except the peak, which is the highest.

    Attributes:
        contender: Its name.
        wall: Seconds.
        spread: Fastest and slowest wall time.
        cpu: Seconds.
        peak: MiB of PSS.
        anonymous: MiB of it that no file backs.
        ratio: Wall time over the lab's. None without the lab, and for a run that has nothing to do.
        output: Bytes written.
        steps: Median wall seconds of each process.
        leaves_out: What the contender does not do.
    """

    contender: str
    wall: float
    spread: tuple[float, float]
    cpu: float
    peak: float
    anonymous: float
    ratio: float | None
    output: int
    steps: dict[str, float]
    leaves_out: str


def summarise(runs: Sequence[Run]) -> list[Line]:
    """A line for each contender, in the order of their first runs."""
    by_name: dict[str, list[Run]] = {}
    for run in sorted(runs, key=lambda run: run.repeat):
        by_name.setdefault(run.contender, []).append(run)
    lab = statistics.median(run.usage.wall for run in by_name["lab"]) if "lab" in by_name else None
    return [_line(name, of_one, lab) for name, of_one in by_name.items()]


def _line(name: str, runs: list[Run], lab: float | None) -> Line:
    usages = [run.usage for run in runs]
    walls = [usage.wall for usage in usages]
    wall = statistics.median(walls)
    return Line(
        contender=name,
        wall=wall,
        spread=(min(walls), max(walls)),
        cpu=statistics.median(usage.cpu for usage in usages),
        peak=max(usage.peak for usage in usages) / MIB,
        anonymous=max(usage.anonymous for usage in usages) / MIB,
        ratio=wall / lab if lab and runs[0].output else None,
        output=runs[0].output,
        steps={step: statistics.median(run.steps[step].wall for run in runs) for step in runs[0].steps},
        leaves_out=runs[0].leaves_out,
    )


def table(lines: Sequence[Line]) -> str:
    """The table for the screen: 80 columns at most."""
    head = f"{'contender':<22}{'wall s':>9}{'CPU s':>9}{'peak MB':>10}{'out MB':>9}{'/ lab':>8}"
    rows = [
        f"{line.contender:<22}{line.wall:>9.1f}{line.cpu:>9.1f}{line.peak:>10,.0f}"
        f"{line.output / 1e6:>9,.0f}{_ratio(line):>8}"
        for line in lines
    ]
    return "\n".join([head, "-" * len(head), *rows])


def warning(runs: Sequence[Run]) -> str:
    """What the reader must know about the other work on the machine; empty if it was quiet."""
    noisy = [run for run in runs if run.noise > NOISE]
    if not noisy:
        return ""
    worst = max(noisy, key=lambda run: run.noise)
    text = (
        f"Not quiet: in {len(noisy)} of {len(runs)} runs others used over {NOISE:.0%} of {CORES} cores "
        f"(at most {worst.noise:.0%}, {worst.contender}). Trust CPU seconds more than wall seconds."
    )
    return textwrap.fill(text, 80)


def machine() -> dict[str, object]:
    """What it ran on."""
    cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    models = [line.split(":", 1)[1].strip() for line in cpuinfo.splitlines() if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
    }


def write(target: Path, lines: Sequence[Line], runs: Sequence[Run], data: Input, versions: dict[str, str]) -> None:
    """Writes target.json, with every run, and target.md, with the table."""
    facts = {"machine": machine(), "versions": versions, "cores": CORES, "driver_memory": DRIVER_MEMORY}
    source = {"rows": data.expected.rows, "files": data.files, "bytes": data.size}
    measured = [asdict(run) | {"usage": asdict(run.usage), "noise": round(run.noise, 3)} for run in runs]
    document = facts | {"input": source, "lines": [asdict(line) for line in lines], "runs": measured}
    target.parent.mkdir(parents=True, exist_ok=True)
    json_text = json.dumps(document, indent=2)
    target.with_name(target.name + ".json").write_text(json_text + "\n", encoding="utf-8")
    text = markdown(target.name, lines, runs, data, versions)
    target.with_name(target.name + ".md").write_text(text, encoding="utf-8")


def markdown(title: str, lines: Sequence[Line], runs: Sequence[Run], data: Input, versions: dict[str, str]) -> str:
    """The result as a page."""
    repeats = max(run.repeat for run in runs)
    here = machine()
    parts = [
        f"# Benchmark {title}",
        f"{data.expected.rows:,} rows, {data.files} CSV files of layout C7, {data.size:,} bytes. Medians of "
        f"{repeats} run(s) in alternating order; peak: the highest. All outputs were checked to the cent.",
        f"{here['processor']}, {CORES} of {here['cores']} cores, {here['memory_gib']} GiB, {here['system']}. "
        + ", ".join(f"{name} {version}" for name, version in versions.items())
        + f". Spark: driver memory {DRIVER_MEMORY}.",
        "\n".join(
            [
                "| contender | wall s | wall range | CPU s | peak MB | of it anonymous | output bytes | / lab |",
                "|---|---|---|---|---|---|---|---|",
                *(_markdown_row(line) for line in lines),
            ]
        ),
        "Wall seconds of each process:\n\n" + "\n".join(f"- {line.contender}: {_steps(line)}" for line in lines),
        "What each leaves out, beside ours:\n\n"
        + "\n".join(f"- {line.contender}: {line.leaves_out}" for line in lines if line.leaves_out),
        warning(runs),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _markdown_row(line: Line) -> str:
    fastest, slowest = line.spread
    return (
        f"| {line.contender} | {line.wall:.1f} | {fastest:.1f} to {slowest:.1f} | {line.cpu:.1f} | {line.peak:,.0f} "
        f"| {line.anonymous:,.0f} | {line.output:,} | {_ratio(line)} |"
    )


def _steps(line: Line) -> str:
    return ", ".join(f"{name} {seconds:.1f}" for name, seconds in line.steps.items())


def _ratio(line: Line) -> str:
    return "-" if line.ratio is None else f"{line.ratio:.2f}"
