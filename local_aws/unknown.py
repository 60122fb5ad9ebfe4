"""What nobody has written yet answers with one clear error that SDKs do not retry, never with moto's page of HTML."""

import traceback
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from local_aws.operations import Answer, Operation, error_answer

NOT_IMPLEMENTED = 501  # SDKs retry 500, 502, 503 and 504
# What moto goes by in place of a host name for some requests.
OF_THEIR_OWN = {
    "moto_api",
    "instance_metadata",
    "dynamodb",
    "dynamodb_v20111205",
    "dynamodbstreams",
    "sesv2",
    "s3control",
}
HOW_TO = "docs/local-aws.md says what there is and how to add an API"


class UnknownServiceError(Exception):
    """moto has no such service."""


class Dispatcher(DomainDispatcherApplication):  # type: ignore[misc]  # moto is untyped
    """moto's choice of a service by the request, without its guess where it has none."""

    def get_backend_for_host(self, host: str | None) -> Any:
        """The service that answers for a host name of AWS; None if the request names no host.

        Raises:
            UnknownServiceError: moto has no such service.
        """
        if host is None:
            return None
        if host not in OF_THEIR_OWN and not any(p.match(f"http://{host}") for _, p in self.backend_url_patterns):
            raise UnknownServiceError(host)
        return super().get_backend_for_host(host)


def answer_for(operation: Operation, error: Exception) -> Answer:
    """The answer to a request that the server has no answer for."""
    asked = f"{operation.service}:{operation.action}"
    if isinstance(error, UnknownServiceError | ImportError):
        message = f"local_aws has no service {operation.service!r} (asked for {operation.action}); {HOW_TO}"
        return error_answer(operation, "UnknownOperationException", message, NOT_IMPLEMENTED)
    if isinstance(error, NotImplementedError):
        message = f"local_aws does not implement {asked}; {HOW_TO}"
        return error_answer(operation, "UnknownOperationException", message, NOT_IMPLEMENTED)
    traceback.print_exception(error)
    message = f"local_aws failed at {asked}: {type(error).__name__}: {error}; its standard error has the trace"
    return error_answer(operation, "InternalFailure", message, NOT_IMPLEMENTED)


def page_instead(operation: Operation, status: int, headers: list[tuple[str, str]]) -> Answer | None:
    """The clear error in place of a page of HTML, which moto's server sends for a path that it does not know."""
    kind = {name.lower(): value for name, value in headers}.get("content-type", "")
    if status == 404 and operation.form in ("json", "query", "ec2", "rest") and kind.startswith("text/html"):
        return answer_for(operation, NotImplementedError())
    return None
