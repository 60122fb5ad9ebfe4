"""Breaks the code on purpose, one small change at a time, and names the changes that no test notices.

    python -m tools.mutate lake/publication/drift.py ...

Works on a copy of what git has staged or committed, with Cosmic Ray. Each module's tests are those of the folder that mirrors
its own, its namesake first. Hours for all of them, minutes for one. A change that survives wants a test, or a line in
tests/mutants.toml with the reason why it may live.
"""

import json
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOL = ROOT / ".cache" / "mutation" / "bin"
BUILD = ROOT / "build" / "mutation"
TESTS = {
    "transforms": "tests/transforms",
    "schemas": "tests/schemas tests/transforms",
    "lake/intake": "tests/lake/intake",
    "lake/publication": "tests/lake/publication",
}
# Of the arithmetic only what could be a slip of the pen: else half of all changes are `+` for `>>`, and `|` in types.
EXCLUDED = [
    r"core/ReplaceBinaryOperator_(?!Add_Sub|Sub_Add|Mul_Div|Div_Mul|BitAnd_BitOr)\w+",
    r"core/ReplaceUnaryOperator_\w+",
    "core/RemoveDecorator",
]
TIMEOUT = 300.0  # seconds for the tests of one change
EVERY = 5.0  # seconds between two words of progress


@dataclass(frozen=True)
class Survivor:
    """A change that no test notices."""

    module: str
    line: int
    operator: str
    diff: str


def tests_of(module: str) -> str:
    """The tests of a module: its namesakes, then the folder."""
    folder, _, name = module.rpartition("/")
    if folder not in TESTS:
        sys.exit(f"{module}: of this folder no tests are known; there are {', '.join(TESTS)}")
    own = sorted(Path(ROOT, TESTS[folder].split()[0]).glob(f"test_{name.removesuffix('.py')}*.py"))
    return " ".join([*(str(file.relative_to(ROOT)) for file in own), TESTS[folder]])


def mutate(module: str) -> Iterator[Survivor]:
    """Runs all changes of a module.

    Raises:
        subprocess.CalledProcessError: The tests fail without any change, or the tool does.
    """
    tree = BUILD / "tree"
    shutil.rmtree(BUILD, ignore_errors=True)
    subprocess.run(["git", "checkout-index", "--all", f"--prefix={tree}/"], cwd=ROOT, check=True)
    config, session = BUILD / "config.toml", BUILD / "session.sqlite"
    pytest = f"{sys.executable} -m pytest --engine sail -x -q -p no:cacheprovider {tests_of(module)}"
    config.write_text(
        f'[cosmic-ray]\nmodule-path = "{module}"\ntimeout = {TIMEOUT}\nexcluded-modules = []\n'
        f"test-command = {json.dumps(pytest)}\n"
        '[cosmic-ray.distributor]\nname = "local"\n'
        f"[cosmic-ray.filters.operators-filter]\nexclude-operators = {json.dumps(EXCLUDED)}\n"
    )
    steps = (
        ("cosmic-ray", "init", config, session),
        ("cr-filter-operators", session, config),
        ("cosmic-ray", "baseline", config),
    )
    for tool, *words in steps:
        subprocess.run([TOOL / tool, *words], cwd=tree, check=True)
    run_all(tree, config, session)
    dumped = subprocess.run(
        [TOOL / "cosmic-ray", "dump", session], cwd=tree, check=True, capture_output=True, text=True
    )
    done = [json.loads(line) for line in dumped.stdout.splitlines()]
    tried = [(item, result) for item, result in done if result["worker_outcome"] == "normal"]
    if left := [result for _, result in done if result["worker_outcome"] not in ("normal", "skipped")]:
        sys.exit(f"{module}: {len(left)} changes could not be tried: {left[0]['output']}")
    survived = [
        (item["mutations"][0], result["diff"]) for item, result in tried if result["test_outcome"] == "survived"
    ]
    print(f"{module}: {len(tried)} changes, {len(survived)} survive", flush=True)
    for change, diff in survived:
        yield Survivor(module, change["start_pos"][0], change["operator_name"].removeprefix("core/"), diff)


def run_all(tree: Path, config: Path, session: Path) -> None:
    """Tries what is left to be tried, and says how far it is.

    Raises:
        subprocess.CalledProcessError: The tool fails.
    """
    command = [str(TOOL / "cosmic-ray"), "exec", str(config), str(session)]
    count = "SELECT (SELECT count(*) FROM work_results), (SELECT count(*) FROM work_items)"
    with subprocess.Popen(command, cwd=tree) as running, closing(sqlite3.connect(session)) as database:
        while running.poll() is None:
            print("\r{:,} of {:,} changes tried".format(*database.execute(count).fetchone()), end="", file=sys.stderr)
            with suppress(subprocess.TimeoutExpired):
                running.wait(EVERY)
    print(file=sys.stderr)
    if running.returncode:
        raise subprocess.CalledProcessError(running.returncode, command)


def allowed() -> set[tuple[str, str]]:
    """Module and changed line of those that may live: tests/mutants.toml."""
    known = tomllib.loads((ROOT / "tests" / "mutants.toml").read_text()).get("mutant", [])
    return {(one["module"], one["becomes"]) for one in known}


def main(modules: list[str]) -> int:
    """Tells the survivors; 1 if one of them is not listed."""
    modules = modules or [
        str(file.relative_to(ROOT)) for folder in TESTS for file in sorted((ROOT / folder).glob("*.py"))
    ]
    new, may_live = 0, allowed()
    for module in modules:
        for survivor in mutate(module):
            becomes = [
                line[1:].strip() for line in survivor.diff.splitlines() if line.startswith("+") and line[1:2] != "+"
            ]
            if (module, " ".join(becomes)) not in may_live:
                new += 1
                print(f"\n{survivor.module}:{survivor.line} {survivor.operator}\n{survivor.diff}", flush=True)
    return int(new > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
