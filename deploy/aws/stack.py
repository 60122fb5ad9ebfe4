"""Makes the stack of the green taxi pipeline, brings it up to date, and takes it down again.

    python -m deploy.aws.stack deploy   --stack NAME [--set Parameter=value ...] [--tag Key=value ...] [--yes]
    python -m deploy.aws.stack destroy  --stack NAME [--confirm NAME]
    python -m deploy.aws.stack variable --stack NAME
    python -m deploy.aws.stack dags     --stack NAME
    python -m deploy.aws.stack host     --stack NAME
    python -m deploy.aws.stack template

Region (AWS_REGION or AWS_DEFAULT_REGION) and credentials (AWS_PROFILE, ...) are those of the AWS CLI. Everything may be
repeated; what is interrupted goes on when the command is given again.
"""

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from deploy.aws import template
from deploy.aws.account import UsageError, nearest, one_line, open_session
from deploy.aws.changes import Stack, StackError
from deploy.aws.dags import publish_dags
from deploy.aws.emptying import Leftovers
from deploy.aws.host import publish_installer
from deploy.aws.names import fault_of
from deploy.aws.resolved import Resolved
from deploy.aws.validation import validate
from deploy.aws.warehouse import Warehouse

NAME = re.compile(r"[a-z][a-z0-9-]*")  # everything is named after it: how long it may be, the table in names.py says
EXAMPLE = "green-taxi"
MAKING, CHANGING, DELETING = (
    "10 to 20 minutes",
    "1 to 10 minutes",
    "10 to 20 minutes",
)  # estimated, not yet measured on AWS
IMAGE, GROUPS = "AirflowImage", "GlueLogGroups"
NETWORK = ("VpcId", "AirflowSubnetId", "PrivateSubnetIds")
ZONES = 3  # that Redshift Serverless wants
OWN = "aws:|airflow-|green-taxi-lake=|for-use-with-amazon-emr-managed-policies=|stack="  # tags that mean something here
TAG = re.compile(rf"(?!{OWN})[\w.:/+@-][\w .:/+@-]{{0,127}}=[\w .:/=+@-]{{0,256}}")
UBUNTU = "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"


def deploy(
    session: boto3.session.Session,
    name: str,
    settings: Mapping[str, str],
    tags: Mapping[str, str],
    agree: Callable[[str], bool],
) -> None:
    """Makes the stack or brings it up to date, then what CloudFormation cannot make: Airflow's user in Redshift.

    Args:
        session: Whose account, and where.
        name: The stack's.
        settings: Parameters of the template; those not named stay as they are.
        tags: Of the stack and all in it; those not named stay as they are.
        agree: Asks a question and tells the answer.

    Raises:
        StackError: It failed, or was not agreed to.
    """
    stack = Stack(session, name)
    how_long = CHANGING if stack.exists else MAKING
    print(
        f"{name} in {session.region_name}: what is to change is looked up first (up to a minute) and then asked about."
    )
    print(f"After that CloudFormation is expected to take {how_long}; its events are shown meanwhile.", flush=True)
    wanted = dict(settings) if stack.exists else {**_found(session, settings), **settings}
    for line in validate(session, _resolved(session, name, wanted)):
        print(line)
    changes = stack.plan(template.body(), wanted, tags)
    if changes is None:
        print(f"{name} is as it should be")
    else:
        for line in changes:
            print(line)
        if not agree(f"{len(changes) or 'No'} resources of {name} in {session.region_name} change. Go on?"):
            stack.forget_plan()
            raise StackError("nothing was changed")
        stack.carry_out()
    outputs = stack.outputs()
    for statement in Warehouse(session, outputs).prepare():
        print(f"redshift   {statement}")
    print(f"\nThe Airflow variable green_taxi:\n{stack.variable()}")


def _resolved(session: boto3.session.Session, name: str, settings: Mapping[str, str]) -> Resolved:
    account = session.client("sts").get_caller_identity()["Account"]
    region = session.region_name
    return Resolved(template.load(), name, settings, account, region, session.get_partition_for_region(region))


def _found(session: boto3.session.Session, settings: Mapping[str, str]) -> dict[str, str]:
    """What a new stack takes from what is there; an older one keeps what it has."""
    found = {}
    if IMAGE not in settings:
        found[IMAGE] = session.client("ssm").get_parameter(Name=UBUNTU)["Parameter"]["Value"]
    if GROUPS not in settings:
        there = session.client("logs").describe_log_groups(logGroupNamePrefix="/aws-glue/jobs/")["logGroups"]
        found[GROUPS] = "exist" if there else "create"
    return found


