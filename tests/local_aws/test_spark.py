"""Command lines and settings, as Glue and EMR are given them and as they are run here."""

import pytest

from local_aws import spark
from local_aws.glue_run import settings_of
from local_aws.options import Options
from local_aws.runtimes import CURRENT
from local_aws.submit_options import SubmitOptions, read

OPTIONS = Options("http://127.0.0.1:1", state=spark.JOB_SITE)


def test_a_command_line_for_a_cluster_is_read():
    line = (
        "--deploy-mode cluster --master yarn --name n --conf spark.a=b=c --conf=spark.d= --driver-memory 3g --verbose "
        "--py-files s3://b/x.zip,s3://b/y.py s3://b/s.py --conf mine --verbose"
    )
    assert read(line.split()) == SubmitOptions(
        script="s3://b/s.py",
        arguments=["--conf", "mine", "--verbose"],
        settings={"spark.a": "b=c", "spark.d": "", "spark.driver.memory": "3g"},
        files={"--py-files": ["s3://b/x.zip", "s3://b/y.py"]},
        flags=["--name", "n", "--verbose"],
        in_cluster=True,
    )


@pytest.mark.parametrize(
    ("line", "in_cluster"),
    [
        ("s.py", False),
        ("--deploy-mode client s.py", False),
        ("--conf spark.submit.deployMode=cluster s.py", True),
        ("s.py --deploy-mode cluster", False),
    ],
)
def test_where_the_driver_is_to_run(line, in_cluster):
    assert read(line.split()).in_cluster is in_cluster


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "no script"),
        ("--conf spark.a=b", "no script"),
        ("--name", "--name needs a value"),
        ("--class Main s3://b/x.jar", "Python scripts only"),
        ("--packages a:b:1 s.py", "no network"),
        ("--properties-file mine.conf s.py", "by --conf"),
        ("--kill driver-1", "no such thing"),
    ],
)
def test_a_command_line_that_cannot_run_here_is_refused(line, said):
    with pytest.raises(ValueError, match=said):
        read(line.split())


def test_glues_conf_is_one_text():
    assert settings_of("") == {}
    assert settings_of("spark.a=1 --conf spark.b='x y' --conf spark.c=d=e") == {
        "spark.a": "1",
        "spark.b": "x y",
        "spark.c": "d=e",
    }
    with pytest.raises(ValueError, match="NAME=VALUE"):
        settings_of("spark.a=1 spark.b")


def test_what_is_given_holds_but_for_what_must_be_so_here(tmp_path, monkeypatch):
    monkeypatch.setattr(spark, "ROOT", tmp_path)
    jar = tmp_path / ".cache" / "s3-jars" / "4.1" / "jars" / "hadoop-aws.jar"
    jar.parent.mkdir(parents=True)
    jar.touch()
    given = {
        "spark.master": "yarn",
        "spark.driver.memory": "5g",
        "spark.x": "y",
        "spark.pyspark.python": "/usr/bin/python3",
        "spark.jars": "s3://b/x.jar",
    }
    made = spark.settings_for(CURRENT, OPTIONS, "us-east-1", tmp_path, given)
    assert (made["spark.driver.memory"], made["spark.x"], made["spark.master"]) == ("5g", "y", "local[2]")
    assert "spark.pyspark.python" not in made
    assert made["spark.hadoop.fs.s3a.endpoint"] == OPTIONS.url
    assert made["spark.jars"] == f"{jar},s3://b/x.jar"


def test_memory_has_a_default(tmp_path):
    made = spark.settings_for(CURRENT, OPTIONS, "us-east-1", tmp_path, {})
    assert (made[spark.DRIVER_MEMORY], made[spark.OVERHEAD]) == ("2g", "2g")


def test_properties_are_written_as_java_reads_them(tmp_path):
    path = spark.write_properties(tmp_path / "spark.properties", {"spark.a": r"C:\new", "spark.b": "one\ntwo"})
    assert path.read_text() == "spark.a=C:\\\\new\nspark.b=one\\ntwo\n"


@pytest.mark.parametrize(
    ("memory", "overhead", "mebibytes"), [("2g", "2g", 4096), ("512m", "384", 896), ("1024k", "1048576b", 2)]
)
def test_the_limit_is_memory_and_overhead(memory, overhead, mebibytes):
    limit = spark.memory_limit({spark.DRIVER_MEMORY: memory, spark.OVERHEAD: overhead})
    assert limit == mebibytes * 1024 * 1024


def test_a_size_that_is_none_is_refused():
    with pytest.raises(ValueError, match="much"):
        spark.size("much")


def test_a_job_has_its_own_key_and_nothing_of_the_users(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("PYTHONSTARTUP", "mine.py")
    one, other = (spark.variables(name, "us-east-1", CURRENT, OPTIONS, tmp_path) for name in ("jr_1", "jr_2"))
    assert one["AWS_ACCESS_KEY_ID"] != other["AWS_ACCESS_KEY_ID"]
    assert not one.keys() & {"AWS_PROFILE", "PYTHONSTARTUP"}
