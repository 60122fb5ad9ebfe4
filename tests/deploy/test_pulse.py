"""The word of Airflow's host that all is well, and the alarm that waits for it."""

import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import pytest
from moto import mock_aws

from deploy.airflow.pulse import amiss, tell
from deploy.aws import template

WELL = b'{"metadatabase": {"status": "healthy"}, "scheduler": {"status": "healthy", "latest_scheduler_heartbeat": "x"}}'


@pytest.fixture
def airflow():
    """An API server, and what it is to answer."""
    answer: dict[str, Any] = {"status": 200, "body": WELL}

    class Health(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(answer["status"])
            self.end_headers()
            self.wfile.write(answer["body"])

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", answer
        server.shutdown()


def test_all_is_well_when_every_part_says_so(airflow, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # a proxy knows nothing of this host
    assert amiss(airflow[0]) == []


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, WELL.replace(b"healthy", b"unhealthy", 1), "metadatabase is unhealthy"),
        (200, b'{"triggerer": {"status": null}}', "triggerer is None"),
        (200, b"<html>", "the API server: Expecting value"),
        (503, WELL, "the API server: HTTP Error 503"),
    ],
)
def test_what_is_amiss_is_named(airflow, status, body, said):
    url, answer = airflow
    answer.update(status=status, body=body)
    [line] = amiss(url)
    assert line.startswith(said)


def test_an_api_server_that_does_not_run_is_amiss():
    [line] = amiss("http://127.0.0.1:9/")
    assert "Connection refused" in line


@pytest.mark.parametrize(("well", "value"), [(True, 1.0), (False, 0.0)])
def test_the_alarm_looks_at_the_very_figure_that_is_told(well, value, aws_environment):
    """And rings when it is below its threshold three times, or missing."""
    alarm = template.load()["Resources"]["AirflowDown"]["Properties"]
    with mock_aws():
        cloudwatch = boto3.client("cloudwatch")
        tell(cloudwatch, "artifacts", well=well)
        [figure] = cloudwatch.get_metric_statistics(
            Namespace=alarm["Namespace"],
            MetricName=alarm["MetricName"],
            Dimensions=[{"Name": name["Name"], "Value": "artifacts"} for name in alarm["Dimensions"]],
            Statistics=[alarm["Statistic"]],
            Period=alarm["Period"],
            StartTime=datetime.now(UTC) - timedelta(hours=1),
            EndTime=datetime.now(UTC) + timedelta(hours=1),
        )["Datapoints"]
    assert figure[alarm["Statistic"]] == value
    assert (figure[alarm["Statistic"]] < alarm["Threshold"]) is not well
    assert (alarm["ComparisonOperator"], alarm["TreatMissingData"]) == ("LessThanThreshold", "breaching")
