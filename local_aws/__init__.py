"""An AWS account on this machine: moto's server, whose Glue jobs, EMR steps and Redshift statements really run.

`python -m local_aws` starts it alone; `local_aws.account.start` starts it from a test or a script.
"""
