"""What must be gone before a stack can be deleted: the objects in its buckets, and what was made outside it.

EMR makes security groups in the network that outlive its clusters, and the DAG deploy_entrypoints the Glue job.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
from botocore.exceptions import ClientError

from deploy.aws.changes import Stack, StackError

LIVE = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"]
BATCH = 1000  # objects that DeleteObjects takes
SHOWN = 100_000  # deleted objects between two lines


class Leftovers:
    """What belongs to a stack and is not in its template."""

    def __init__(self, session: boto3.session.Session, stack: Stack) -> None:
        services: Any = session  # its types ask for the name of each service
        self._s3, self._emr, self._ec2, self._glue = (services.client(name) for name in ("s3", "emr", "ec2", "glue"))
        self._stack = stack
        self._buckets = stack.resources("AWS::S3::Bucket")
        self._networks = stack.resources("AWS::EC2::VPC")

    def refuse_live_clusters(self) -> None:
        """Raises StackError if a cluster of this stack is still there: it holds the network, and costs money."""
        lake = json.loads(self._stack.outputs()["GreenTaxi"])["aggregates"]
        for page in self._emr.get_paginator("list_clusters").paginate(ClusterStates=LIVE):
            for entry in page["Clusters"]:
                tags = self._emr.describe_cluster(ClusterId=entry["Id"])["Cluster"].get("Tags", [])
                if {"Key": "green-taxi-lake", "Value": lake} in tags:
                    raise StackError(
                        f"cluster {entry['Id']} ({entry['Name']}) is {entry['Status']['State']}: "
                        "pause data_pipeline, and wait until it has ended"
                    )

    def describe(self) -> list[str]:
        """A line for each thing that will be lost."""
        buckets = [f"- {bucket}: all objects, with all their versions" for bucket in self._buckets]
        return [*buckets, f"- the stack {self._stack.name}: warehouse, Airflow's host with its disk, roles, network"]

    def remove(self, say: Callable[[str], None]) -> None:
        """Removes it all; may be interrupted and repeated anywhere."""
        for bucket in self._buckets:
            self._empty(bucket, say)
        job = json.loads(self._stack.outputs()["GreenTaxi"])["glue_job"]
        self._glue.delete_job(JobName=job)  # does not mind if there is none
        for network in self._networks:
            self._remove_groups_of_emr(network, say)

    def _empty(self, bucket: str, say: Callable[[str], None]) -> None:
        deleted = 0
        for batch in self._versions(bucket):
            answer = self._s3.delete_objects(Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
            for error in answer.get("Errors", []):
                raise StackError(f"cannot delete s3://{bucket}/{error['Key']}: {error['Code']} {error['Message']}")
            if deleted // SHOWN != (deleted + len(batch)) // SHOWN:
                say(f"{bucket}: {deleted + len(batch):,} deleted")
            deleted += len(batch)
        say(f"{bucket}: empty, {deleted:,} deleted")

    def _versions(self, bucket: str) -> Iterator[list[dict[str, str]]]:
        pages = self._s3.get_paginator("list_object_versions").paginate(
            Bucket=bucket, PaginationConfig={"PageSize": BATCH}
        )
        for page in pages:
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            for first in range(0, len(found), BATCH):
                yield [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found[first : first + BATCH]]

    def _remove_groups_of_emr(self, network: str, say: Callable[[str], None]) -> None:
        filters = [{"Name": "vpc-id", "Values": [network]}, {"Name": "group-name", "Values": ["ElasticMapReduce-*"]}]
        groups = self._ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
        for group in groups:  # they name each other, so first of all the rules
            for kind, revoke in (
                ("IpPermissions", self._ec2.revoke_security_group_ingress),
                ("IpPermissionsEgress", self._ec2.revoke_security_group_egress),
            ):
                if group.get(kind):
                    revoke(GroupId=group["GroupId"], IpPermissions=group[kind])
        for group in groups:
            try:
                self._ec2.delete_security_group(GroupId=group["GroupId"])
            except ClientError as error:
                raise StackError(f"security group {group['GroupName']} of EMR is in use: {error}") from error
            say(f"{network}: removed {group['GroupName']}")
