"""The two jobs: raw files to published trips, published trips to published aggregates. Alone has formulas run.

run         what the two scripts share
options     what a run is asked
outcome     what it answers
trips, trips_writer, groups, odd
the Glue job
aggregates  the EMR job
proof       why a month must not be published
"""
