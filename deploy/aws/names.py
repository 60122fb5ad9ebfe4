"""What the resources of a stack are called, and what AWS takes for a name: one table, looked at before anything is asked for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Name:
    """Where a type of resource has its name, and what the service takes for one.

    Attributes:
        of: The property, with a dot where it lies in another one.
        shortest: Characters at least.
        longest: Characters at most.
        pattern: The whole name.
    """

    of: str
    shortest: int
    longest: int
    pattern: str

    def within(self, properties: Mapping[str, Any]) -> Any:
        """The name among the properties of a resource; nothing if CloudFormation is to make one up."""
        found: Any = properties
        for part in self.of.split("."):
            found = found.get(part, "")
        return found

    def fault(self, name: str) -> str:
        """What is wrong with a name; empty if nothing is."""
        if not self.shortest <= len(name) <= self.longest:
            return f"has {len(name)} characters, expected {self.shortest} to {self.longest}"
        return "" if re.fullmatch(self.pattern, name) else f"is not as {self.pattern}"


_IAM, _REDSHIFT, _PLAIN = r"[\w+=,.@-]+", r"[a-z0-9-]+", r"[\w-]+"
# Lengths and characters as in the services' own models (botocore), but for Glue's: what Athena takes without quotes.
NAMES = {
    "AWS::Budgets::Budget": Name("Budget.BudgetName", 1, 100, r"[^:\\]+"),
    "AWS::CloudWatch::Alarm": Name("AlarmName", 1, 255, r"[^\x00-\x1f]+"),
    "AWS::EMR::SecurityConfiguration": Name("Name", 1, 10280, _PLAIN),
    "AWS::Glue::Database": Name("DatabaseInput.Name", 1, 255, r"[a-z_][a-z0-9_]*"),
    "AWS::IAM::InstanceProfile": Name("InstanceProfileName", 1, 128, _IAM),
    "AWS::IAM::Role": Name("RoleName", 1, 64, _IAM),
    "AWS::Logs::LogGroup": Name("LogGroupName", 1, 512, r"[.\-_/#A-Za-z0-9]+"),
    "AWS::RedshiftServerless::Namespace": Name("NamespaceName", 3, 64, _REDSHIFT),
    "AWS::RedshiftServerless::Workgroup": Name("WorkgroupName", 3, 64, _REDSHIFT),
    "AWS::S3::Bucket": Name("BucketName", 3, 63, r"(?!xn--|sthree-)[a-z0-9][a-z0-9.-]*[a-z0-9](?<!-s3alias)"),
    "AWS::SNS::Topic": Name("TopicName", 1, 256, _PLAIN),
    "AWS::SQS::Queue": Name("QueueName", 1, 80, _PLAIN),
    "AWS::StepFunctions::StateMachine": Name("StateMachineName", 1, 80, _PLAIN),
}


def fault_of(named: Mapping[tuple[str, str], str]) -> str:
    """What is wrong with the first name that a service would refuse; empty if there is none.

    Args:
        named: Names, by the type and the logical id of what bears them.
    """
    for (kind, _), name in named.items():
        if fault := NAMES[kind].fault(name):
            return f"the {kind} {name!r} {fault}"
    return ""
