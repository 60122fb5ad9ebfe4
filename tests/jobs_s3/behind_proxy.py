"""What the JVM of spark-submit reaches, for test_company.py: each argument is an S3 endpoint; says a line of each."""

import sys

from py4j.protocol import Py4JJavaError
from pyspark.java_gateway import launch_gateway

from lake.session import s3_settings

jvm = launch_gateway().jvm  # spark-submit has started it: no Spark is needed
for endpoint in sys.argv[1:]:
    configuration = jvm.org.apache.spark.deploy.SparkHadoopUtil.get().newConfiguration(jvm.org.apache.spark.SparkConf())
    few = {"fs.s3a.attempts.maximum": "1", "fs.s3a.retry.limit": "0", "fs.s3a.impl.disable.cache": "true"}
    for name, value in {**s3_settings(endpoint), **few}.items():
        configuration.set(name.removeprefix("spark.hadoop."), value)
    path = jvm.org.apache.hadoop.fs.Path("s3a://lake/")
    try:
        told = str([one.getPath().getName() for one in path.getFileSystem(configuration).listStatus(path)])
    except Py4JJavaError as error:
        told = str(error.java_exception)
    sys.stdout.write(f"{endpoint} {told}\n")
