"""The pipeline's lake in a local account: what tests put there, and what they find."""

import json
from functools import cached_property
from typing import Any

from local_aws.account import Account
from local_aws.clients import client
from tests.factories import csv_month


class Lake:
    """An account, and the places of the lake in it."""

    def __init__(self, account: Account, where: dict[str, str]) -> None:
        self.account = account
        self.where = where

    @cached_property
    def s3(self) -> Any:
        return self.client("s3")

    def client(self, service: str) -> Any:
        """A client of the test's own."""
        return client(self.account.environment, service)

    def put_month(self, month: str, *fares: int) -> str:
        """Puts a raw file with a plain trip for each fare; returns its name."""
        name = f"green_tripdata_{month}.csv"
        self.put(f"{self.where['raw']}/{name}", csv_month(month, fares).encode())
        return name

    def put(self, uri: str, body: bytes) -> None:
        """Puts an object."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        self.s3.put_object(Bucket=bucket, Key=key, Body=body)

    def get(self, uri: str) -> bytes:
        """An object's bytes."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()  # type: ignore[no-any-return]

    def delete(self, uri: str) -> None:
        """Removes an object."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        self.s3.delete_object(Bucket=bucket, Key=key)

    def receipts(self, data_set: str) -> dict[str, dict[str, Any]]:
        """The receipts of a data set (`transformed`, `aggregates`), by month."""
        bucket, _, prefix = f"{self.where[data_set]}/_receipts/".removeprefix("s3://").partition("/")
        found = self.s3.list_objects_v2(Bucket=bucket, Prefix=prefix, Delimiter="/")  # without those that were replaced
        keys = [entry["Key"] for entry in found.get("Contents", [])]
        return {key[len(prefix) : -len(".json")]: json.loads(self.get(f"s3://{bucket}/{key}")) for key in keys}
