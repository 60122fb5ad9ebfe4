"""Where the data lies: the only package that touches storage.

Packages, each of which imports only those below it (jobs and operate do not know each other):

    operate      for Airflow's tasks and for operators
    jobs         raw files to published trips, published trips to published aggregates
    intake       raw files: which there are, what they are, which are due
    publication  runs are written once, a receipt says which one counts
    engines      what runs the formulas: Spark, or Sail
    storage      files and objects behind one interface

For users:

    __main__     python -m lake: status, files, verify, expire, roll-back, summary, run
    reader       published data as DataFrames
    session      Spark, with the settings that our results depend on

What the packages share:

    places       where the parts of a lake lie, as a user says
    spark_start, spark_errors, progress
                 what keeps Spark from starting; a failure of it in one line; how far it is
    arguments    wrong usage of a command line in one line
    months, version, terminal, errors
                 the months of a run; which code made a month; lines for people; the errors that a user sees
"""
