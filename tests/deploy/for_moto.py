"""The template as moto 5.2.5 can take it: it refuses references to resources of a type that it does not know."""

import json
from typing import Any

from deploy.aws import template

UNKNOWN = {  # reference: what it would give
    ("Workgroup", "Workgroup.WorkgroupArn"): "arn:aws:redshift-serverless:us-east-1:123456789012:workgroup/0a1b",
}


def body() -> str:
    """`template.body()` with those references replaced."""
    whole = template.load()
    database = whole["Resources"]["Database"]["Properties"]["DatabaseInput"]["Name"]
    return json.dumps(_replaced(whole, database))


def _replaced(node: Any, database: Any) -> Any:
    if isinstance(node, list):
        return [_replaced(one, database) for one in node]
    if not isinstance(node, dict):
        return node
    if node in ({"Ref": "Namespace"}, {"Ref": "Database"}):
        return {"Ref": "AWS::StackName"} if node["Ref"] == "Namespace" else database
    if list(node) == ["Fn::GetAtt"] and (known := UNKNOWN.get(tuple(node["Fn::GetAtt"]))):
        return known
    if "${Database}" in str(node.get("Fn::Sub", "")):
        text, given = node["Fn::Sub"] if isinstance(node["Fn::Sub"], list) else (node["Fn::Sub"], {})
        return {"Fn::Sub": [text, {**given, "Database": database}]}
    return {key: _replaced(value, database) for key, value in node.items()}
