"""Wrong usage of a command line in one line, which names what was probably meant."""

import argparse
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NoReturn

from lake.errors import UsageError

MAX_MESSAGE = 200  # characters: a list of unknown options can be long
_UNKNOWN = re.compile(r"unrecognized arguments: (\S+)")
_CHOICE = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)")


class OneLineParser(argparse.ArgumentParser):
    """Reports wrong usage as our one line with status 2, instead of argparse's three."""

    def error(self, message: str) -> NoReturn:
        """Raises what argparse would print.

        Raises:
            UsageError: Always.
        """
        shown = message if len(message) <= MAX_MESSAGE else message[:MAX_MESSAGE] + "…"
        meant = ""
        if unknown := _UNKNOWN.match(message):
            meant = nearest_option(unknown[1], _options(self))
        elif choice := _CHOICE.search(message):
            meant = _meant(choice[1], re.findall(r"[\w-]+", choice[2]))
        raise UsageError(f"{shown}{meant}; see --help")


def _options(parser: argparse.ArgumentParser) -> set[str]:
    """The names of its options, and of its commands'."""
    found = {option[2:] for action in parser._actions for option in action.option_strings if option[:2] == "--"}
    commands = [action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return found.union(*(_options(command) for choices in commands for command in choices.values()))


def nearest_option(given: str, names: Iterable[str]) -> str:
    """`; did you mean --months?`, or nothing if no option is near what was given."""
    return _meant(given.split("=")[0].lstrip("-"), names, "--")


def _meant(given: str, names: Iterable[str], dashes: str = "") -> str:
    close = get_close_matches(given, list(names), n=1, cutoff=0.7)
    return f"; did you mean {dashes}{close[0]}?" if close else ""
