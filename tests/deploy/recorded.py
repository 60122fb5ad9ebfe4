"""The calls that DAGs and jobs make of AWS, as tests/deploy/record_calls.py has recorded them, and who makes them."""

import json
from pathlib import Path

CALLS = Path(__file__).with_name("calls.json")


def role_of(caller: str) -> str:
    """Whose role a job has: Glue's run ids begin with jr_, EMR's steps with s-, its clusters with j-. Else nothing."""
    if caller.startswith("jr_"):
        return "GlueRole"
    return "EmrInstanceRole" if caller.startswith(("s-", "j-")) else ""


def recorded() -> set[tuple[str, str]]:
    """Role and call (`s3:GetObject`) of all that is on record."""
    return {(call["principal"], call["call"]) for call in json.loads(CALLS.read_text())}
