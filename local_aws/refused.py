"""What AWS takes and this account would only write down: refused, so that nobody waits for what never comes.

The next case is a row of REFUSED. What moto has no answer for is refused by `unknown`, what a job's version or command asks for
by `glue` and `emr`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.operations import Answer, Operation, body_of, error_answer
from local_aws.unknown import HOW_TO, NOT_IMPLEMENTED

Request = Mapping[str, Any]
JOB = "CreateJob|UpdateJob|StartJobRun"
CODES = {"glue": "InvalidInputException"}  # of others ValidationException
ZIP = "send a zip by --extra-py-files"


@dataclass(frozen=True)
class Refused:
    """A call that is refused, or one with this in it.

    Attributes:
        service: As it signs.
        actions: A regular expression for the names of the actions.
        why: What would not be done, and what to do in its place.
        what: The parameter; empty if the action itself is refused.
        asks: Whether a request asks for it.
    """

    service: str
    actions: str
    why: str
    what: str = ""
    asks: Callable[[Request], object] = bool


def _job(request: Request) -> Iterator[Request]:
    """A job's definition, wherever a request has it."""
    yield request
    yield request.get("JobUpdate") or {}


def _field(name: str) -> Callable[[Request], object]:
    return lambda request: any(part.get(name) for part in _job(request))


def _argument(name: str, *harmless: str) -> Callable[[Request], object]:
    """Is an argument given to a job, with another value than these?"""

    def asks(request: Request) -> bool:
        given = [
            (part.get(arguments) or {}).get(name)
            for part in _job(request)
            for arguments in ("Arguments", "DefaultArguments", "NonOverridableArguments")
        ]
        return any(value is not None and str(value).lower() not in harmless for value in given)

    return asks


def _job_field(name: str, why: str) -> Refused:
    return Refused("glue", JOB, why, name, _field(name))


def _job_argument(name: str, why: str, *harmless: str) -> Refused:
    return Refused("glue", JOB, why, name, _argument(name, *harmless))


REFUSED = (
    _job_field("MaxRetries", "a run that fails is not tried again here: leave it 0, and start another run"),
    _job_field("JobRunQueuingEnabled", "no run waits in a queue here: start it when the other has ended"),
    _job_field("MaintenanceWindow", "nothing is restarted by the week here: leave it out"),
    _job_field("Connections", "no connection is opened for a job here: leave them out"),
    _job_field("SecurityConfiguration", "nothing is encrypted here: leave it out"),
    _job_field("NotificationProperty", "nobody is told of a run that is late here: leave it out, Timeout ends it"),
    _job_field(
        "CodeGenConfigurationNodes", "no script is made of them here: put one, and name it in Command.ScriptLocation"
    ),
    _job_field("SourceControlDetails", "no repository is asked here: put the script into a bucket"),
    _job_argument("--datalake-formats", "no table format is on the class path here: bring its jar by --extra-jars"),
    _job_argument(
        "--enable-glue-datacatalog",
        "Spark does not see the catalog here: read and write s3:// paths, and ask the catalog by boto3",
        "false",
    ),
    _job_argument(
        "--job-bookmark-option",
        "no bookmark is kept here: job-bookmark-disable, and note for yourself what is done",
        "job-bookmark-disable",
    ),
    _job_argument("--additional-python-modules", f"nothing is installed for a job here: {ZIP}", ""),
    _job_argument("--python-virtual-env", f"nothing is installed for a job here: {ZIP}", ""),
    _job_argument("--user-jars-first", "the order of the class path stays as it is here: leave it out", "", "false"),
    Refused("glue", "(Create|Update|Start|Stop)Trigger", "no trigger fires here: start the job by StartJobRun"),
    Refused(
        "glue",
        "(Create|Update)Workflow|(Start|Stop|Resume)WorkflowRun",
        "no workflow runs here: start its jobs one by one",
    ),
    Refused("glue", "(Create|Update)Blueprint|StartBlueprintRun", "no blueprint runs here: create its jobs"),
    Refused(
        "glue",
        "(Create|Update|Start|Stop)Crawler(Schedule)?",
        "no crawler crawls here: CreateTable and BatchCreatePartition say what there is",
    ),
    Refused(
        "elasticmapreduce",
        "RunJobFlow",
        "no fleet is made here: give InstanceGroups",
        "InstanceFleets",
        lambda request: (request.get("Instances") or {}).get("InstanceFleets"),
    ),
    Refused("events", "PutRule|PutTargets", "no event reaches a target here: do yourself what the rule should start"),
    Refused("s3", "PutBucketReplication", "nothing is replicated here: copy the objects"),
)


def refusal(operation: Operation, environ: dict[str, Any]) -> Answer | None:
    """The error in place of an answer; None if nothing is asked for that would not be done.

    Args:
        operation: What is asked for.
        environ: The request (WSGI). Its body is looked at only where a row asks for a parameter.
    """
    rows = [row for row in REFUSED if row.service == operation.service and re.fullmatch(row.actions, operation.action)]
    request = _request(body_of(environ)) if any(row.what for row in rows) else {}
    for row in rows:
        if not row.what:
            message = f"local_aws does not do {operation.service}:{operation.action}: {row.why}; {HOW_TO}"
            return error_answer(operation, "UnknownOperationException", message, NOT_IMPLEMENTED)
        if row.asks(request):
            code = CODES.get(operation.service, "ValidationException")
            return error_answer(operation, code, f"{row.what}: {row.why} (local_aws)")
    return None


def _request(body: bytes) -> Request:
    """The parameters; nothing, where they are none: whoever carries it out says so."""
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
