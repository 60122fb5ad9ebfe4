"""Redshift in the local account: the Data API, and SQL that runs on DuckDB. docs/local-redshift.md says how far.

data_api    the API in moto's server; `install` puts it there
statements  their states and results
engine      databases, sessions, transactions
locks       table locks
dialect, queries, commands
which SQL is known, and what it is in DuckDB
copying     COPY of Parquet files
privileges  groups and grants
account     objects and roles, from moto
errors      Redshift's words
"""

from local_aws.redshift.data_api import install

__all__ = ["install"]
