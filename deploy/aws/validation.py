"""What IAM Access Analyzer says of the template's policies, before any of them is made."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from deploy.aws.account import one_line
from deploy.aws.resolved import Resolved

TRUST, BUCKET = "AWS::IAM::AssumeRolePolicyDocument", "AWS::S3::Bucket"  # what Access Analyzer has rules of its own for


class Policy(NamedTuple):
    """A policy of the template.

    Attributes:
        where: The resource that it is of, and which it is of several.
        document: The policy.
        kind: IDENTITY_POLICY or RESOURCE_POLICY.
        resource: The type of what a RESOURCE_POLICY is of, if Access Analyzer knows more of such.
    """

    where: str
    document: dict[str, Any]
    kind: str
    resource: str = ""


def policies(resolved: Resolved) -> Iterator[Policy]:
    """All policies of the template."""
    for name, role in resolved.of_type("IAM::Role").items():
        yield Policy(f"{name}, trust", role["AssumeRolePolicyDocument"], "RESOURCE_POLICY", TRUST)
        for one in role.get("Policies", []):
            yield Policy(f"{name}, {one['PolicyName']}", one["PolicyDocument"], "IDENTITY_POLICY")
    for name, one in resolved.of_type("IAM::Policy").items():
        yield Policy(name, one["PolicyDocument"], "IDENTITY_POLICY")
    for kind, resource in (("S3::BucketPolicy", BUCKET), ("SNS::TopicPolicy", ""), ("SQS::QueuePolicy", "")):
        for name, one in resolved.of_type(kind).items():
            yield Policy(name, one["PolicyDocument"], "RESOURCE_POLICY", resource)


def validate(session: boto3.session.Session, resolved: Resolved) -> Iterator[str]:
    """A line for each finding, and one at the end; a line that says so where Access Analyzer cannot be asked."""
    services: Any = session  # its types ask for the name of each service
    analyzer = services.client("accessanalyzer")
    looked, found = 0, 0
    try:
        for policy in policies(resolved):
            for finding in _findings(analyzer, policy):
                found += 1
                yield f"{finding['findingType']:<17} {policy.where}: {finding['findingDetails']} ({finding['issueCode']})"
            looked += 1
    except (BotoCoreError, ClientError) as error:
        yield f"policies: IAM Access Analyzer was not asked about all of them: {one_line(error)}"
        return
    yield f"policies: IAM Access Analyzer looked at {looked}; findings: {found}"


def _findings(analyzer: Any, policy: Policy) -> Iterator[Any]:
    about = {"validatePolicyResourceType": policy.resource} if policy.resource else {}
    pages = analyzer.get_paginator("validate_policy").paginate(
        policyDocument=json.dumps(policy.document), policyType=policy.kind, **about
    )
    for page in pages:
        yield from page["findings"]
