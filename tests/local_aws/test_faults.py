"""Injected faults: code that does not know about them sees what AWS would show it."""

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from local_aws.clients import client
from tests.local_aws.jobs import processes

pytestmark = pytest.mark.s3

WRITES = (
    "import boto3, sys\ns3 = boto3.client('s3')\n"
    "for n in range(9):\n    s3.put_object(Bucket=sys.argv[-1], Key=f'out/{n}', Body=b'')\n"
)


@pytest.fixture
def once(faulty):
    """Clients that do not try again."""
    made = {name: client(faulty.environment, name, retries={"max_attempts": 0}) for name in ("s3", "emr", "iam")}
    yield made
    for one in made.values():
        one.close()


def keys(s3, bucket):
    return [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix="out/").get("Contents", [])]


def statuses(account, action):
    return [call["status"] for call in account.calls() if call["action"] == action]


def test_a_call_fails_as_often_as_told_and_with_the_code_that_is_told(faulty, once):
    faulty.inject("emr", "ListClusters", "fail", times=2)
    faulty.inject("iam", "GetRole", "fail", code="NoSuchEntity", status=404)
    for _ in range(2):
        with pytest.raises(ClientError) as error:
            once["emr"].list_clusters()
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    once["emr"].list_clusters()
    with pytest.raises(once["iam"].exceptions.NoSuchEntityException):
        once["iam"].get_role(RoleName="r")


def test_what_was_injected_first_acts_first(faulty, once, bucket):
    for name in ("First", "Second"):
        faulty.inject("s3", "ListBuckets", "fail", code=name)
    once["s3"].head_bucket(Bucket=bucket)  # another action is not meant
    said = []
    for _ in range(2):
        with pytest.raises(ClientError) as error:
            once["s3"].list_buckets()
        said.append(error.value.response["Error"]["Code"])
    assert said == ["First", "Second"]


def test_a_throttled_call_is_tried_again_by_the_sdk(faulty, clients):
    before = len(statuses(faulty, "ListClusters"))
    faulty.inject("elasticmapreduce", "ListClusters", "throttle", times=2)
    clients["emr"].list_clusters()
    assert statuses(faulty, "ListClusters")[before:] == [400, 400, 200]


def test_a_lost_answer_is_of_a_call_that_was_carried_out(faulty, once, bucket):
    faulty.inject("s3", "PutObject", "lost", key="out/lost$")
    once["s3"].put_object(Bucket=bucket, Key="out/other", Body=b"")
    with pytest.raises(ConnectionClosedError):
        once["s3"].put_object(Bucket=bucket, Key="out/lost", Body=b"")
    assert keys(once["s3"], bucket) == ["out/lost", "out/other"]
    assert statuses(faulty, "PutObject")[-1] == 0


def test_a_late_answer_comes_after_the_client_has_given_up(faulty, bucket):
    hasty = client(faulty.environment, "s3", retries={"max_attempts": 0}, read_timeout=0.3)
    faulty.inject("s3", "PutObject", "late", seconds=1.0)
    with pytest.raises(Exception, match="timeout"):
        hasty.put_object(Bucket=bucket, Key="out/late", Body=b"")
    assert keys(hasty, bucket) == ["out/late"]
    hasty.close()


def test_an_error_of_s3_is_of_s3s_own_form(faulty, once, bucket):
    faulty.inject("s3", "GetObject", "fail", code="SlowDown", status=503)
    with pytest.raises(ClientError) as error:
        once["s3"].get_object(Bucket=bucket, Key="k")
    assert error.value.response["Error"]["Code"] == "SlowDown"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


@pytest.mark.parametrize(("kind", "code", "status"), [("fail", "AccessDenied", 403), ("throttle", "SlowDown", 503)])
def test_where_no_code_is_given_s3_has_its_own(faulty, once, kind, code, status):
    faulty.inject("s3", "ListBuckets", kind)
    with pytest.raises(ClientError) as error:
        once["s3"].list_buckets()
    assert error.value.response["Error"]["Code"] == code
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize(("kind", "written"), [("kill_job", 4), ("kill_job_after", 5)])
def test_a_job_dies_at_the_call_that_is_named(faulty, glue, kind, written):
    faulty.inject("s3", "PutObject", kind, key=f"{glue.bucket}/out/4$")
    run = glue.run(WRITES, {"--bucket": glue.bucket})
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "Command failed with exit code 137")
    assert keys(glue.s3, glue.bucket) == [f"out/{n}" for n in range(written)]
    assert processes(run["Id"]) == set()


def test_other_jobs_live_on_but_all_die_where_no_job_asks(faulty, once, glue):
    other = glue.job("import time; time.sleep(1000)")
    spared = glue.start(other)
    glue.wait(other, spared, ["RUNNING"])
    faulty.inject("s3", "GetObject", "kill_job", key=f"{glue.bucket}/in$")
    asks = "import boto3, sys\nboto3.client('s3').get_object(Bucket=sys.argv[-1], Key='in')"
    assert glue.run(asks, {"--bucket": glue.bucket})["JobRunState"] == "FAILED"
    assert glue.get(other, spared)["JobRunState"] == "RUNNING"
    faulty.inject("s3", "ListBuckets", "kill_job")
    with pytest.raises(ConnectionClosedError):
        once["s3"].list_buckets()
    assert glue.wait(other, spared)["ErrorMessage"] == "Command failed with exit code 137"


def test_the_record_says_which_job_made_a_call(shared, glue):
    run = glue.run(WRITES, {"--bucket": glue.bucket})
    calls = [call for call in shared.calls() if call["caller"] == run["Id"]]
    assert [call["resource"] for call in calls if call["action"] == "PutObject"] == [
        f"{glue.bucket}/out/{n}" for n in range(9)
    ]
    assert {(call["service"], call["action"]) for call in calls} >= {("s3", "GetObject"), ("logs", "CreateLogStream")}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "vanish"}, "kill_job_after"),
        ({"key": "("}, "regular expression"),
        ({"key": 1}, "key is a text, found 1"),
        ({"times": "2"}, "times is a number, found '2'"),
        ({"colour": 1}, "it has service"),
    ],
)
def test_a_fault_that_is_none_is_refused(faulty, wrong, said):
    with pytest.raises(ValueError, match=said):
        faulty.inject(**{"service": "s3", "action": "PutObject", "kind": "fail", **wrong})


def test_faults_are_listed_and_cleared(faulty, once):
    faulty.inject("s3", "ListBuckets", "fail", times=3)
    (left,) = faulty.faults()
    assert (left["service"], left["kind"], left["times"]) == ("s3", "fail", 3)
    with pytest.raises(ClientError):
        once["s3"].list_buckets()
    assert [each["times"] for each in faulty.faults()] == [2]
    faulty.clear_faults()
    assert faulty.faults() == []
