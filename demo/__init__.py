"""The whole pipeline on this machine: a local AWS account, a real Airflow, sample files, a report, a price.

`python -m demo` (`make demo`, `make ui`) runs it; `demo.account` and `demo.airflow` are what tests start too.
"""
