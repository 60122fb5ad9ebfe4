"""What is done to the data: pure functions on DataFrames and Columns. No session, no action, no files, no clock.

csv_lines    the lines of a CSV file: those that are plainly a trip, and the careful reading of all others
parquet      the rows of a Parquet file, likewise
values       a field's text as a typed value, and what can be wrong with it
trips        the contract's columns from those values, flags included
flags        the flags
rides        the rides by month
hours        the rides by hour
repeats      trips that are in a month twice
quarantine   the lines that are not trips, as the table of them has them
explanation  what is wrong with a line, for its message
"""
