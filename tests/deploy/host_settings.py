"""What the host's airflow.cfg says of logs, as variables for an Airflow of the tests."""

from configparser import ConfigParser
from pathlib import Path

HOST = Path(__file__).parents[2] / "deploy" / "airflow" / "airflow.cfg"
NAMES = ("remote_logging", "remote_base_log_folder")


def remote_logging(logs: str) -> dict[str, str]:
    """The variables by which task logs go to a bucket, named as in the Airflow variable (`s3://...`)."""
    settings = ConfigParser(interpolation=None)
    settings.read_string(HOST.read_text().replace("@TASK_LOGS@", logs))
    return {f"AIRFLOW__LOGGING__{name.upper()}": settings["logging"][name] for name in NAMES}
