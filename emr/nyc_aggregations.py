"""The EMR job: published trips in, aggregates out: rides and money by payment and by hour, for each month and zone.

Runs unchanged as an EMR step, by `spark-submit` and by `python`, on s3:// and on local folders:

    spark-submit emr/nyc_aggregations.py --lake s3://bucket
"""

import sys

try:
    from lake.jobs.aggregates import AGGREGATES_JOB
    from lake.jobs.run import run_job
except ModuleNotFoundError as missing:
    sys.exit(f"error: {sys.executable} has no {missing.name}: run `make setup`, then `. .venv/bin/activate`")

if __name__ == "__main__":
    status = run_job(sys.argv, AGGREGATES_JOB, __doc__)
    if status:
        sys.exit(status)
