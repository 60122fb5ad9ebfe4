#!/usr/bin/env bash
# The whole pipeline on this machine, on generated samples: raw files -> trips -> aggregates, under build/samples.
# Takes the Spark of the environment whose bin/ is first on the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."
lake=build/samples

echo "== samples: one small file in every layout, with every known defect"
rm -rf "$lake"
python -m data_samples "$lake/raw/green"
echo "== glue/nyc_raw_to_transform.py: raw files to published trips"
python glue/nyc_raw_to_transform.py --lake "$lake"
echo "== emr/nyc_aggregations.py: published trips to aggregates"
python emr/nyc_aggregations.py --lake "$lake"
echo "== what is published now"
python -m lake summary --lake "$lake"
