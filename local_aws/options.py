"""What an account is started with, for the parts that run in the server."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent  # of the repository: the environments of the jobs lie there
REGION = "us-east-1"
ACCOUNT_ID = "123456789012"  # moto's: every access key belongs to it
ACCESS_KEY = "AKIALOCALAWSLOCALAWS"  # worth nothing elsewhere; moto knows an account by keys of this length
SECRET_KEY = "not-a-secret"
LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class Options:
    """Where the account listens and keeps its files, and how fast its time goes."""

    url: str
    state: Path
    delay: float = 0.0  # seconds that each state on the way to RUNNING lasts; TERMINATING, five times as long
    speed: float = 1.0  # Timeout and IdleTimeout pass this many times faster than on a clock


def environment(url: str, access_key: str = ACCESS_KEY, region: str | None = REGION) -> dict[str, str]:
    """The variables by which boto3, the AWS CLI, Airflow and Spark's jobs find the account, and no other.

    Args:
        url: Of the account.
        access_key: Who signs.
        region: None says nothing of one.
    """
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        **({"AWS_DEFAULT_REGION": region, "AWS_REGION": region} if region else {}),
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        **past_proxies(os.environ),
    }


def past_proxies(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables by which this machine is never asked for through a proxy of the user's, who keeps it for all others.

    Args:
        variables: Those that there are.
    """
    theirs = variables.get("no_proxy") or variables.get("NO_PROXY") or ""
    named = [name for name in (part.strip() for part in theirs.split(",")) if name and name not in LOOPBACK]
    merged = "*" if "*" in named else ",".join([*named, *LOOPBACK])  # in a list a star means nothing to Python
    return {"NO_PROXY": merged, "no_proxy": merged}
