"""What a request says it is about: the few parameters by which IAM judges it, for the record of calls."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import unescape

# As they are named at the top of a request.
NAMES = (
    "JobName",
    "Name",
    "DatabaseName",
    "TableName",
    "WorkgroupName",
    "logGroupName",
    "TopicArn",
    "TargetArn",
    "Namespace",
    "prefix",
)
ROLES = ("Role", "ServiceRole", "JobFlowRole")  # that are handed over
KEY = re.compile(r"<Key>([^<]+)</Key>")
INNER = ("JobUpdate", "TableInput")  # what a job or table is to be


def of_query(text: str) -> dict[str, Any]:
    """Of a query string, or of a form."""
    return {name: values[0] for name, values in parse_qs(text).items() if name in NAMES}


def of_json(body: bytes) -> dict[str, Any]:
    """Of a body that is JSON; nothing of one that is none."""
    try:
        asked = json.loads(body or b"{}")
    except ValueError:
        return {}
    return _named(asked) if isinstance(asked, Mapping) else {}


def _named(asked: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: asked[name] for name in (*NAMES, *ROLES) if isinstance(asked.get(name), str)}
    for name in INNER:
        if isinstance(asked.get(name), Mapping):
            found[name] = _named(asked[name])
    tags = asked.get("Tags")
    if isinstance(tags, list):
        found["Tags"] = {tag.get("Key", ""): tag.get("Value", "") for tag in tags if isinstance(tag, Mapping)}
    return found


def of_keys(body: bytes) -> dict[str, Any]:
    """The keys of objects that are to be deleted together, as S3 is given them."""
    return {"Keys": [unescape(key) for key in KEY.findall(body.decode("utf-8", "replace"))]}
