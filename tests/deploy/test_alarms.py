"""Who is told what, and that it arrives: each message replayed against the policy of what is to take it."""

from pathlib import Path

import pytest

from deploy.aws import template
from tests.deploy.policies import ACCOUNT, REGION, Call, Template

SOURCE = {"aws:SourceAccount": ACCOUNT}
ALARM = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:"
ACTIONS = {"sns": "sns:Publish", "sqs": "sqs:SendMessage", "states": "states:StartExecution"}


@pytest.fixture(scope="module")
def resolved():
    return Template(template.load(), settings={"AlarmEmail": "a@example.org"})


def service(arn):
    return arn.split(":")[2]


def is_taken(resolved, sender, arn, context, role=""):
    """Whether a service may send to a target: by the target's own policy, or by the role that is named for it."""
    call = Call(ACTIONS[service(arn)], arn, context)
    if not role:
        return any(one.allows(call) for one in resolved.grants(sender))
    [name] = [name for name in resolved.of_type("IAM::Role") if resolved.resolve({"Fn::GetAtt": [name, "Arn"]}) == role]
    trusted = any(
        who == name and sender in str(statement["Principal"].get("Service")) for who, statement in resolved.trusts()
    )
    return trusted and any(one.role == name and one.allows(call) for one in resolved.statements())


def context_of(sender, arn, source):
    """What a condition may look at. EventBridge tells a topic nothing of the rule that it speaks for (its guide, "Amazon SNS
    permissions"), and a queue its ARN; CloudWatch tells both ARN and account."""
    if sender == "events.amazonaws.com":
        return {} if service(arn) == "sns" else {"aws:SourceArn": source}
    return {"aws:SourceArn": source, **SOURCE}


def test_what_each_rule_sends_is_taken(resolved):
    rules = resolved.of_type("Events::Rule")
    assert len(rules) == 4
    for name, rule in rules.items():
        source = resolved.resolve({"Fn::GetAtt": [name, "Arn"]})
        for target in rule["Targets"]:
            arn = target["Arn"]
            context = context_of("events.amazonaws.com", arn, source)
            assert is_taken(resolved, "events.amazonaws.com", arn, context, target.get("RoleArn", "")), name


def test_what_a_rule_cannot_deliver_lies_in_a_queue_that_has_an_alarm(resolved):
    [queue] = resolved.of_type("SQS::Queue").values()
    for name, rule in resolved.of_type("Events::Rule").items():
        source = resolved.resolve({"Fn::GetAtt": [name, "Arn"]})
        for target in rule["Targets"]:
            arn = target["DeadLetterConfig"]["Arn"]
            assert arn.endswith(f":{queue['QueueName']}")
            assert is_taken(resolved, "events.amazonaws.com", arn, context_of("events.amazonaws.com", arn, source)), (
                name
            )
    alarm = resolved.of_type("CloudWatch::Alarm")["NotDelivered"]
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": queue["QueueName"]}]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("ApproximateNumberOfMessagesVisible", 1)


def test_the_queue_takes_nothing_of_a_rule_of_another_stack(resolved):
    other = {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/other"}
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:green-taxi-undelivered"
    assert not is_taken(resolved, "events.amazonaws.com", queue, other)


def test_what_each_alarm_says_is_taken(resolved):
    for alarm in resolved.of_type("CloudWatch::Alarm").values():
        for arn in alarm["AlarmActions"]:
            context = context_of("cloudwatch.amazonaws.com", arn, ALARM + alarm["AlarmName"])
            assert is_taken(resolved, "cloudwatch.amazonaws.com", arn, context), alarm["AlarmName"]


def test_an_alarm_of_another_account_is_not_taken(resolved):
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:green-taxi-failures"
    assert not is_taken(resolved, "cloudwatch.amazonaws.com", topic, {"aws:SourceAccount": "210987654321"})


@pytest.mark.parametrize(
    ("alarm", "metric", "hours", "missing"),
    [
        ("AirflowDown", "AirflowWell", 0.25, "breaching"),
        ("NoGoodNight", "GoodNights", 50, "breaching"),  # two nights, and the two hours that a run may take
        ("NoNewMonth", "DaysWithoutNewMonth", 24, "ignore"),  # the figure grows: a day is enough
    ],
)
def test_silence_rings_where_it_means_something(alarm, metric, hours, missing, resolved):
    found = resolved.of_type("CloudWatch::Alarm")[alarm]
    assert found["MetricName"] == metric
    assert found["TreatMissingData"] == missing
    assert found["Period"] * found["EvaluationPeriods"] == hours * 3600
    assert found["Period"] * found["EvaluationPeriods"] <= (
        7 * 86400 if found["Period"] >= 3600 else 86400
    )  # CloudWatch's


def test_the_figures_of_the_dag_are_those_that_the_alarms_look_at(resolved):
    told = (Path(__file__).parents[2] / "airflow" / "dags" / "pipeline_tasks.py").read_text()
    for name in ("NoGoodNight", "NoNewMonth"):
        alarm = resolved.of_type("CloudWatch::Alarm")[name]
        assert f'"{alarm["MetricName"]}"' in told
        assert alarm["Namespace"] == "GreenTaxi"
        assert alarm["Dimensions"] == [{"Name": "Artifacts", "Value": f"green-taxi-{ACCOUNT}-artifacts"}]


def test_a_budget_is_told_by_mail(resolved):
    [budget] = resolved.of_type("Budgets::Budget").values()
    assert budget["Budget"]["BudgetLimit"] == {"Amount": 100, "Unit": "USD"}
    for one in budget["NotificationsWithSubscribers"]:
        assert one["Subscribers"] == [{"SubscriptionType": "EMAIL", "Address": "a@example.org"}]


@pytest.mark.parametrize("settings", [{}, {"AlarmEmail": "a@example.org", "BudgetAmount": "0"}])
def test_there_is_no_budget_without_somebody_to_tell_or_without_an_amount(settings):
    assert Template(template.load(), settings=settings).of_type("Budgets::Budget") == {}
