"""The roles of the template as IAM sees them: references resolved, statements that answer whether they allow a call."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

STACK, ACCOUNT, REGION = "green-taxi", "123456789012", "us-east-1"
PSEUDO = {
    "AWS::StackName": STACK,
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::NoValue": "",
}
NAMES = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::IAM::Role": "RoleName",
    "AWS::EMR::SecurityConfiguration": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
ARNS = {
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{{}}",
    "AWS::RedshiftServerless::Workgroup": f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:workgroup/0a1b",
}
REF_IS_ARN = ("AWS::SNS::Topic", "AWS::StepFunctions::StateMachine")


@dataclass(frozen=True)
class Call:
    """A request as IAM judges it."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Statement:
    """A statement of a policy: of a role's, or of a bucket's, which has none."""

    role: str
    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Any]]

    def allows(self, call: Call) -> bool:
        return self.is_about(call)

    def is_about(self, call: Call) -> bool:
        """Whether it decides on a call: what it decides, its kind says."""
        return (
            any(fnmatchcase(call.action, pattern) for pattern in self.actions)
            and any(fnmatchcase(call.resource, pattern) for pattern in self.resources)
            and all(_holds(operator, wanted, call.context) for operator, wanted in self.conditions.items())
        )


def _holds(operator: str, wanted: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    if operator == "Null":
        return all((key not in context) == (absent == "true") for key, absent in wanted.items())
    kind, if_exists = operator.removesuffix("IfExists"), operator.endswith("IfExists")
    if kind not in ("StringEquals", "StringLike", "ArnLike", "Bool"):
        raise ValueError(f"no rule for the operator {operator}")
    for key, value in wanted.items():
        if key not in context:
            if if_exists:
                continue
            return False
        values = value if isinstance(value, list) else [value]
        found = context[key]
        if not any(found == one if kind in ("StringEquals", "Bool") else fnmatchcase(found, one) for one in values):
            return False
    return True


class Template:
    """A template with the names that its resources get in an account."""

    def __init__(self, template: Mapping[str, Any]) -> None:
        self.resources: Mapping[str, Any] = template["Resources"]

    def of_type(self, kind: str) -> dict[str, Any]:
        """Logical id to properties, resolved."""
        return {
            name: self.resolve(one["Properties"])
            for name, one in self.resources.items()
            if one["Type"] == f"AWS::{kind}"
        }

    def statements(self) -> list[Statement]:
        """What the roles may do by the policies that are written here."""
        return [
            Statement(
                name,
                statement["Sid"],
                tuple(_list(statement["Action"])),
                tuple(_list(statement["Resource"])),
                statement.get("Condition", {}),
            )
            for name, role in self.of_type("IAM::Role").items()
            for policy in role.get("Policies", [])
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Allow"
        ]

    def denials(self) -> list[Statement]:
        """What the policies of the buckets deny, to whomever."""
        return [
            Statement(
                "",
                statement["Sid"],
                tuple(_list(statement["Action"])),
                tuple(_list(statement["Resource"])),
                statement.get("Condition", {}),
            )
            for policy in self.of_type("S3::BucketPolicy").values()
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny"
        ]

    def trusts(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Who may take the roles: role and statement."""
        for name, role in self.of_type("IAM::Role").items():
            for statement in role["AssumeRolePolicyDocument"]["Statement"]:
                yield name, statement

    def resolve(self, node: Any) -> Any:
        """The value of a part of the template. Conditions are taken as false: parameters have their defaults."""
        if isinstance(node, list):
            return [value for one in node if (value := self.resolve(one)) != ""]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(function, argument)] = node.items()
            if function == "Ref":
                return self._ref(argument)
            if function == "Fn::GetAtt":
                return self._attribute(*argument)
            if function == "Fn::Sub":
                return re.sub(r"\$\{([\w:]+)(?:\.(\w+))?\}", self._named, argument)
            if function == "Fn::If":
                return self.resolve(argument[2])
            if function.startswith("Fn::"):
                return f"<{function}>"
        return {key: self.resolve(value) for key, value in node.items()}

    def _named(self, found: re.Match[str]) -> str:
        return self._attribute(found[1], found[2]) if found[2] else self._ref(found[1])

    def _ref(self, name: str) -> str:
        if name in PSEUDO:
            return PSEUDO[name]
        kind = self.resources.get(name, {}).get("Type")
        if kind in REF_IS_ARN:
            return self._attribute(name, "Arn")
        return self._physical(name) if kind in NAMES else f"<{name}>"

    def _attribute(self, name: str, attribute: str) -> str:
        kind = self.resources[name]["Type"]
        if not attribute.endswith("Arn") or kind not in ARNS:
            return f"<{name}.{attribute}>"
        return ARNS[kind].format(self._physical(name) if kind in NAMES else "")

    def _physical(self, name: str) -> str:
        one = self.resources[name]
        return str(self.resolve(one["Properties"][NAMES[one["Type"]]]))


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
