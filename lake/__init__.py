"""Where the data lies: the only package that touches storage.

    storage       files and objects behind one interface
    publication   runs are written once, a receipt says which one counts
    intake        raw files: which there are, what they are, which are due
    jobs          raw files to published trips, published trips to published aggregates
    operate       for Airflow's tasks and for operators

Each room imports only those above it; jobs and operate do not know each other. For users: `reader` (published data as
DataFrames), `session` (Spark with our settings), `python -m lake`. Below all: `errors`, `spark_errors`, `terminal`, `months`,
`progress`, `version`.
"""
