"""The EMR job: published trips in, rides and money by month, zone, trip type and payment type out.

Runs unchanged as an EMR step, by `spark-submit` and by `python`, on s3:// and on local folders:

    spark-submit emr/nyc_aggregations.py --transformed transformed/green --aggregates aggregate/agg-green-rides
"""

import sys

from lake.jobs.aggregates import AGGREGATES_JOB
from lake.jobs.run import run_job

if __name__ == "__main__":
    status = run_job(sys.argv, AGGREGATES_JOB, __doc__)
    if status:
        sys.exit(status)
