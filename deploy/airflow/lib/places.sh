# Where everything lies on the host. Sourced by install.sh and part.sh.
# shellcheck disable=SC2034  # used where this is sourced
NAME=green-taxi
ACCOUNT=airflow                # the user of the system, of PostgreSQL and of RabbitMQ
PROGRAM=/opt/$NAME             # host/: this folder; venv: Airflow
SETTINGS=/etc/$NAME            # airflow.cfg, airflow.env, host.env, secrets/
STATE=/var/lib/$NAME           # dags -> releases/HASH
LOGS=/var/log/$NAME            # PART.log, tasks/
BACKUPS=/var/backups/$NAME
VENV=$PROGRAM/venv             # -> venv-HASH
SECRETS=$SETTINGS/secrets
PARTS=(api-server scheduler dag-processor triggerer worker sync clean pulse)

# What every process of Airflow has in its environment.
load_settings() {
    set -a
    . "$SETTINGS/host.env"
    . "$SETTINGS/airflow.env"
    AIRFLOW_HOME=$STATE/home
    AIRFLOW_CONFIG=$SETTINGS/airflow.cfg
    HOME=$STATE/home
    PATH=$VENV/bin:/usr/bin:/bin
    SCARF_ANALYTICS=false
    set +a
    cd "$STATE/home"
}
