"""What IAM is asked when a recorded call is made: actions, the ARNs that they are about, and what conditions look at.

One call may be several questions: a table is asked for with its database and the catalog, a role that is handed over is
passed, and S3 says that an object is missing only to those who may list its bucket.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.deploy.policies import ACCOUNT, REGION, Call

GLUE = f"arn:aws:glue:{REGION}:{ACCOUNT}"
CLUSTER = f"arn:aws:elasticmapreduce:{REGION}:{ACCOUNT}:cluster/j-CLUSTER"
STREAM = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:log-stream:STREAM"
WORKGROUP = f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:workgroup/0a1b"
OWNER = {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}
S3 = {  # operation: action, where it is another
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "DeleteObjects": "DeleteObject",
    "ListMultipartUploads": "ListBucketMultipartUploads",
}
PASSED = {  # parameter: the service that is handed the role
    "Role": "glue.amazonaws.com",
    "ServiceRole": "elasticmapreduce.amazonaws.com",
    "JobFlowRole": "ec2.amazonaws.com",
}


def questions(recorded: Mapping[str, Any], tags: Mapping[str, str]) -> Iterator[Call]:
    """What IAM is asked.

    Args:
        recorded: An entry of calls.json.
        tags: Those of the clusters that the DAG makes.
    """
    service, operation = recorded["call"].split(":")
    about = recorded.get("about", {})
    if service == "s3":
        yield from _of_s3(operation, recorded, about)
    elif service == "glue":
        for arn in _of_glue(about):
            yield Call(recorded["call"], arn)
    elif service == "elasticmapreduce":
        yield from _of_emr(recorded["call"], about, tags)
    elif service == "redshift-data":
        yield from _of_redshift(operation, recorded["call"])
    elif service == "logs":
        group = STREAM.format(about["logGroupName"])
        yield Call(recorded["call"], group.partition(":log-stream:")[0] if operation == "CreateLogGroup" else group)
    elif service == "monitoring":  # as CloudWatch signs
        yield Call(f"cloudwatch:{operation}", "*", {"cloudwatch:namespace": about["Namespace"]})
    elif service == "sns":
        yield Call(recorded["call"], about.get("TopicArn") or about["TargetArn"])
    else:
        raise ValueError(f"no rule for {recorded['call']}")
    for parameter, to in PASSED.items():
        role = about.get(parameter) or about.get("JobUpdate", {}).get(parameter)
        if role:
            arn = role if role.startswith("arn:") else f"arn:aws:iam::{ACCOUNT}:role/{role}"
            yield Call("iam:PassRole", arn, {"iam:PassedToService": to})


def _of_s3(operation: str, recorded: Mapping[str, Any], about: Mapping[str, Any]) -> Iterator[Call]:
    action = f"s3:{S3.get(operation, operation)}"
    bucket = recorded["resource"].split("/")[0]
    if "Keys" in about:
        for key in about["Keys"]:
            yield Call(action, f"arn:aws:s3:::{bucket}/{key}")
        return
    prefix = {"s3:prefix": about["prefix"]} if "prefix" in about else {}
    yield Call(action, f"arn:aws:s3:::{recorded['resource']}", prefix)
    if recorded.get("missing") and action == "s3:GetObject":
        yield Call("s3:ListBucket", f"arn:aws:s3:::{bucket}")


def _of_glue(about: Mapping[str, Any]) -> list[str]:
    if "JobName" in about or "Role" in about:  # CreateJob has a name and a role
        return [f"{GLUE}:job/{about.get('JobName') or about['Name']}"]
    database = about.get("DatabaseName") or about["Name"]
    arns = [f"{GLUE}:catalog", f"{GLUE}:database/{database}"]
    if "DatabaseName" not in about:
        return arns
    table = about.get("TableName") or about.get("TableInput", about)["Name"]
    return [*arns, f"{GLUE}:table/{database}/{table}"]


def _of_emr(call: str, about: Mapping[str, Any], tags: Mapping[str, str]) -> Iterator[Call]:
    if call.endswith(":ListClusters"):
        yield Call(call, "*")
    elif call.endswith(":RunJobFlow"):
        asked = {f"aws:RequestTag/{name}": value for name, value in about["Tags"].items()}
        yield Call(call, "*", asked)
        yield Call("elasticmapreduce:AddTags", CLUSTER, asked)
        # EMR asks on behalf of who makes a cluster that ends when it is idle; whether it knows the tags as the request's or
        # as the cluster's by then stands nowhere.
        for tags_of in ("aws:RequestTag", "aws:ResourceTag"):
            context = {f"{tags_of}/{name}": value for name, value in about["Tags"].items()}
            yield Call("elasticmapreduce:PutAutoTerminationPolicy", CLUSTER, context)
    else:
        yield Call(call, CLUSTER, {f"aws:ResourceTag/{name}": value for name, value in tags.items()})


def _of_redshift(operation: str, call: str) -> Iterator[Call]:
    if operation in ("ExecuteStatement", "BatchExecuteStatement"):
        yield Call(call, WORKGROUP)
        yield Call("redshift-serverless:GetCredentials", WORKGROUP)
    else:
        yield Call(call, "*", OWNER)
