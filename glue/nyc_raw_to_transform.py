"""The Glue job: raw green taxi files in, clean typed Parquet out, published month by month.

Runs unchanged as a Glue job, by `spark-submit` and by `python`, on s3:// and on local folders:

    spark-submit glue/nyc_raw_to_transform.py --lake s3://bucket
"""

import sys

try:
    from lake.jobs.run import run_job
    from lake.jobs.trips import TRIPS_JOB
except ModuleNotFoundError as missing:
    sys.exit(f"error: {sys.executable} has no {missing.name}: run `make setup`, then `. .venv/bin/activate`")

if __name__ == "__main__":
    status = run_job(sys.argv, TRIPS_JOB, __doc__)
    if status:  # Glue takes any call of sys.exit for a failure
        sys.exit(status)
