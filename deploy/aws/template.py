"""The CloudFormation template: one stack, written as a file a topic (templates/*.yaml).

One stack, so that one change set shows all that will happen, and it happens as a whole or not at all. CloudFormation takes
one body: the files are put together as JSON, in which neither comments nor repeated parts count against its size.
"""

import json
from pathlib import Path
from typing import Any

import yaml

TEMPLATES = Path(__file__).parent / "templates"
MAX_BODY = 51_200  # bytes that CloudFormation takes without a bucket
DESCRIPTION = "The green taxi pipeline: buckets, roles, catalog, warehouse, Airflow's host, alarms."
SECTIONS = ("Parameters", "Conditions", "Resources", "Outputs")


# The same in C, where PyYAML has it (its wheels do): the files are read several times in a deployment, a second each in Python.
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc, valid-type]  # yaml is untyped
    """YAML with CloudFormation's short forms: `!Ref Name`, `!Sub text`, `!GetAtt Name.Attribute`, `!Condition Name`."""


def _short_form(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        text = loader.construct_scalar(node)
        value: Any = text.split(".", 1) if tag == "GetAtt" else text
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _short_form)


def load(folder: Path = TEMPLATES) -> dict[str, Any]:
    """The whole template.

    Raises:
        ValueError: A file has a section that is not known, or two files define the same name.
    """
    whole: dict[str, Any] = {"AWSTemplateFormatVersion": "2010-09-09", "Description": DESCRIPTION}
    whole |= {section: {} for section in SECTIONS}
    for path in sorted(folder.glob("*.yaml")):
        for section, entries in yaml.load(path.read_text(), _Loader).items():  # a SafeLoader
            if section not in SECTIONS:
                raise ValueError(f"{path.name}: no section {section!r}; there are {', '.join(SECTIONS)}")
            if twice := whole[section].keys() & entries.keys():
                raise ValueError(f"{path.name}: {section} has {', '.join(sorted(twice))} already, from another file")
            whole[section] |= entries
    return whole


def body() -> str:
    """What CloudFormation is given."""
    return json.dumps(load(), separators=(",", ":"))
