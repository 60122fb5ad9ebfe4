#!/usr/bin/env bash
# The `spark-submit` of the virtual environments: tools/setup_venv.sh links it there in place of pyspark's own, which fails with
# another Spark's files or with nothing but Java's stack traces where something in the user's environment is in its way.
bin=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) # of the link: the environment's
root=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.. # a job may be kept from seeing the installed project
PYTHONPATH=$root "$bin/python" -P -m lake.spark_start || exit
export PYSPARK_PYTHON=${PYSPARK_PYTHON:-$bin/python} # also where the environment is not activated
exec "$bin/../lib/python3.11/site-packages/pyspark/bin/spark-submit" "$@"
