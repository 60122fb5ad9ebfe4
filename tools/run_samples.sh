#!/usr/bin/env bash
# The whole pipeline on this machine, on generated samples: raw files -> trips -> aggregates, under build/samples.
# Takes the Spark of the environment whose bin/ is first on the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."
base=build/samples
raw=$base/raw/green transformed=$base/transformed/green quarantine=$base/quarantine/green
aggregates=$base/aggregate/agg-green-rides

echo "== samples: one small file in every layout, with every known defect"
rm -rf "$base"
python -m data_samples "$raw"
echo "== glue/nyc_raw_to_transform.py: raw files to published trips"
python glue/nyc_raw_to_transform.py --raw "$raw" --transformed "$transformed" --quarantine "$quarantine"
echo "== emr/nyc_aggregations.py: published trips to aggregates"
python emr/nyc_aggregations.py --transformed "$transformed" --aggregates "$aggregates"
echo "== what is published now"
python -m lake summary --transformed "$transformed" --quarantine "$quarantine" --aggregates "$aggregates"
