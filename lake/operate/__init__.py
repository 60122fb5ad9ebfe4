"""For the lake's operators: Airflow's tasks and `python -m lake`. Knows neither jobs nor formulas.

nightly       where a night begins, what there is to load, what was refused
health        what a green run may hide: that the pipeline stands still, months unlike those before
load_faults   what does not agree after Redshift has refused a load
status        what is published, due and refused
verification  whether files are as their receipts say
roll_back     an earlier generation of a month, published again
expiry        what no receipt names any more
summary       one table of all that is published
"""
