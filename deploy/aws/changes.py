"""A CloudFormation stack: what would change, the change itself with its events, outputs, the end."""

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from deploy.aws import template

EVERY = 5.0  # seconds between two looks
QUIET = 12  # looks without an event, after which a line tells what is being waited for
NO_CHANGE = ("didn't contain changes", "No updates are to be performed")
NOTHING_MADE = "REVIEW_IN_PROGRESS"  # a change set was made, and not carried out
NEVER_MADE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED")  # the first attempt failed: such a stack can only be deleted
SIGNS = {"Add": "+", "Modify": "~", "Remove": "-"}


class StackError(Exception):
    """What a user is told in one line."""


class Stack:
    """One stack, by its name."""

    def __init__(self, session: boto3.session.Session, name: str, every: float = EVERY) -> None:
        services: Any = session  # its types ask for the name of each service
        self._cloudformation = services.client("cloudformation")
        self.name = name
        self._every = every
        self._plan = ""

    @property
    def status(self) -> str:
        """CloudFormation's; empty if there is no such stack."""
        found = self._describe()
        return str(found["StackStatus"]) if found else ""

    @property
    def exists(self) -> bool:
        """Whether there is anything of it."""
        return self.status not in ("", NOTHING_MADE, *NEVER_MADE)

    def plan(self, body: str, settings: Mapping[str, str], tags: Mapping[str, str]) -> list[str] | None:
        """A line for each resource that would be made, changed or removed; None if all is as it should be.

        There may be none and yet something to do: a parameter that only an output names.

        Args:
            body: The template.
            settings: Its parameters; those that are not named stay as they are.
            tags: For the stack and all in it; those that are not named stay.

        Raises:
            StackError: CloudFormation refuses, or the stack is being changed right now.
        """
        status = self.status
        if status in NEVER_MADE:
            print(f"{self.name} is {status}: its first attempt failed, so what is left of it is deleted first")
            self.delete()
        elif status.endswith("_IN_PROGRESS") and status != NOTHING_MADE:
            raise StackError(f"{self.name} is {status}: wait until that has ended")
        name = f"deploy-{uuid.uuid4().hex[:12]}"
        self._cloudformation.create_change_set(
            StackName=self.name,
            ChangeSetName=name,
            ChangeSetType="UPDATE" if self.exists else "CREATE",
            TemplateBody=body,
            Parameters=self._parameters(settings),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Tags=[{"Key": key, "Value": value} for key, value in {"stack": self.name, **self.tags(), **tags}.items()],
        )
        self._plan = name
        found = self._planned()
        if found["Status"] == "FAILED":
            self.forget_plan()
            if any(text in found.get("StatusReason", "") for text in NO_CHANGE):
                return None
            raise StackError(f"{self.name}: {found.get('StatusReason')}")
        return [_line(change["ResourceChange"]) for change in self._pages("describe_change_set", "Changes")]

    def forget_plan(self) -> None:
        """Removes the change set, and the stack if that is all there is of it."""
        self._cloudformation.delete_change_set(StackName=self.name, ChangeSetName=self._plan)
        if self.status == NOTHING_MADE:
            self._cloudformation.delete_stack(StackName=self.name)

    def carry_out(self) -> None:
        """Does what was planned, and shows its events; returns at the end.

        Raises:
            StackError: It failed; with the first reason.
        """
        before = self._events_so_far()
        self._cloudformation.execute_change_set(StackName=self.name, ChangeSetName=self._plan)
        self._follow(before, ("CREATE_COMPLETE", "UPDATE_COMPLETE"), self.name)

    def delete(self) -> None:
        """Deletes the stack, and shows its events; returns at the end.

        Raises:
            StackError: It failed; with the first reason.
        """
        found = self._describe()
        if found is None:
            return
        before = self._events_so_far()
        self._cloudformation.delete_stack(StackName=self.name)
        self._follow(before, ("DELETE_COMPLETE",), found["StackId"])  # a deleted stack is known by its id only

    def outputs(self) -> dict[str, str]:
        """The outputs by name.

        Raises:
            StackError: There is no such stack.
        """
        found = self._describe()
        if not self.exists or found is None:
            raise StackError(f"there is no stack {self.name}: deploy it first")
        return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}

    def tags(self) -> dict[str, str]:
        """The tags that it has."""
        found = self._describe()
        return {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])} if found else {}

    def variable(self) -> str:
        """The Airflow variable `green_taxi`, as JSON: what the stack says, and its tags, which clusters bear, too.

        Raises:
            StackError: There is no such stack.
        """
        tags = [{"Key": key, "Value": value} for key, value in sorted(self.tags().items())]
        return json.dumps(json.loads(self.outputs()["GreenTaxi"]) | {"tags": tags})

    def resources(self, kind: str) -> list[str]:
        """The physical ids of its resources of a type."""
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        return [
            one["PhysicalResourceId"]
            for page in pages
            for one in page["StackResourceSummaries"]
            if one["ResourceType"] == kind and one["ResourceStatus"] != "DELETE_COMPLETE"
        ]

    def _describe(self, name: str = "") -> Any:
        try:
            return self._cloudformation.describe_stacks(StackName=name or self.name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def _parameters(self, settings: Mapping[str, str]) -> list[dict[str, Any]]:
        """Those that are named; of a stack that exists, all others as they are."""
        found = self._describe() if self.exists else None
        kept = {one["ParameterKey"] for one in found.get("Parameters", [])} if found else set()
        kept &= template.load()["Parameters"].keys()
        return [
            *({"ParameterKey": name, "ParameterValue": value} for name, value in settings.items()),
            *({"ParameterKey": name, "UsePreviousValue": True} for name in sorted(kept - settings.keys())),
        ]

    def _planned(self) -> Any:
        while True:
            found = self._cloudformation.describe_change_set(StackName=self.name, ChangeSetName=self._plan)
            if found["Status"] in ("CREATE_COMPLETE", "FAILED"):
                return found
            time.sleep(self._every)

    def _pages(self, operation: str, key: str) -> list[Any]:
        pages = self._cloudformation.get_paginator(operation).paginate(StackName=self.name, ChangeSetName=self._plan)
        return [one for page in pages for one in page[key]]

    def _events(self, name: str) -> list[Any]:
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
        return [event for page in pages for event in page["StackEvents"]][::-1]

    def _events_so_far(self) -> set[str]:
        return {event["EventId"] for event in self._events(self.name)}

    def _follow(self, seen: set[str], good: tuple[str, ...], name: str) -> None:
        reason, at_work, looks = "", dict[str, None](), 0
        while True:
            status = str((self._describe(name) or {"StackStatus": "DELETE_COMPLETE"})["StackStatus"])
            for event in self._events(name):  # after the status: the last events are there
                if event["EventId"] not in seen:
                    seen.add(event["EventId"])
                    looks = 0
                    at_work.pop(event["LogicalResourceId"], None)
                    if event["ResourceStatus"].endswith("_IN_PROGRESS"):
                        at_work[event["LogicalResourceId"]] = None
                    why = event.get("ResourceStatusReason", "")
                    print(f"{event['ResourceStatus']:<28} {event['LogicalResourceId']:<28} {why}".rstrip(), flush=True)
                    if event["ResourceStatus"].endswith("_FAILED") and not reason:
                        reason = f"{event['LogicalResourceId']}: {why}"
            if not status.endswith("_IN_PROGRESS"):
                break
            looks += 1
            if looks % QUIET == 0:
                print(f"... still at it after {looks * self._every:.0f} s: {', '.join(at_work) or name}", flush=True)
            time.sleep(self._every)
        if status not in good:
            raise StackError(f"{self.name} is {status}; {reason or 'its events say why'}")


def _line(change: Mapping[str, Any]) -> str:
    replaced = "  REPLACED" if change.get("Replacement") == "True" else ""
    sign = SIGNS.get(change["Action"], "?")
    return f"{sign} {change['LogicalResourceId']:<28} {change['ResourceType']}{replaced}"
