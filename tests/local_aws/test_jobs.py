"""The pipeline's own jobs, started as the pipeline starts them, with the zip that it ships."""

import json
from pathlib import Path

import pytest

from data_samples.samples import make_samples
from local_aws.options import ROOT
from tests.local_aws.jobs import command
from tools.package import build

pytestmark = [pytest.mark.s3, pytest.mark.slow, pytest.mark.timeout(600)]  # two cold starts of Spark


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("package"))


def places(bucket, *names):
    folders = {
        "raw": "raw/green",
        "transformed": "transformed/green",
        "quarantine": "quarantine/green",
        "aggregates": "agg",
    }
    return {f"--{name}": f"s3://{bucket}/{folders[name]}" for name in names}


def test_a_raw_file_becomes_trips_in_glue_and_aggregates_in_emr(glue, emr, package, tmp_path):
    sample = next(file for file in make_samples(tmp_path) if file.name.endswith(".csv"))
    glue.put(f"raw/green/{sample.name}", (tmp_path / sample.name).read_bytes())
    libraries = glue.put("packages/pkg.zip", package.read_bytes())

    run = glue.run(
        (ROOT / "glue" / "nyc_raw_to_transform.py").read_text(),
        {**places(glue.bucket, "raw", "transformed", "quarantine"), "--refused": "report", "--run": "one"},
        DefaultArguments={"--extra-py-files": libraries, "--enable-metrics": "true"},
    )
    assert run["JobRunState"] == "SUCCEEDED", glue.log(run, "error")
    assert json.loads(glue.log(run)[-1])["published"] == [sample.month]

    script = glue.put("emr.py", (ROOT / "emr" / "nyc_aggregations.py").read_text())
    options = [word for pair in places(emr.bucket, "transformed", "aggregates").items() for word in pair]
    cluster = emr.cluster(
        command("spark-submit", "--deploy-mode", "cluster", "--py-files", libraries, script, *options)
    )
    step = emr.client.list_steps(ClusterId=cluster)["Steps"][0]["Id"]
    assert emr.wait_step(cluster, step)["State"] == "COMPLETED", emr.log(cluster, step, "stderr")
    receipt = json.loads(
        glue.s3.get_object(Bucket=glue.bucket, Key=f"agg/_receipts/{sample.month}.json")["Body"].read()
    )
    assert receipt["source"]["etag"].startswith("one-")
