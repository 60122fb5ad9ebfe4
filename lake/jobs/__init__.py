"""The two jobs: raw files to published trips, published trips to published aggregates. The only package that runs formulas.

run         a job, and what the two scripts share
options     what a run is asked
outcome     what it answers
trips, trips_writer, groups
            the Glue job: the run, its one write, files that read alike
careful     the lines that are read with care; the first bad one of each reason, for people
aggregates  the EMR job
repeats     trips that are in a month twice
proof       why a month must not be published
"""
