"""What Airflow needs inside Redshift before its first run, made by the administrator: a user, and a group for readers.

CloudFormation has no resource for it. Airflow's user may make schemas in the database and nothing else, so it owns what
`deploy_entrypoints` makes and sees nothing of others.
"""

import json
import time
from collections.abc import Collection, Mapping
from typing import Any

import boto3

from deploy.aws.changes import StackError
from schemas.redshift import GROUPS_SQL, READERS

USERS_SQL = "SELECT usename FROM pg_user"
EVERY = 1.0  # seconds between two looks at a statement


def statements(user: str, database: str, users: Collection[str], groups: Collection[str]) -> list[str]:
    """The statements that are still to be carried out.

    Args:
        user: Airflow's, as Redshift names who comes with a role.
        database: The database.
        users: Those that there are.
        groups: The groups that there are.
    """
    return [
        *([] if user in users else [f'CREATE USER "{user}" PASSWORD DISABLE']),
        f'GRANT CREATE ON DATABASE {database} TO "{user}"',  # always: it may have come to an end before this
        *([] if READERS in groups else [f"CREATE GROUP {READERS}"]),
    ]


class Warehouse:
    """The warehouse of a stack, as its administrator sees it."""

    def __init__(self, session: boto3.session.Session, outputs: Mapping[str, str], every: float = EVERY) -> None:
        services: Any = session  # its types ask for the name of each service
        self._redshift, self._serverless = services.client("redshift-data"), services.client("redshift-serverless")
        self._user = f"IAMR:{outputs['AirflowRole']}"
        self._every = every
        where = json.loads(outputs["GreenTaxi"])
        self._namespace = outputs["Namespace"]
        self._where = {"WorkgroupName": where["redshift_workgroup"], "Database": where["redshift_database"]}

    def prepare(self) -> list[str]:
        """Makes what is missing; returns the statements that did.

        Raises:
            StackError: Redshift refused one.
        """
        found = self._serverless.get_namespace(namespaceName=self._namespace)["namespace"]
        self._where["SecretArn"] = found["adminPasswordSecretArn"]
        users, groups = self._names(USERS_SQL), self._names(GROUPS_SQL)
        missing = statements(self._user, self._where["Database"], users, groups)
        for statement in missing:
            self._carry_out(statement)
        return missing

    def _names(self, sql: str) -> set[str]:
        answer = self._redshift.get_statement_result(Id=self._carry_out(sql))
        return {row[0]["stringValue"] for row in answer["Records"]}

    def _carry_out(self, sql: str) -> str:
        number = str(self._redshift.execute_statement(Sql=sql, **self._where)["Id"])
        while (said := self._redshift.describe_statement(Id=number))["Status"] not in ("FINISHED", "FAILED", "ABORTED"):
            time.sleep(self._every)
        if said["Status"] != "FINISHED":
            raise StackError(f"Redshift: {sql}: {said.get('Error')}")
        return number
