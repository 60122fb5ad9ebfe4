"""An event and the targets of a rule: in the local account a topic is told nothing, so no policy can be too kind to it."""

import json

from local_aws.clients import client

EVENT = {"Source": "test", "DetailType": "test", "Detail": "{}"}


def test_a_rule_delivers_nothing_to_a_topic_whatever_its_policy_says(shared):
    events, sns, sqs = (client(shared.environment, name) for name in ("events", "sns", "sqs"))
    topic = sns.create_topic(Name="told")["TopicArn"]
    queues = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("by-topic", "by-rule")}
    arns = {name: f"arn:aws:sqs:us-east-1:123456789012:{name}" for name in queues}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arns["by-topic"])
    events.put_rule(Name="rule", EventPattern=json.dumps({"source": ["test"]}))
    events.put_targets(Rule="rule", Targets=[{"Id": "topic", "Arn": topic}, {"Id": "queue", "Arn": arns["by-rule"]}])
    events.put_events(Entries=[EVENT])
    found = {name: sqs.receive_message(QueueUrl=url).get("Messages", []) for name, url in queues.items()}
    assert {name: len(messages) for name, messages in found.items()} == {"by-topic": 0, "by-rule": 1}
    for one in (events, sns, sqs):
        one.close()
