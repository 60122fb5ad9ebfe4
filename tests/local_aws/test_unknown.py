"""What the account does not have says so in AWS's form, at once."""

import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from local_aws.clients import client

UNKNOWN: list[tuple[str, str, str, dict[str, str]]] = [
    ("glue", "list_blueprints", "ListBlueprints", {}),  # JSON
    ("emr", "list_studios", "ListStudios", {}),
    ("iam", "list_organizations_features", "ListOrganizationsFeatures", {}),  # query
    ("ec2", "describe_fpga_images", "DescribeFpgaImages", {}),
    ("batch", "list_consumable_resources", "ListConsumableResources", {}),  # REST
    ("redshift-serverless", "list_workgroups", "ListWorkgroups", {}),  # a whole service
    ("controltower", "list_baselines", "ListBaselines", {}),
]


@pytest.mark.parametrize(("service", "method", "action", "given"), UNKNOWN)
def test_an_action_that_is_not_there_names_itself_and_the_way_out(shared, service, method, action, given):
    one = client(shared.environment, service)
    began = len(shared.calls())
    with pytest.raises(ClientError) as error:
        getattr(one, method)(**given)
    one.close()
    said = error.value.response["Error"]
    assert said["Code"] == "UnknownOperationException"
    for part in (action, "docs/local-aws.md"):
        assert part in said["Message"]
    made = [call for call in shared.calls()[began:] if not call["caller"]]
    assert [(call["action"], call["status"]) for call in made] == [(action, 501)]  # and is not tried again


def test_no_answer_is_a_page_of_html(shared):
    request = urllib.request.Request(f"{shared.url}/2015-03-31/nothing/here", method="GET")
    request.add_header(
        "Authorization", "AWS4-HMAC-SHA256 Credential=K/20260101/us-east-1/batch/aws4_request, Signature=0"
    )
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request)
    with error.value as answer:
        body = answer.read().decode()
    assert "<html" not in body.lower()
    assert "UnknownOperationException" in body


def test_the_services_of_the_pipeline_are_there(clients):
    assert clients["sts"].get_caller_identity()["Account"] == "123456789012"
    topic = clients["sns"].create_topic(Name="failures")["TopicArn"]
    assert clients["sns"].publish(TopicArn=topic, Message="a run failed")["MessageId"]
    clients["logs"].create_log_group(logGroupName="mine")
    groups = clients["logs"].describe_log_groups(logGroupNamePrefix="mine")["logGroups"]
    assert [group["logGroupName"] for group in groups] == ["mine"]
