"""Whose AWS account, and in which region: settled before anything is asked for or made."""

import difflib
import os

import boto3
import botocore.session
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigNotFound,
    ConfigParseError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)

from lake.session import REGIONS
from lake.storage.aws import authorities

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
LOG_IN = "`aws sso login` or `aws configure`, then name the profile in AWS_PROFILE; or set " + " and ".join(KEYS)
REFUSED = {  # error codes by which AWS says who asks is not known
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException", "RequestExpired"), "the credentials have expired"),
    **dict.fromkeys(
        ("InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "InvalidToken", "AuthFailure"),
        "AWS does not know these credentials",
    ),
    "SignatureDoesNotMatch": "the secret key does not belong to the access key",
}


class UsageError(Exception):
    """What the user has to set first, in one line."""


def open_session() -> boto3.session.Session:
    """A session with a region that there is and credentials that AWS knows.

    Raises:
        UsageError: Profile, region or credentials are missing, incomplete, expired or wrong; with the cure.
        BotoCoreError: AWS cannot be reached.
        ClientError: AWS refuses for another reason.
    """
    try:
        core = botocore.session.get_session()
        if file := authorities():
            core.set_config_variable("ca_bundle", file)
        region = next(filter(None, map(os.environ.get, REGIONS)), None)
        session = boto3.session.Session(region_name=region, botocore_session=core)
    except ProfileNotFound as error:
        raise UsageError(_unknown_profile()) from error
    except (ConfigParseError, ConfigNotFound) as error:
        raise UsageError(f"{one_line(error)}: correct the file that AWS_CONFIG_FILE or ~/.aws/config names") from error
    _check_region(session)
    _check_credentials(session)
    return session


def one_line(error: Exception) -> str:
    """What an error of botocore's says, with what to do where that is known."""
    if isinstance(error, ClientError) and (why := REFUSED.get(error.response["Error"].get("Code", ""))):
        return f"{why}: {LOG_IN}"
    if isinstance(error, NoCredentialsError):
        return f"no credentials were found: {LOG_IN}"
    told = " ".join(str(error).split())
    if isinstance(error, EndpointConnectionError):
        return f"{told}; is the region right, and this machine (HTTPS_PROXY) on the internet?"
    return told


def nearest(name: str, known: list[str]) -> str:
    """`; did you mean X?`, or nothing."""
    lower = {one.lower(): one for one in known}
    found = difflib.get_close_matches(name.lower(), lower, n=1)
    return f"; did you mean {lower[found[0]]}?" if found else ""


def _unknown_profile() -> str:
    name = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or ""
    kept = {key: os.environ.pop(key) for key in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE") if key in os.environ}
    try:
        known = boto3.session.Session().available_profiles
    finally:
        os.environ.update(kept)
    there = f"there are {', '.join(known)}" if known else "there is none: `aws configure` makes one"
    return f"AWS_PROFILE names {name!r}, which is not a profile; {there}{nearest(name, known)}"


def _check_region(session: boto3.session.Session) -> None:
    region = session.region_name
    if not region:
        raise UsageError("no region: set AWS_REGION (as in AWS_REGION=eu-west-1), or region in the profile")
    known = [
        one
        for partition in session.get_available_partitions()
        for one in session.get_available_regions("cloudformation", partition)
    ]
    if region not in known:
        raise UsageError(f"{region!r} is not a region of AWS{nearest(region, known)}; set AWS_REGION")


def _check_credentials(session: boto3.session.Session) -> None:
    try:
        found = session.get_credentials()
        if found is None:
            half = [name for name in KEYS if os.environ.get(name)]
            missing = [name for name in KEYS if name not in half]
            raise UsageError(
                f"{half[0]} is set without {missing[0]}: set both" if half else one_line(NoCredentialsError())
            )
        found.get_frozen_credentials()
    except PartialCredentialsError as error:
        raise UsageError(f"{one_line(error)}: set {' and '.join(KEYS)} together") from error
    except BotoCoreError as error:  # a login that is over, a program that hands them out and fails
        raise UsageError(f"{one_line(error)}; {LOG_IN}") from error
    try:
        session.client("sts").get_caller_identity()  # needs no right
    except ClientError as error:
        if error.response["Error"].get("Code") in REFUSED:
            raise UsageError(one_line(error)) from error
        raise
