"""The EMR job: published trips in, aggregates out: rides and money by payment and by hour, for each month and zone.

The same for EMR, `spark-submit` and `python`, for s3:// and local folders:

    spark-submit emr/nyc_aggregations.py --lake s3://bucket
"""

import sys

try:
    from lake.jobs.aggregates import AGGREGATES_JOB
    from lake.jobs.run import run_job
except ModuleNotFoundError as missing:
    cure = "run `make setup`, then `. .venv/bin/activate` (in a cluster: --py-files is to name the package)"
    sys.exit(f"error: {sys.executable} has no {missing.name}: {cure}")

if __name__ == "__main__":
    status = run_job(sys.argv, AGGREGATES_JOB, __doc__)
    if status:
        sys.exit(status)
