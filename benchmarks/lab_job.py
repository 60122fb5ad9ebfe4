"""The contender "lab": the two jobs of 2018 (Glue's mapping, the EMR aggregation), written fairly for today's Spark.

Run by the benchmark: `spark-submit lab_job.py convert RAW OUT`, then `spark-submit lab_job.py aggregate IN OUT`.
Fair means: the settings, memory and cores of our own jobs, and a CSV source that is told the schema and leaves out the
header and blank lines, which the lab's table made rows of nulls. What it leaves undone is the lab's own: times stay
text, money is double, nothing is checked.
"""

import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

LONG, DOUBLE, TEXT = T.LongType(), T.DoubleType(), T.StringType()

# The lab's ApplyMapping, in the order of the fields of layout C7. Written out here on purpose: this job stands for
# code that does not know our contract.
LAB_TYPES: dict[str, T.DataType] = {
    "vendorid": LONG,
    "lpep_pickup_datetime": TEXT,
    "lpep_dropoff_datetime": TEXT,
    "store_and_fwd_flag": TEXT,
    "ratecodeid": LONG,
    "pulocationid": LONG,
    "dolocationid": LONG,
    "passenger_count": LONG,
    "trip_distance": DOUBLE,
    "fare_amount": DOUBLE,
    "extra": DOUBLE,
    "mta_tax": DOUBLE,
    "tip_amount": DOUBLE,
    "tolls_amount": DOUBLE,
    "ehail_fee": TEXT,
    "improvement_surcharge": DOUBLE,
    "total_amount": DOUBLE,
    "payment_type": LONG,
    "trip_type": LONG,
}


def spark_session() -> SparkSession:
    """A session with the settings that every job of this project has (design: one set for all)."""
    return (
        SparkSession.builder.appName("lab-2018")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.legacy.timeParserPolicy", "CORRECTED")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
        .getOrCreate()
    )


def convert(spark: SparkSession, raw: str, out: str) -> None:
    """CSV to snappy Parquet. One row per raw row."""
    schema = T.StructType([T.StructField(name, kind) for name, kind in LAB_TYPES.items()])
    # header=True leaves out the first line of each file, and the CSV source leaves out blank ones.
    trips = spark.read.csv(f"{raw}/green_tripdata_*.csv", schema=schema, header=True)
    trips.write.parquet(out, compression="snappy")


def aggregate(spark: SparkSession, transformed: str, out: str) -> None:
    """The lab's one measure. One row per pick-up zone, trip type and payment type."""
    trips = spark.read.parquet(transformed)
    fares = trips.groupBy("pulocationid", "trip_type", "payment_type").agg(
        F.sum("fare_amount").alias("total_fare_amount")
    )
    fares.write.parquet(out, compression="snappy")


def main(step: str, source: str, out: str) -> None:
    """Runs one of the two jobs."""
    spark = spark_session()
    {"convert": convert, "aggregate": aggregate}[step](spark, source, out)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:4])
