"""The roles of the template as IAM sees them: references resolved, statements that answer whether they allow a call."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from deploy.aws.resolved import LAB, Resolved

STACK, ACCOUNT, REGION = LAB, "123456789012", "us-east-1"


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
    if kind not in ("StringEquals", "StringLike", "ArnEquals", "ArnLike", "Bool"):
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


class Template(Resolved):
    """The template with what its policies say."""

    def statements(self) -> list[Statement]:
        """What the roles may do by the policies that are written here."""
        roles = self.of_type("IAM::Role")
        of_roles = [(name, policy) for name, role in roles.items() for policy in role.get("Policies", [])]
        further = [
            (name, policy)
            for policy in self.of_type("IAM::Policy").values()
            for name, role in roles.items()
            if role["RoleName"] in policy["Roles"]
        ]
        return [
            Statement(
                name,
                statement["Sid"],
                tuple(_list(statement["Action"])),
                tuple(_list(statement["Resource"])),
                statement.get("Condition", {}),
            )
            for name, policy in (*of_roles, *further)
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

    def grants(self, service: str) -> list[Statement]:
        """What the policies of topics and queues allow a service."""
        policies = [*self.of_type("SNS::TopicPolicy").values(), *self.of_type("SQS::QueuePolicy").values()]
        return [
            Statement(
                "", one["Sid"], tuple(_list(one["Action"])), tuple(_list(one["Resource"])), one.get("Condition", {})
            )
            for policy in policies
            for one in policy["PolicyDocument"]["Statement"]
            if one["Effect"] == "Allow" and service in _list(one["Principal"]["Service"])
        ]

    def trusts(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Who may take the roles: role and statement."""
        for name, role in self.of_type("IAM::Role").items():
            for statement in role["AssumeRolePolicyDocument"]["Statement"]:
                yield name, statement


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
