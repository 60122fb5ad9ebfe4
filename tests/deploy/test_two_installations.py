"""Two stacks in one account and region, as for development and production; the lab's names are those of one of them."""

import json

import pytest

from deploy.aws import template
from tests.deploy.policies import ACCOUNT, REGION, STACK, Call, Template

OTHER = "green-taxi-dev"
SHARED = {"/aws-glue/jobs/output", "/aws-glue/jobs/error"}  # Glue's own, of all its jobs


@pytest.fixture(scope="module")
def stacks():
    whole = template.load()
    return {name: Template(whole, name, {"AlarmEmail": "a@example.org"}) for name in (STACK, OTHER)}


def settings(resolved):
    return json.loads(resolved.output("GreenTaxi"))


@pytest.mark.parametrize(
    ("stack", "database", "job"),
    [(STACK, "nyc", "nyc_raw_to_transform"), (OTHER, "nyc_green_taxi_dev", "nyc_green_taxi_dev_raw_to_transform")],
)
def test_the_stack_green_taxi_has_the_names_of_the_lab(stack, database, job, stacks):
    found = settings(stacks[stack])
    assert (found["catalog"], found["glue_job"], found["redshift_workgroup"]) == (database, job, stack)


def test_no_name_is_in_both(stacks):
    first, second = ({(kind, name) for (kind, _), name in one.named().items()} for one in stacks.values())
    assert {name for _, name in first & second} == SHARED
    assert len(first) == len(second) > 25


def test_each_type_that_has_a_name_in_the_template_is_in_the_table(stacks):
    """Else its name would be in no test, and checked against no limit."""
    ends = ("Name", "Identifier")
    unnamed = {
        (one["Type"], key)
        for name, one in stacks[STACK].resources.items()
        for key in one["Properties"]
        if key.endswith(ends) and key not in ("DisplayName", "ServiceName", "DbName", "MetricName", "NamespaceName")
        if (one["Type"], name) not in stacks[STACK].named()
    }
    assert unnamed == set()


def test_the_rules_of_one_stack_do_not_see_what_the_other_does(stacks):
    seen = {}
    for stack, resolved in stacks.items():
        where = settings(resolved)
        step, cluster = f"{where['catalog']}_aggregations", f"{stack} data_pipeline run"
        seen[stack] = {"job": where["glue_job"], "step": step, "cluster": cluster}
    for stack, resolved in stacks.items():
        rules = {name: rule["EventPattern"]["detail"] for name, rule in resolved.of_type("Events::Rule").items()}
        for other, names in seen.items():
            found = (
                rules["JobFailed"]["jobName"] == [names["job"]],
                rules["StepFailed"]["name"] == [names["step"]],
                names["cluster"].startswith(rules["ClusterFailed"]["name"][0]["prefix"]),
                names["cluster"].startswith(rules["ClusterStarted"]["name"][0]["prefix"]),
            )
            assert found == (stack == other,) * 4, (stack, other)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("glue:StartJobRun", f"arn:aws:glue:{REGION}:{ACCOUNT}:job/{{job}}"),
        ("glue:UpdateTable", f"arn:aws:glue:{REGION}:{ACCOUNT}:table/{{catalog}}/green"),
        ("s3:PutObject", "arn:aws:s3:::{bucket}/releases/1/a"),
    ],
)
def test_what_is_the_others_is_denied(action, resource, stacks):
    for mine, resolved in stacks.items():
        for stack in stacks:
            where = settings(stacks[stack])
            names = {"job": where["glue_job"], "catalog": where["catalog"], "bucket": where["artifacts"][5:]}
            call = Call(action, resource.format(**names))
            allowed = any(one.role == "AirflowRole" and one.allows(call) for one in resolved.statements())
            assert allowed == (mine == stack), (mine, stack)
