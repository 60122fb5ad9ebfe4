"""The EMR job: published trips in, rides and money by month, zone, trip type and payment type out.

Runs unchanged as an EMR step, by `spark-submit` and by `python`, on s3:// and on local folders:

    spark-submit emr/nyc_aggregations.py --transformed transformed/green --aggregates aggregate/agg-green-rides
"""

import sys

from lake.jobs.aggregates import publish_rides
from lake.jobs.options import AGGREGATES, TRANSFORMED
from lake.jobs.run import run_job

if __name__ == "__main__":
    status = run_job(sys.argv, (TRANSFORMED, AGGREGATES), __doc__, publish_rides)
    if status:
        sys.exit(status)
