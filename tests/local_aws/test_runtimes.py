"""Versions of Glue and releases of EMR, and the environments that stand for them."""

import pytest

from local_aws.runtimes import CURRENT, EMR, GLUE, PREVIOUS, problem_with_emr, problem_with_glue


def test_each_line_of_spark_stands_for_one_glue_and_one_emr():
    assert {version: runtime.spark for version, runtime in GLUE.items()} == {
        "6.0": "4.1.1",
        "5.1": "3.5.6",
        "auto": "4.1.1",
    }
    assert {label: runtime.spark for label, runtime in EMR.items()} == {
        "emr-spark-8.1.0": "4.1.1",
        "emr-7.13.0": "3.5.6",
    }


def set_up(root, runtime, *, submit=True, jars=True):
    if submit:
        runtime.spark_submit(root).parent.mkdir(parents=True)
        runtime.spark_submit(root).touch()
    if jars:
        folder = root / ".cache" / "s3-jars" / runtime.spark[:3] / "jars"
        folder.mkdir(parents=True)
        (folder / "a.jar").touch()


def test_an_environment_that_is_not_set_up_is_named_with_the_target_that_does_it(tmp_path):
    set_up(tmp_path, CURRENT)
    assert problem_with_glue("6.0", tmp_path) == ""
    assert problem_with_emr("emr-spark-8.1.0", tmp_path) == ""
    assert problem_with_glue("5.1", tmp_path) == (
        "GlueVersion 5.1: Spark 3.5.6 is not set up on this machine: run `make s3-jars-previous`"
    )
    assert "make s3-jars-previous" in problem_with_emr("emr-7.13.0", tmp_path)


@pytest.mark.parametrize("there", [{"jars": False}, {"submit": False}], ids=["no jars", "no Spark"])
def test_half_an_environment_is_none(tmp_path, there):
    set_up(tmp_path, PREVIOUS, **there)
    assert "make s3-jars-previous" in problem_with_glue("5.1", tmp_path)


@pytest.mark.parametrize(("problem", "asked"), [(problem_with_glue, "4.0"), (problem_with_emr, "emr-6.0.0")])
def test_what_is_not_known_is_named_with_what_is(problem, asked, tmp_path):
    said = problem(asked, tmp_path)
    assert asked in said
    assert ("6.0" if problem is problem_with_glue else "emr-spark-8.1.0") in said