def destroy(session: boto3.session.Session, name: str, type_name: Callable[[str], str]) -> None:
    """Empties the buckets and deletes the stack, with what jobs and EMR made outside it.

    Raises:
        StackError: There is none, clusters still run, the name was not typed, or it failed.
    """
    stack = Stack(session, name)
    if not stack.exists:
        raise StackError(f"there is no stack {name} in {session.region_name}: nothing to do")
    leftovers = Leftovers(session, stack)
    leftovers.refuse_live_clusters()
    for line in leftovers.describe():
        print(line)
    print(f"It is expected to take {DELETING}, and longer if the buckets hold millions of objects.", flush=True)
    if type_name(f"All of it is gone for ever. Type {name} to go on: ") != name:
        raise StackError("nothing was deleted")
    leftovers.remove(print)
    stack.delete()


def main(argv: Sequence[str]) -> int:
    """Runs a command and returns its exit status."""
    arguments = _parser().parse_args(argv)
    if arguments.command == "template":
        print(template.body())
        return 0
    try:
        _check_together(dict(getattr(arguments, "set", ())))
        session = open_session()
        if arguments.command == "deploy":
            deploy(
                session,
                arguments.stack,
                dict(arguments.set),
                dict(arguments.tag),
                lambda text: arguments.yes or _agreed(text),
            )
        elif arguments.command == "destroy":
            destroy(session, arguments.stack, lambda text: arguments.confirm or input(text))
        else:
            _show(arguments.command, session, Stack(session, arguments.stack).variable())
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except (StackError, BotoCoreError, ClientError) as error:
        print(f"error: {one_line(error)}", file=sys.stderr)
        return 1
    except EOFError:
        print("\nerror: nobody is there to answer: nothing was changed. Add --yes, or --confirm NAME", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; what AWS has begun goes on there", file=sys.stderr)
        return 1
    return 0


def _show(command: str, session: boto3.session.Session, variable: str) -> None:
    """The commands that need no more of a stack than the Airflow variable."""
    if command == "variable":
        print(variable)
    elif command == "host":
        print(publish_installer(session.client("s3"), variable, session.region_name))
    else:
        digest, new = publish_dags(session.client("s3"), variable)
        said = "published; the host takes them within a minute" if new else "published already"
        print(f"DAGs {digest[:12]}: {said}")


def _agreed(text: str) -> bool:
    return input(f"{text} [y/N] ").strip().lower() in ("y", "yes")


class _Parser(argparse.ArgumentParser):
    """Tells what is wrong in one line."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m deploy.aws.stack", description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in (
        ("deploy", "make the stack, or bring it up to date"),
        ("destroy", "empty its buckets and delete it"),
        ("variable", "the Airflow variable green_taxi"),
        ("dags", "publish the DAGs of this checkout for Airflow's host"),
        ("host", "what to type on Airflow's host to install it there"),
        ("template", "the template as CloudFormation gets it"),
    ):
        command = commands.add_parser(name, help=text)
        if name != "template":
            command.add_argument("--stack", metavar="NAME", type=_name, default="")
        if name == "deploy":
            command.add_argument("--set", metavar="PARAMETER=VALUE", type=_setting, action="append", default=[])
            command.add_argument("--tag", metavar="KEY=VALUE", type=_tag, action="append", default=[])
            command.add_argument("--yes", action="store_true", help="do not ask")
        if name == "destroy":
            command.add_argument("--confirm", metavar="NAME", default="", help="the name again, in place of typing it")
    return parser


def _name(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError(f"no stack is named: STACK={EXAMPLE} after make, --stack {EXAMPLE} here")
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!r}: expected a small letter, then small letters, digits and -, as {EXAMPLE}"
        )
    if fault := fault_of(Resolved(template.load(), text).named()):
        raise argparse.ArgumentTypeError(f"{text!r}: {fault}")
    return text


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    known = template.load()["Parameters"]
    if not equals or name not in known:
        near = "" if name in known else nearest(name, [*known])
        raise argparse.ArgumentTypeError(f"{text!r}: expected PARAMETER=VALUE, of {', '.join(known)}{near}")
    allowed = known[name].get("AllowedValues", [value])
    if value not in allowed:
        raise argparse.ArgumentTypeError(f"{text!r}: expected one of {', '.join(allowed)}")
    return name, value


def _tag(text: str) -> tuple[str, str]:
    if not TAG.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r}: expected KEY=VALUE as AWS takes a tag, like cost-center=42")
    key, _, value = text.partition("=")
    return key, value


def _check_together(settings: Mapping[str, str]) -> None:
    """Raises UsageError if only a part of a network is named."""
    named = [name for name in NETWORK if settings.get(name)]
    if named and len(named) < len(NETWORK):
        missing = [name for name in NETWORK if name not in named]
        raise UsageError(f"{' and '.join(named)} is set without {' and '.join(missing)}: a network is named as a whole")
    subnets = settings.get("PrivateSubnetIds", "")
    if subnets and len(set(subnets.split(","))) < ZONES:
        raise UsageError(f"PrivateSubnetIds={subnets}: expected {ZONES} subnets in as many zones, with commas between")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
