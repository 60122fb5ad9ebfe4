"""Where our first job spends its time: stack samples by Java Flight Recorder, sorted by cause."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.contenders import ROOT, Contender, environment, spark_java
from benchmarks.measure import Usage, measure

# The first rule that fits any frame of a stack decides. Specific causes stand above general ones: a column writer
# stands on generated code, and `split` may call the regex engine.
_PARQUET = r"org\.apache\.parquet\."
CAUSES = (
    ("Parquet: compression", r"[Zz]std|[Ss]nappy|CodecFactory"),
    ("Parquet: dictionary encoding", r"DictionaryValuesWriter"),
    ("Parquet: plain and delta encoding", r"parquet\.column\.values\.(plain|delta|bytestreamsplit)"),
    ("Parquet: levels, bit packing", r"parquet\.column\.values\.(rle|bitpacking)"),
    ("Parquet: statistics", r"parquet\.column\.statistics"),
    ("Parquet: columns, pages, files", rf"{_PARQUET}(column|hadoop|io|format)"),
    ("Parquet: rows to columns", r"ParquetWriteSupport|ParquetOutputWriter"),
    ("split", r"UTF8String\.split|StringSplit"),
    ("regex", r"java\.util\.regex"),
    ("doubles", r"FloatingDecimal|parseDouble|FastDoubleParser"),
    ("decimals", r"Decimal|BigInteger|toBigDecimal"),
    ("timestamps", r"DateTimeUtils|TimestampFormatter|java\.time\.|stringToTimestamp"),
    ("text read", r"LineReader|LineRecordReader|hadoop\.mapred|HadoopFile|java\.io\.File|GZIP|Inflater"),
    ("CSV parser", r"univocity|UnivocityParser|\.csv\."),
    ("codegen and expressions", r"GeneratedClass|catalyst\.expressions|UTF8String|UnsafeRow"),
)
_RULES = tuple((cause, re.compile(pattern)) for cause, pattern in CAUSES)
OUTSIDE = "outside tasks: start, planning, commit"
OTHER = "other"

# Compression is native code, which only NativeMethodSample sees; its other samples are threads that wait.
_EVENTS = "jdk.ExecutionSample,jdk.NativeMethodSample"
_PERIODS = "jdk.ExecutionSample#period=10ms,jdk.NativeMethodSample#period=10ms"
_DEPTH = 128  # frames; the default of 64 cuts the foot of Spark's stacks off


class NoRecorderError(RuntimeError):
    """The Java that Spark runs on cannot record."""


def recorder_tool(spark_env: Path) -> Path:
    """The `jfr` tool beside Spark's Java.

    Raises:
        NoRecorderError: If this Java is a runtime without it.
    """
    java = spark_java(spark_env)
    tool = java.with_name("jfr")
    if not tool.exists():
        raise NoRecorderError(
            "--profile needs a Java with Flight Recorder: the one that Spark uses here has no `jfr` beside its `java`. "
            "Install a JDK of 17 to 21, put it first on the PATH or set JAVA_HOME, and try again."
        )
    return tool


def record(contender: Contender, spark_env: Path, recording: Path, log: Path) -> Usage:
    """Runs a contender's first process with the recorder on. Returns what it cost, the recorder included."""
    submit, *rest = contender.steps[0].command
    options = (
        f"-XX:StartFlightRecording=filename={recording},settings=profile,dumponexit=true,{_PERIODS} "
        f"-XX:FlightRecorderOptions=stackdepth={_DEPTH}"
    )
    command = (submit, "--driver-java-options", options, *rest)
    return measure(command, cwd=ROOT, env=environment(spark_env), log=log)


def samples(lines: Iterable[str]) -> Iterator[tuple[str, str, list[str]]]:
    """(event, thread, frames from the top) of each sample in the text that `jfr print` writes."""
    event, thread, frames, in_stack = "", "", list[str](), False
    for line in lines:
        text = line.strip()
        if line.startswith("jdk."):
            event, thread, frames = text.split(" ")[0], "", []
        elif text.startswith("sampledThread ="):
            thread = text.split('"')[1] if '"' in text else ""
        elif text == "stackTrace = [":
            in_stack = True
        elif in_stack and text == "]":
            in_stack = False
        elif in_stack:
            frames.append(text)
        elif line.startswith("}") and event:
            yield event, thread, frames


def cause_of(event: str, thread: str, frames: list[str]) -> str | None:
    """What a sample's time went to. None for native code that only waits."""
    stack = "\n".join(frames)
    if event == "jdk.NativeMethodSample":
        return CAUSES[0][0] if _RULES[0][1].search(stack) else None
    if not thread.startswith("Executor task launch"):
        return OUTSIDE
    return next((cause for cause, rule in _RULES if rule.search(stack)), OTHER)


def count_causes(tool: Path, recording: Path) -> Counter[str]:
    """The samples of a recording by cause."""
    command = [str(tool), "print", "--stack-depth", str(_DEPTH), "--events", _EVENTS, str(recording)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as printing:
        assert printing.stdout is not None  # we asked for a pipe
        causes = Counter(cause for sample in samples(printing.stdout) if (cause := cause_of(*sample)))
    if printing.returncode != 0:
        raise subprocess.CalledProcessError(printing.returncode, command)
    return causes


def profile_table(causes: Counter[str]) -> str:
    """The shares for the screen, largest first."""
    total = causes.total() or 1
    return "\n".join(f"{cause:<42}{count:>8,}{count / total:>8.1%}" for cause, count in causes.most_common())


def profile_markdown(title: str, contender: str, causes: Counter[str], usage: Usage) -> str:
    """The shares as a page."""
    total = causes.total() or 1
    rows = "\n".join(f"| {cause} | {count:,} | {count / total:.1%} |" for cause, count in causes.most_common())
    return (
        f"# Profile {title}: {contender}, first process\n\n"
        f"{causes.total():,} stack samples, one every 10 ms of each running thread; {usage.wall:.1f} s wall and "
        f"{usage.cpu:.1f} s CPU with the recorder on. Garbage collection and the JIT compiler are not in it: they "
        f"run no Java code.\n\n| cause | samples | share |\n|---|---|---|\n{rows}\n"
    )
