# Airflow itself: its environment, tables, administrator, DAGs.

# An environment for each state of the requirements; the link turns to the new one when it is whole.
install_airflow() {
    step "Airflow in $VENV (some minutes, the first time)"
    local venv old
    venv=$PROGRAM/venv-$(sha256sum <"$REQUIREMENTS" | cut -c 1-12)
    if [ ! -e "$venv/whole" ]; then
        /usr/bin/python3 -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' ||
            fail "Python 3.11 to 3.14 is needed; /usr/bin/python3 is $(/usr/bin/python3 --version)"
        rm -rf "$venv"
        /usr/bin/python3 -m venv "$venv"
        # --no-deps: the file is complete, and the distribution's pip stumbles over extras that are pinned with hashes.
        "$venv/bin/pip" --disable-pip-version-check --no-input --no-cache-dir install --quiet --no-deps --require-hashes -r "$REQUIREMENTS"
        "$venv/bin/pip" --disable-pip-version-check check >/dev/null || fail "the packages do not fit together: $venv/bin/pip check tells which"
        touch "$venv/whole"
    fi
    [ "$(readlink "$VENV" || true)" != "$venv" ] || return 0
    ln -sfn "$venv" "$VENV.new"
    mv -T "$VENV.new" "$VENV"
    RESTART=yes
    changed "$VENV: Airflow $("$VENV/bin/python" -c 'from importlib.metadata import version; print(version("apache-airflow"))')"
    for old in "$PROGRAM"/venv-*; do [ "$old" = "$venv" ] || rm -rf "$old"; done
}

# COMMAND... as the service, with its settings, and without a terminal that it could ask.
as_airflow() {
    # shellcheck disable=SC2016  # expanded by the inner shell
    setsid --wait runuser -u "$ACCOUNT" -- \
        bash -c '. "$0/lib/places.sh" && umask 077 && load_settings && exec "$@"' "$PROGRAM/host" "$@"
}

migrate() {
    step "Airflow's tables"
    as_airflow "$VENV/bin/airflow" db check-migrations --migration-wait-timeout 0 >/dev/null 2>&1 && return
    stop_parts
    as_airflow "$VENV/bin/airflow" db migrate >"$LOGS/migrate.log" 2>&1 || fail "airflow db migrate failed: $LOGS/migrate.log tells why"
    changed "Airflow's tables"
}

make_administrator() {
    step "administrator"
    as_airflow "$VENV/bin/airflow" users list --output json 2>/dev/null | grep -q '"admin"' && return
    twice "$SECRETS/admin_password" | as_airflow "$VENV/bin/airflow" users create --username admin --role Admin \
        --firstname Green --lastname Taxi --email admin@localhost >"$LOGS/users.log" 2>&1 ||
        fail "the user admin could not be made: $LOGS/users.log tells why"
    changed "user admin; its password is in $SECRETS/admin_password"
}

new_password() {
    random 12 | put 400 "$ACCOUNT:$ACCOUNT" "$SECRETS/.admin_password"
    twice "$SECRETS/.admin_password" | as_airflow "$VENV/bin/airflow" users reset-password --username admin >"$LOGS/users.log" 2>&1 ||
        fail "the password could not be set, the old one holds: $LOGS/users.log tells why"
    mv "$SECRETS/.admin_password" "$SECRETS/admin_password"
}

# Airflow asks for a password, and for the same once more.
twice() { cat "$1" && echo && cat "$1" && echo; }

first_dags() {
    step "DAGs of $ARTIFACTS"
    [ ! -e "$STATE/dags" ] || return 0 # from then on the part sync keeps them up to date
    as_airflow "$VENV/bin/python" "$PROGRAM/host/sync.py" "$ARTIFACTS" "$STATE" || fail "no DAGs could be brought from $ARTIFACTS (see above)"
    changed "$STATE/dags"
}
