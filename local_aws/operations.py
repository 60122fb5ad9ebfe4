"""Which operation of which service a request asks for, who asks, and an error answer in that service's own form."""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import parse_qs, unquote
from uuid import uuid4

from moto.core.request import Request
from moto.core.routing import NotFound, get_service_router

from local_aws import parameters

SIGNED = re.compile(r"Credential=([^/,&\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
ALIASES = {"emr": "elasticmapreduce"}  # the name in boto3 -> the name that signs requests and stands in IAM policies
BOTOCORE = {"elasticmapreduce": "emr"}
JSON = "application/x-amz-json-1.1"

Answer = tuple[int, list[tuple[str, str]], bytes]


@dataclass(frozen=True)
class Operation:
    """A call of AWS's API."""

    service: str  # as it signs: glue, elasticmapreduce, s3
    action: str  # as AWS names it: StartJobRun
    form: str  # of its answers: json, query, ec2, s3 or rest
    access_key: str = ""
    resource: str = ""  # of S3: bucket/key
    about: Mapping[str, Any] = field(default_factory=dict)  # what else IAM looks at; see parameters


def identify(environ: dict[str, Any]) -> Operation:
    """Reads the operation from a request, and leaves the body as it was."""
    signed = SIGNED.search(environ.get("HTTP_AUTHORIZATION", "") or unquote(environ.get("QUERY_STRING", "")))
    access_key, service = (signed[1], signed[3].lower()) if signed else ("", "s3")
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return Operation(service, target.split(".")[-1], "json", access_key, about=parameters.of_json(body_of(environ)))
    if service != "s3" and environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        text = body_of(environ).decode("utf-8", "replace")
        action = parse_qs(text).get("Action", ["?"])[0]
        form = "ec2" if service == "ec2" else "query"
        return Operation(service, action, form, access_key, about=parameters.of_query(text))
    action, resource = _routed(environ, service)
    deleted = parameters.of_keys(body_of(environ)) if action == "DeleteObjects" else {}
    asked = parameters.of_query(environ.get("QUERY_STRING", "")) | deleted
    return Operation(service, action, "s3" if service == "s3" else "rest", access_key, resource, asked)


def body_of(environ: dict[str, Any]) -> bytes:
    """The body, which stays there to be read."""
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _routed(environ: dict[str, Any], service: str) -> tuple[str, str]:
    """The operation that botocore's model has for this method and path, and the bucket and key of S3."""
    asked = f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}"
    try:
        operation, parts = get_service_router(BOTOCORE.get(service, service)).match(Request(dict(environ)))
    except Exception as error:  # a service that botocore does not know has an error of its own
        if not isinstance(error, NotFound | NotImplementedError | ValueError | LookupError):
            raise
        return asked, ""
    if service != "s3":
        return operation.name, ""
    return operation.name, "/".join(str(parts[name]) for name in ("Bucket", "Key") if parts.get(name))


def error_answer(operation: Operation, code: str, message: str, status: int = 400) -> Answer:
    """An error as AWS would answer it, so that each SDK reports its code and message."""
    request_id = str(uuid4())
    headers = [("x-amzn-RequestId", request_id), ("x-amz-request-id", request_id)]
    if operation.form in ("json", "rest"):
        body = json.dumps({"__type": code, "code": code, "message": message, "Message": message})
        return status, [*headers, ("Content-Type", JSON), ("x-amzn-ErrorType", code)], body.encode()
    error = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    request = f"<RequestId>{request_id}</RequestId>"
    if operation.form == "s3":
        text = f"<Error>{error}<Resource>{escape(operation.resource)}</Resource>{request}</Error>"
    elif operation.form == "ec2":
        text = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    else:
        text = f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error>{request}</ErrorResponse>"
    return status, [*headers, ("Content-Type", "text/xml")], f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
