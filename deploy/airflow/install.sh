#!/usr/bin/env bash
# Airflow for the green taxi pipeline on one host: PostgreSQL, RabbitMQ, Celery, web UI. For Debian 12 and Ubuntu 24.04.
usage() {
    cat <<'TEXT'
Usage: sudo ./install.sh COMMAND

  install --artifacts s3://BUCKET --logs s3://BUCKET --region REGION
          [--listen ADDRESS]
                  make this host an Airflow, or bring it up to date. Again without
                  options: with those of last time. Changes nothing if all is well
  status          what runs and what does not; exit status 1 if something is amiss
  upgrade         the same as install, after a copy of the database was made
  backup          copy the database into /var/backups/green-taxi
  restore FILE    take the database from such a copy
  rotate-secrets  new passwords and keys for everything but the administrator
  password        a new password for the administrator of the web UI
  airflow ...     a command of Airflow's: ./install.sh airflow dags list
  stop, start     all parts of Airflow
  uninstall       take Airflow away; --purge: its database, settings, logs too

  --artifacts     the bucket with the DAGs (`make dags` puts them there)
  --logs          the bucket for what tasks say
  --region        of AWS
  --listen        where the web UI listens: 127.0.0.1 (default; reach it through a
                  tunnel), or 0.0.0.0 if a security group guards the port

Settings of yours: /etc/green-taxi/airflow.env. Logs of the parts: /var/log/green-taxi.
TEXT
}
set -euo pipefail
shopt -s lastpipe # `... | put FILE` counts what it changes
PATH=$PATH:/usr/sbin:/sbin # `su` without `-` leaves them out
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
. "$here/lib/places.sh"
. "$here/lib/tell.sh"
. "$here/lib/secrets.sh"
. "$here/lib/database.sh"
. "$here/lib/broker.sh"
. "$here/lib/parts.sh"
. "$here/lib/airflow.sh"
RESTART=no # whether parts that run must be started again to see what has changed
REQUIREMENTS=$here/requirements.txt
[ -e "$REQUIREMENTS" ] || REQUIREMENTS=$here/../../requirements/airflow-host.txt # in a checkout

install_all() {
    read_options "$@"
    install_packages
    find_database
    set_up_account
    make_secrets
    start_database
    refuse_open_database
    set_up_database
    set_up_broker
    install_airflow
    write_settings
    migrate
    make_administrator
    first_dags
    set_up_parts
    if [ "$RESTART" = yes ]; then stop_parts; fi
    start_parts
    if [ "$CHANGES" = 0 ]; then echo "Nothing had to be changed."; else
        echo "Airflow is up: http://127.0.0.1:8080, user admin, password in $SECRETS/admin_password"
    fi
}

