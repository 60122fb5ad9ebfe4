#!/usr/bin/env bash
# Compiles requirements/*.in into hashed *.txt. Pins that still fit stay; UPGRADE=1 takes the newest.
# Nothing but names, versions and hashes is written: where packages come from is the installer's setting.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/setup_venv.sh .cache/lock lock
for name in spark-4.1 spark-3.5 sail check deploy install-test bench report zones mutation awsglue airflow airflow-host lock; do # first what others are bound to
    (cd requirements && ../.cache/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header ${UPGRADE:+--upgrade} "$name.in" --output-file "$name.txt")
    echo "requirements/$name.txt: $(grep -c '==' "requirements/$name.txt") pins"
done
