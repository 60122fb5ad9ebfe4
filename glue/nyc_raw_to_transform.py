"""The Glue job: raw green taxi files in, clean typed Parquet out, published month by month.

The same for Glue, `spark-submit` and `python`, for s3:// and local folders:

    spark-submit glue/nyc_raw_to_transform.py --lake s3://bucket
"""

import sys

try:
    from lake.jobs.run import run_job
    from lake.jobs.trips import TRIPS_JOB
except ModuleNotFoundError as missing:
    cure = "run `make setup`, then `. .venv/bin/activate` (in a cluster: --extra-py-files is to name the package)"
    sys.exit(f"error: {sys.executable} has no {missing.name}: {cure}")

if __name__ == "__main__":
    status = run_job(sys.argv, TRIPS_JOB, __doc__)
    if status:  # Glue takes any call of sys.exit for a failure
        sys.exit(status)
