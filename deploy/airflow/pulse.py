"""Is Airflow well? And tells CloudWatch so: an alarm of the stack rings when it is not, and when nothing is told any more.

    pulse.py look
    pulse.py tell s3://BUCKET

`look` needs nothing but Python; `tell` looks every minute, for ever. The artifacts bucket is the name under which CloudWatch
keeps the figures of this host.
"""

import argparse
import json
import logging
import sys
import time
import urllib.request
from typing import Any, NoReturn

HEALTH = "http://127.0.0.1:8080/api/v2/monitor/health"
PATIENCE, EVERY = 10.0, 60.0  # seconds
NAMESPACE, METRIC, DIMENSION = "GreenTaxi", "AirflowWell", "Artifacts"  # as in deploy/aws/templates

log = logging.getLogger("pulse")


def amiss(url: str = HEALTH) -> list[str]:
    """What is not as it should be, a line each: parts that are not healthy, or the API server that does not answer.

    The worker is not among the parts that Airflow knows of. Without it a run ends by its timeout, and that is told.
    """
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=PATIENCE) as answer:
            parts = json.load(answer)
        return [f"{name} is {part['status']}" for name, part in parts.items() if part["status"] != "healthy"]
    except (OSError, ValueError) as error:
        return [f"the API server: {error}"]


def tell(cloudwatch: Any, bucket: str, well: bool) -> None:
    """Sends 1 if all is well, else 0."""
    figure = {"MetricName": METRIC, "Dimensions": [{"Name": DIMENSION, "Value": bucket}], "Value": float(well)}
    cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=[figure])


def look() -> int:
    """Says what is amiss; the exit status tells whether anything is."""
    found = amiss()
    sys.stdout.writelines(f"{line}\n" for line in found)
    return bool(found)


def tell_for_ever(bucket: str) -> NoReturn:
    """Looks and tells; a failure to tell is logged."""
    import boto3  # not above: `look` is for the host's Python, which has none
    from botocore.exceptions import BotoCoreError, ClientError

    cloudwatch = boto3.client("cloudwatch")
    while True:
        found = amiss()
        for line in found:
            log.warning("%s", line)
        try:
            tell(cloudwatch, bucket, well=not found)
        except (BotoCoreError, ClientError) as error:
            log.error("%s", error)
        time.sleep(EVERY)


def main() -> int:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("look")
    teller = commands.add_parser("tell")
    teller.add_argument("artifacts", metavar="s3://BUCKET")
    arguments = parser.parse_args()
    if arguments.command == "look":
        return look()
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    tell_for_ever(arguments.artifacts.removeprefix("s3://").strip("/"))


if __name__ == "__main__":
    sys.exit(main())
