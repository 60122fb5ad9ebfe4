"""moto is pinned, and local_aws goes by what is inside it. This says what is no longer as it was, before a job does."""

import inspect
from importlib.metadata import version

import pytest
from moto.core.base_backend import BackendDict
from moto.core.responses import ActionResult, BaseResponse
from moto.emr import models as emr
from moto.emr.responses import ElasticMapReduceResponse
from moto.glue import models as glue
from moto.glue.responses import GlueResponse
from moto.moto_server import werkzeug_app
from moto.s3 import models as s3
from moto.s3.responses import S3Response


def parameters(function):
    return [*inspect.signature(function).parameters]


def test_the_version_that_local_aws_was_written_for():
    assert version("moto").startswith("5.2."), "see whether the other tests of this file still say what is needed"


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (glue.GlueBackend, ["create_job", "get_job", "get_job_run", "get_job_runs", "start_job_run", "reset"]),
        (glue.FakeJob, ["start_job_run", "get_job_run", "get_job_runs"]),
        (glue.FakeJobRun, ["as_dict", "status"]),
        (
            emr.ElasticMapReduceBackend,
            ["run_job_flow", "add_job_flow_steps", "describe_step", "list_clusters", "reset"],
        ),
        (emr.ElasticMapReduceBackend, ["_manage_security_groups", "terminate_job_flows", "set_termination_protection"]),
        (emr.Cluster, ["start_cluster", "run_bootstrap_actions", "add_steps", "terminate", "status"]),
        (emr.Step, ["status", "start"]),
        (s3.S3Backend, ["create_bucket", "put_object", "head_object", "copy_object"]),
        (S3Response, ["head_object", "_get_checksum"]),
        (s3.FakeKey, ["value", "etag", "metadata", "set_metadata", "storage_class"]),
        (werkzeug_app.DomainDispatcherApplication, ["get_backend_for_host", "infer_service_region_host"]),
        (BaseResponse, ["_get_param", "call_action"]),
        (GlueResponse, ["parameters", "glue_backend"]),
    ],
)
def test_what_is_replaced_or_called_is_there(owner, names):
    assert [name for name in names if not hasattr(owner, name)] == []


def test_signatures_by_which_moto_calls_what_is_replaced():
    assert parameters(glue.FakeJob.start_job_run) == [
        *("self", "allocated_capacity", "max_capacity", "timeout", "worker_type", "security_configuration"),
        *("number_of_workers", "notification_property", "previous_run_id", "arguments"),
    ]
    assert parameters(s3.S3Backend.copy_object)[:4] == ["self", "src_key", "dest_bucket_name", "dest_key_name"]
    assert parameters(emr.Cluster.__init__)[:3] == ["self", "emr_backend", "name"]
    assert parameters(emr.Cluster.add_steps) == ["self", "steps"]
    assert parameters(emr.Step.__init__) == ["self", "state", "name", "hadoop_jar_step", "action_on_failure"]
    assert parameters(emr.ElasticMapReduceBackend.add_job_flow_steps) == ["self", "job_flow_id", "steps"]
    assert parameters(emr.ElasticMapReduceBackend.describe_step) == ["self", "cluster_id", "step_id"]


def test_a_glue_job_has_the_fields_that_an_update_sets():
    from local_aws.glue import FIELDS

    known = set(parameters(glue.FakeJob.__init__))
    assert set(FIELDS.values()) <= known
    assert known - set(FIELDS.values()) == {"self", "name", "tags", "backend"}


def test_a_clusters_beginning_calls_what_is_replaced():
    source = inspect.getsource(emr.Cluster.__init__)
    for part in (
        "self.add_steps(steps)",
        "self.start_cluster()",
        "self.run_bootstrap_actions()",
        "self.steps[0].start()",
    ):
        assert part in source


def test_where_backends_and_actions_are_looked_up():
    assert isinstance(glue.glue_backends, BackendDict)
    assert isinstance(emr.emr_backends, BackendDict)
    assert "self.backend" in inspect.getsource(BackendDict._create_account_specific_backend)
    source = inspect.getsource(BaseResponse.call_action)
    assert "method_names_from_class(self.__class__)" in source
    assert "raise NotImplementedError" in source
    assert ActionResult({"a": 1}).result == {"a": 1}
    assert callable(ElasticMapReduceResponse.run_job_flow)


def test_actions_that_are_added_are_still_missing_in_moto():
    """Else local_aws may do without them."""
    text = inspect.getsource(GlueResponse) + inspect.getsource(ElasticMapReduceResponse)
    added = ("update_job", "batch_stop_job_run", "cancel_steps", "auto_termination_policy")
    assert [name for name in added if f"def {name}" in text or f"_{name}(self" in text] == []
