"""The template as a stack of some name has it in an account: conditions decided, references replaced by names and ARNs.

What only AWS could tell, such as the id of a network, stays as `<Name>`.
"""

import re
from collections.abc import Mapping
from typing import Any

from deploy.aws.names import NAMES

LAB = "green-taxi"
"""The stack whose job, database and step have the names that they had in the lab of 2018."""
_NOTHING = object()  # AWS::NoValue
_ARNS = {  # by type; of partition, region, account and name
    "AWS::Events::Rule": "arn:{0}:events:{1}:{2}:rule/{3}",
    "AWS::IAM::Role": "arn:{0}:iam::{2}:role/{3}",
    "AWS::RedshiftServerless::Workgroup": "arn:{0}:redshift-serverless:{1}:{2}:workgroup/0a1b",
    "AWS::S3::Bucket": "arn:{0}:s3:::{3}",
    "AWS::SNS::Topic": "arn:{0}:sns:{1}:{2}:{3}",
    "AWS::SQS::Queue": "arn:{0}:sqs:{1}:{2}:{3}",
    "AWS::StepFunctions::StateMachine": "arn:{0}:states:{1}:{2}:stateMachine:{3}",
}
_REF_IS_ARN = ("AWS::SNS::Topic", "AWS::StepFunctions::StateMachine")
_REF_IS_NO_NAME = ("AWS::SQS::Queue",)


class Resolved:
    """A template with the names that its resources get in an account."""

    def __init__(
        self,
        template: Mapping[str, Any],
        stack: str = LAB,
        settings: Mapping[str, str] | None = None,
        account: str = "123456789012",
        region: str = "us-east-1",
        partition: str = "aws",
    ) -> None:
        self._conditions: Mapping[str, Any] = template["Conditions"]
        self._parameters = {
            name: (settings or {}).get(name, one.get("Default", f"<{name}>"))
            for name, one in template["Parameters"].items()
        }
        self._pseudo = {
            "AWS::StackName": stack,
            "AWS::AccountId": account,
            "AWS::Region": region,
            "AWS::Partition": partition,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NoValue": _NOTHING,
        }
        self._place = partition, region, account
        self.resources: dict[str, Any] = {
            name: one
            for name, one in template["Resources"].items()
            if "Condition" not in one or self.holds({"Condition": one["Condition"]})
        }
        self._outputs: Mapping[str, Any] = template["Outputs"]

    def of_type(self, kind: str) -> dict[str, Any]:
        """Logical id to properties, resolved."""
        return {
            name: self.resolve(one["Properties"])
            for name, one in self.resources.items()
            if one["Type"] == f"AWS::{kind}"
        }

    def output(self, name: str) -> str:
        """The value of an output."""
        return str(self.resolve(self._outputs[name]["Value"]))

    def named(self) -> dict[tuple[str, str], str]:
        """Type and logical id of what is named in the template, with its name."""
        return {
            (one["Type"], name): found
            for name, one in self.resources.items()
            if one["Type"] in NAMES and (found := self._physical(name))
        }

    def holds(self, condition: Any) -> bool:
        """Whether a condition of the template does."""
        [(function, argument)] = condition.items()
        if function == "Condition":
            return self.holds(self._conditions[argument])
        if function == "Fn::Equals":
            one, other = (self.resolve(side) for side in argument)
            return str(one) == str(other)
        if function == "Fn::Not":
            return not self.holds(argument[0])
        return {"Fn::And": all, "Fn::Or": any}[function](self.holds(one) for one in argument)

    def resolve(self, node: Any) -> Any:
        """The value of a part of the template."""
        if isinstance(node, list):
            return [value for one in node if (value := self.resolve(one)) is not _NOTHING]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            [(function, argument)] = node.items()
            if function == "Ref" or function.startswith("Fn::"):
                return self._call(function, argument)
        return {key: value for key, one in node.items() if (value := self.resolve(one)) is not _NOTHING}

    def _call(self, function: str, argument: Any) -> Any:
        if function == "Ref":
            return self._ref(argument)
        if function == "Fn::GetAtt":
            return self._attribute(*argument)
        if function == "Fn::Sub":
            text, given = argument if isinstance(argument, list) else (argument, {})
            values = {name: str(self.resolve(value)) for name, value in given.items()}
            return re.sub(r"\$\{([\w:]+)(?:\.([\w.]+))?\}", lambda found: self._in_text(found, values), text)
        if function == "Fn::If":
            return self.resolve(argument[1 if self.holds({"Condition": argument[0]}) else 2])
        if function == "Fn::Join":
            return str(argument[0]).join(str(one) for one in self.resolve(argument[1]))
        if function == "Fn::Split":
            return str(self.resolve(argument[1])).split(argument[0])
        if function == "Fn::Select" and len(found := self.resolve(argument[1])) > int(argument[0]):
            return found[int(argument[0])]
        return [] if function == "Fn::GetAZs" else f"<{function}>"

    def _in_text(self, found: re.Match[str], given: Mapping[str, str]) -> str:
        if found[1] in given:
            return given[found[1]]
        return str(self._attribute(found[1], found[2]) if found[2] else self._ref(found[1]))

    def _ref(self, name: str) -> Any:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._parameters:
            return self._parameters[name]
        kind = self.resources.get(name, {}).get("Type")
        if kind in _REF_IS_ARN:
            return self._attribute(name, "Arn")
        return (kind in NAMES and kind not in _REF_IS_NO_NAME and self._physical(name)) or f"<{name}>"

    def _attribute(self, name: str, attribute: str) -> str:
        kind = str(self.resources[name]["Type"])
        if attribute.endswith("Arn") and kind in _ARNS:
            return _ARNS[kind].format(*self._place, self._physical(name) or name)
        return self._physical(name) if attribute.endswith("Name") and kind in NAMES else f"<{name}.{attribute}>"

    def _physical(self, name: str) -> str:
        one = self.resources[name]
        return str(self.resolve(NAMES[one["Type"]].within(one["Properties"]))) if one["Type"] in NAMES else ""
