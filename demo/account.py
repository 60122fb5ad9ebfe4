"""What the green taxi pipeline finds in an account: buckets, roles, and the Airflow variable that names them."""

import json
import re
from collections.abc import Mapping

from deploy.aws import template
from deploy.aws.resolved import LAB, Resolved
from local_aws.clients import client

LAKE, ARTIFACTS, LOGS = "green-taxi-lake", "green-taxi-artifacts", "green-taxi-logs"
ROLES = {  # name, after the stack's: who may take it
    "glue": "glue.amazonaws.com",
    "emr": "elasticmapreduce.amazonaws.com",
    "emr-ec2": "ec2.amazonaws.com",
    "redshift": "redshift.amazonaws.com",
}
REFERENCE = re.compile(r"\$\{(.+?)\}")  # of Fn::Sub


def prepare(
    endpoint: dict[str, str], glue_version: str = "6.0", emr_release: str = "emr-spark-8.1.0", stack: str = LAB
) -> dict[str, str]:
    """Makes the pipeline's buckets and roles in a new account.

    Args:
        endpoint: The variables of the account (`Account.environment`).
        glue_version: What Glue runs the job with.
        emr_release: What EMR runs the step with.
        stack: What the installation is called. Another may be there.

    Returns:
        The Airflow variable `green_taxi`.
    """
    s3, iam, emr = (client(endpoint, name) for name in ("s3", "iam", "emr"))
    lake, artifacts, logs = (bucket.replace(LAB, stack, 1) for bucket in (LAKE, ARTIFACTS, LOGS))
    for bucket in (lake, artifacts, logs):
        s3.create_bucket(Bucket=bucket)
    arns = {}
    for role, service in ROLES.items():
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        arns[role] = iam.create_role(RoleName=f"{stack}-{role}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.create_instance_profile(InstanceProfileName=f"{stack}-emr-ec2")
    iam.add_role_to_instance_profile(InstanceProfileName=f"{stack}-emr-ec2", RoleName=f"{stack}-emr-ec2")
    tokens = {"InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": 2}}
    emr.create_security_configuration(Name=stack, SecurityConfiguration=json.dumps(tokens))
    [database] = Resolved(template.load(), stack).of_type("Glue::Database").values()
    return _variable(
        {
            "AWS::StackName": stack,
            "Lake": lake,
            "Artifacts": artifacts,
            "Logs": logs,
            "Database": database["DatabaseInput"]["Name"],
            "GlueRole.Arn": arns["glue"],
            "GlueVersion": glue_version,
            "EmrRelease": emr_release,
            "EmrServiceRole": f"{stack}-emr",
            "EmrInstanceProfile": f"{stack}-emr-ec2",
            "EmrSecurity": stack,
            "EmrSubnet": "",
            "RedshiftRole.Arn": arns["redshift"],
            "Failures": "",
        }
    )


def _variable(made: Mapping[str, str]) -> dict[str, str]:
    """The output `GreenTaxi` of the template, so that a setting is written down once.

    Args:
        made: What each resource, parameter or attribute that the output refers to is here; empty: there is none.

    Raises:
        KeyError: The output refers to something else.
    """
    text = template.load()["Outputs"]["GreenTaxi"]["Value"]["Fn::Sub"][0]
    variable: dict[str, str] = json.loads(REFERENCE.sub(lambda reference: made[reference[1]], text))
    return variable
