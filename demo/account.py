"""What the green taxi pipeline finds in an account: buckets, roles, and the Airflow variable that names them."""

import json

from local_aws.clients import client

LAKE, ARTIFACTS, LOGS = "green-taxi-lake", "green-taxi-artifacts", "green-taxi-logs"
ROLES = {  # name: who may take it
    "green-taxi-glue": "glue.amazonaws.com",
    "green-taxi-emr": "elasticmapreduce.amazonaws.com",
    "green-taxi-emr-ec2": "ec2.amazonaws.com",
    "green-taxi-redshift": "redshift.amazonaws.com",
}


def prepare(
    endpoint: dict[str, str], glue_version: str = "6.0", emr_release: str = "emr-spark-8.1.0"
) -> dict[str, str]:
    """Makes the pipeline's buckets and roles in a new account.

    Args:
        endpoint: The variables of the account (`Account.environment`).
        glue_version: What Glue runs the job with.
        emr_release: What EMR runs the step with.

    Returns:
        The Airflow variable `green_taxi`.
    """
    s3, iam, emr = (client(endpoint, name) for name in ("s3", "iam", "emr"))
    for bucket in (LAKE, ARTIFACTS, LOGS):
        s3.create_bucket(Bucket=bucket)
    arns = {}
    for role, service in ROLES.items():
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        arns[role] = iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.create_instance_profile(InstanceProfileName="green-taxi-emr-ec2")
    iam.add_role_to_instance_profile(InstanceProfileName="green-taxi-emr-ec2", RoleName="green-taxi-emr-ec2")
    tokens = {"InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": 2}}
    emr.create_security_configuration(Name="green-taxi", SecurityConfiguration=json.dumps(tokens))
    return {
        "raw": f"s3://{LAKE}/raw/green",
        "transformed": f"s3://{LAKE}/transformed/green",
        "quarantine": f"s3://{LAKE}/quarantine/green",
        "aggregates": f"s3://{LAKE}/aggregate/agg-green-rides",
        "artifacts": f"s3://{ARTIFACTS}",
        "logs": f"s3://{LOGS}",
        "catalog": "nyc",
        "glue_job": "nyc_raw_to_transform",
        "glue_role": arns["green-taxi-glue"],
        "glue_version": glue_version,
        "emr_release": emr_release,
        "emr_service_role": "green-taxi-emr",
        "emr_instance_profile": "green-taxi-emr-ec2",
        "emr_security_configuration": "green-taxi",
        "emr_subnet": "",
        "redshift_workgroup": "green-taxi",
        "redshift_database": "dev",
        "redshift_role": arns["green-taxi-redshift"],
        "failure_topic": "",
    }
