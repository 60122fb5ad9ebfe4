"""The pipeline's lake in a local account: what tests put there, and what they find."""

import json
from functools import cached_property
from typing import Any

from local_aws.account import Account
from local_aws.clients import client
from tests.factories import csv_layout, csv_line

C7 = csv_layout("C7")  # of 2017 and 2018


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
        lines = [
            csv_line(
                C7,
                lpep_pickup_datetime=f"{month}-05 08:15:{number:02d}",
                lpep_dropoff_datetime=f"{month}-05 08:40:00",
                fare_amount=str(fare),
                total_amount=f"{fare + 3}.8",
            )
            for number, fare in enumerate(fares)
        ]
        text = C7.header + C7.header_end + "".join(f"{line}\r\n" for line in [*C7.blank_lines, *lines])
        name = f"green_tripdata_{month}.csv"
        self.put(f"{self.where['raw']}/{name}", text.encode())
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
