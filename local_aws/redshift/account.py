"""What COPY needs of the account: objects of S3 and roles of IAM, read from moto in the same process."""

import json
from dataclasses import dataclass

from moto.core.exceptions import ServiceException
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends

_SERVICES = {"redshift.amazonaws.com", "redshift-serverless.amazonaws.com"}


@dataclass(frozen=True)
class Account:
    """One account and partition of moto's."""

    number: str
    region: str
    partition: str = "aws"

    def object(self, uri: str) -> bytes | None:
        """The bytes of an object, or None if it is not there."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        try:
            found = s3_backends[self.number][self.partition].get_object(bucket, key)
        except ServiceException:  # no such bucket
            return None
        return bytes(found.value) if found is not None else None

    def keys(self, prefix: str) -> list[str]:
        """The URIs that begin like this one, in order."""
        bucket, _, key = prefix.removeprefix("s3://").partition("/")
        backend = s3_backends[self.number][self.partition]
        try:
            found, *_ = backend.list_objects(backend.head_bucket(bucket), key, None, None, None)
        except ServiceException:
            return []
        return sorted(f"s3://{bucket}/{each.name}" for each in found)

    def may_assume(self, role_arn: str) -> bool:
        """Whether the role is there and lets Redshift assume it."""
        try:
            role = iam_backends[self.number][self.partition].get_role_by_arn(role_arn)
        except ServiceException:
            return False
        policy = json.loads(role.assume_role_policy_document or "{}")
        statements = policy.get("Statement", [])
        for statement in statements if isinstance(statements, list) else [statements]:
            services = statement.get("Principal", {}).get("Service", [])
            if statement.get("Effect") == "Allow" and _SERVICES & set(
                [services] if isinstance(services, str) else services
            ):
                return True
        return False