read_options() {
    local artifacts="" logs="" region="" listen=""
    while [ $# -gt 0 ]; do
        [ $# -gt 1 ] || fail "$1 needs a value (see ./install.sh help)"
        case $1 in
        --artifacts) artifacts=$2 ;;
        --logs) logs=$2 ;;
        --region) region=$2 ;;
        --listen) listen=$2 ;;
        *) fail "no option $1 (see ./install.sh help)" ;;
        esac
        shift 2
    done
    [ ! -e "$SETTINGS/host.env" ] || . "$SETTINGS/host.env"
    ARTIFACTS=${artifacts:-${ARTIFACTS:-}} TASK_LOGS=${logs:-${TASK_LOGS:-}}
    REGION=${region:-${AWS_DEFAULT_REGION:-}} LISTEN=${listen:-${LISTEN:-127.0.0.1}}
    [[ $ARTIFACTS =~ ^s3://[a-z0-9][a-z0-9.-]+$ ]] || fail "--artifacts: expected s3://BUCKET, found '$ARTIFACTS'"
    [[ $TASK_LOGS =~ ^s3://[a-z0-9][a-z0-9.-]+$ ]] || fail "--logs: expected s3://BUCKET, found '$TASK_LOGS'"
    [[ $REGION =~ ^[a-z]{2}(-[a-z]+)+-[0-9]$ ]] || fail "--region: expected a region like us-east-1, found '$REGION'"
    case $LISTEN in 127.0.0.1 | 0.0.0.0) ;; *) fail "--listen: expected 127.0.0.1 or 0.0.0.0, found '$LISTEN'" ;; esac
}

install_packages() {
    step "packages"
    local wanted=(ca-certificates libpq5 logrotate postgresql python3 python3-venv rabbitmq-server) missing=() package said
    has_systemd || wanted+=(supervisor)
    for package in "${wanted[@]}"; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [ ${#missing[@]} != 0 ] || return 0
    prepare_broker || true # RabbitMQ starts as it is installed: not even then may it listen to the network
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    said=$(apt-get -qq install --yes --no-install-recommends -o Dpkg::Options::=--force-confold "${missing[@]}" 2>&1) || {
        tail -n 20 <<<"$said" >&2
        fail "apt-get could not install ${missing[*]}; what it said last stands above"
    }
    changed "${missing[*]}"
}

set_up_account() {
    step "user $ACCOUNT, folders"
    id "$ACCOUNT" >/dev/null 2>&1 || {
        useradd --system --user-group --home-dir "$STATE/home" --shell /usr/sbin/nologin "$ACCOUNT"
        changed "user $ACCOUNT"
    }
    folder 755 root:root "$PROGRAM"
    folder 755 root:root "$SETTINGS"
    folder 700 root:root "$BACKUPS"
    local path
    for path in "$STATE" "$STATE/home" "$STATE/releases" "$LOGS" "$LOGS/tasks"; do
        folder 750 "$ACCOUNT:$ACCOUNT" "$path"
    done
    install_self
}

# This folder goes to where the services find it.
install_self() {
    [ "$here" != "$PROGRAM/host" ] || return 0
    rm -rf "$PROGRAM/.host"
    cp -R "$here" "$PROGRAM/.host"
    find "$PROGRAM/.host" -name __pycache__ -prune -exec rm -r {} +
    cp "$REQUIREMENTS" "$PROGRAM/.host/requirements.txt"
    chmod -R u=rwX,go=rX "$PROGRAM/.host"
    chmod 755 "$PROGRAM/.host/"*.sh # unpacked by Python's zipfile, they cannot be executed
    if diff -r "$PROGRAM/.host" "$PROGRAM/host" >/dev/null 2>&1; then rm -r "$PROGRAM/.host"; else
        rm -rf "$PROGRAM/host"
        mv "$PROGRAM/.host" "$PROGRAM/host"
        RESTART=yes
        changed "$PROGRAM/host"
    fi
}

write_settings() {
    step "settings in $SETTINGS"
    put 644 root:root "$SETTINGS/host.env" <<TEXT && RESTART=yes
# Of install.sh: its options, and what every part of Airflow is told.
ARTIFACTS=$ARTIFACTS
TASK_LOGS=$TASK_LOGS
LISTEN=$LISTEN
AWS_DEFAULT_REGION=$REGION
KEEP_DAYS=30
TEXT
    sed -e "s/@LISTEN@/$LISTEN/" -e "s|@TASK_LOGS@|$TASK_LOGS|" "$here/airflow.cfg" | put 644 root:root "$SETTINGS/airflow.cfg" && RESTART=yes
    own_settings | put 640 "root:$ACCOUNT" "$SETTINGS/airflow.env" || true
}

# What they say is the operator's, also before the first install; who reads them is not: there may be keys of AWS among them.
own_settings() {
    cat "$SETTINGS/airflow.env" 2>/dev/null || cat <<'TEXT'
# Yours: NAME=value for every part of Airflow, AIRFLOW__SECTION__NAME=value among them; install.sh leaves it alone.
# After a change: install.sh stop; install.sh start
TEXT
}

status() {
    local ill=0 name state
    while read -r name state; do
        printf '  %-14s %s\n' "$name" "$state"
        case $state in running | healthy) ;; *) ill=1 ;; esac
    done < <(
        part_states
        find_database
        echo "postgresql $(database_runs && echo running || echo down)"
        echo "rabbitmq $(broker_runs && echo running || echo down)"
        echo "airflow $(airflow_state)"
    )
    printf '  %-14s %s\n' "DAGs" "$(basename "$(readlink "$STATE/dags" || echo none)" | cut -c 1-12)" \
        "disk" "$(df --output=pcent "$STATE" | tail -n 1 | tr -d ' ') used"
    [ "$ill" = 0 ] || fail "something is amiss; the logs in $LOGS tell more"
}

uninstall() {
    remove_parts
    rm -rf "$PROGRAM"
    if [ "${1:-}" != --purge ]; then
        echo "Airflow is gone. Database, settings and logs are kept: uninstall --purge removes them. PostgreSQL and RabbitMQ stay."
        return
    fi
    purge_database
    purge_broker
    rm -rf "$SETTINGS" "$STATE" "$LOGS"
    ! id "$ACCOUNT" >/dev/null 2>&1 || userdel "$ACCOUNT" 2>/dev/null || echo "The user $ACCOUNT stays: something else runs as it."
    echo "Airflow is gone, and all that it knew; copies of its database stay in $BACKUPS. PostgreSQL and RabbitMQ stay."
}

# For the commands that need an installed Airflow.
installed() {
    if [ ! -e "$SETTINGS/airflow.cfg" ] || [ ! -e "$PROGRAM/host" ]; then fail "Airflow is not installed here: ./install.sh install"; fi
    find_database
}

command=${1:-help}
shift || true
case $command in help | --help | -h) usage && exit ;; esac
[ "$(id -u)" = 0 ] || fail "must be root: sudo ./install.sh $command"
case $command in airflow | status) ;; *)
    if [ -z "${LOCKED:-}" ]; then # --close: the services that are started must not keep the lock
        code=0
        LOCKED=yes flock --nonblock --close --conflict-exit-code 75 "/run/lock/$NAME.lock" bash "$0" "$command" "$@" || code=$?
        [ "$code" != 75 ] || fail "another install.sh is at work here"
        exit "$code"
    fi
    ;;
esac
case $command in install | uninstall) ;; *) installed ;; esac
case $command in
install) install_all "$@" ;;
upgrade)
    back_up_database
    install_all "$@"
    ;;
status) status ;;
backup) back_up_database ;;
restore) restore_database "${1:-}" ;;
rotate-secrets) rotate_secrets ;;
password) new_password ;;
airflow) as_airflow "$VENV/bin/airflow" "$@" ;;
start) start_parts ;;
stop) stop_parts ;;
uninstall) uninstall "$@" ;;
*) fail "no command $command (see ./install.sh help)" ;;
esac
