"""What the data is: the trip contract, the layouts TLC has published it in, and every table made from it.

Nothing here acts: no session, no files, no network. Only `schemas.spark` imports pyspark, so an Airflow task can import
the rest.

    columns     a column and a table, as declarations
    trips       the columns of a trip as TLC published them
    flags       what is odd about a trip but kept, with the thresholds and rules
    contract    the trip contract: one row per trip
    reasons     why a line goes to quarantine, why a file is refused
    hints       what a wrong value often is, and the cure
    layouts     the eight CSV and three Parquet layouts
    quarantine  one row per line that cannot be read as a trip
    rides       an aggregate: one row per month, zone, trip type and payment type
    hours       an aggregate: one row per month, zone, day of the week and hour
    zones       TLC's taxi zones: their ids, names and boroughs
    datasets    what is published: every data set, and what it is made from
    drift       when a month is told to be unlike those before it
    loads       the log of the loads into Redshift
    spark, glue, redshift, dictionary
                what is derived from the declarations
    __main__    writes the data dictionary
"""
