"""The template as moto 5.2.5 can take it: it refuses references to resources of a type that it does not know."""

import json
from typing import Any

from deploy.aws import template

UNKNOWN = {  # reference: what it would give
    ("Workgroup", "Workgroup.WorkgroupArn"): "arn:aws:redshift-serverless:us-east-1:123456789012:workgroup/0a1b",
}


def body() -> str:
    """`template.body()` with those references replaced."""
    return json.dumps(_replaced(template.load()))


def _replaced(node: Any) -> Any:
    if isinstance(node, list):
        return [_replaced(one) for one in node]
    if not isinstance(node, dict):
        return node
    if node == {"Ref": "Namespace"}:
        return "green-taxi"
    if list(node) == ["Fn::GetAtt"] and (known := UNKNOWN.get(tuple(node["Fn::GetAtt"]))):
        return known
    return {key: _replaced(value) for key, value in node.items()}
