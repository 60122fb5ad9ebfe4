# PostgreSQL of the distribution, on loopback, with a password.

# COMMAND... as PostgreSQL's administrator, who may not be allowed into the folder where the operator stands.
as_postgres() { (cd / && exec runuser -u postgres -- "$@"); }

in_postgres() { as_postgres psql -X -q -A -t -v ON_ERROR_STOP=1 --dbname postgres --port "$DATABASE_PORT"; }

find_database() {
    local line
    line=$(pg_lsclusters --no-header | sort -V | tail -n 1)
    [ -n "$line" ] || fail "PostgreSQL is installed and has no cluster: make one with pg_createcluster"
    read -r DATABASE_VERSION DATABASE_CLUSTER DATABASE_PORT _ <<<"$line"
}

database_runs() { pg_ctlcluster "$DATABASE_VERSION" "$DATABASE_CLUSTER" status >/dev/null 2>&1; }

start_database() {
    database_runs && return
    if has_systemd; then systemctl start "postgresql@$DATABASE_VERSION-$DATABASE_CLUSTER"; else
        pg_ctlcluster "$DATABASE_VERSION" "$DATABASE_CLUSTER" start
    fi
    changed "PostgreSQL started"
}

# Whoever opened it to the network or lets anyone in without a password is told, not overruled: it may serve others.
refuse_open_database() {
    local found
    found=$(in_postgres <<<"SHOW listen_addresses")
    case $found in
    localhost | 127.0.0.1 | "127.0.0.1,::1" | "localhost,127.0.0.1" | "") ;;
    *) fail "PostgreSQL listens on '$found': set listen_addresses = 'localhost' in postgresql.conf and restart it" ;;
    esac
    found=$(in_postgres <<<"SELECT line_number FROM pg_hba_file_rules WHERE auth_method = 'trust' LIMIT 1")
    [ -z "$found" ] || fail "PostgreSQL lets anyone in without a password: line $found of pg_hba.conf says 'trust'; use scram-sha-256"
}

set_database_password() {
    # As SQL on standard input; a password of ours has letters, digits, - and _ only. Not in PostgreSQL's log either.
    in_postgres <<<"SET log_statement = 'none'; SET log_min_duration_statement = -1; SET password_encryption = 'scram-sha-256';
ALTER ROLE $ACCOUNT LOGIN PASSWORD '$(cat "$SECRETS/database_password")';"
}

can_log_in() { PGPASSFILE=$1 psql -X -w -q -h 127.0.0.1 -p "$DATABASE_PORT" -U "$ACCOUNT" "$ACCOUNT" -c "" >/dev/null 2>&1; }

set_up_database() {
    step "PostgreSQL $DATABASE_VERSION on 127.0.0.1:$DATABASE_PORT"
    local pass
    if [ -z "$(in_postgres <<<"SELECT 1 FROM pg_roles WHERE rolname = '$ACCOUNT'")" ]; then
        in_postgres <<<"CREATE ROLE $ACCOUNT NOSUPERUSER NOCREATEDB NOCREATEROLE"
        changed "role $ACCOUNT"
    fi
    if [ -z "$(in_postgres <<<"SELECT 1 FROM pg_database WHERE datname = '$ACCOUNT'")" ]; then
        in_postgres <<<"CREATE DATABASE $ACCOUNT OWNER $ACCOUNT ENCODING 'UTF8' TEMPLATE template0"
        in_postgres <<<"REVOKE ALL ON DATABASE $ACCOUNT FROM PUBLIC"
        changed "database $ACCOUNT"
    fi
    pass=$(mktemp)
    printf '*:*:*:*:%s' "$(cat "$SECRETS/database_password")" >"$pass"
    can_log_in "$pass" || { set_database_password && changed "password of $ACCOUNT in PostgreSQL"; }
    can_log_in "$pass" || {
        rm "$pass"
        fail "PostgreSQL refuses $ACCOUNT on 127.0.0.1: pg_hba.conf needs 'host all all 127.0.0.1/32 scram-sha-256'"
    }
    rm "$pass"
}

back_up_database() {
    local file
    file=$BACKUPS/airflow-$(date -u +%Y%m%dT%H%M%SZ).dump
    as_postgres pg_dump --format custom --port "$DATABASE_PORT" "$ACCOUNT" | (umask 077 && cat >"$file.part") || {
        rm -f "$file.part"
        fail "the database could not be copied (see above); nothing was changed"
    }
    mv "$file.part" "$file"
    echo "$file"
}

restore_database() {
    [ -r "$1" ] || fail "$1 cannot be read: name a file of $BACKUPS"
    pg_restore --file /dev/null "$1" 2>/dev/null || fail "$1 is not a whole copy of a database; nothing was changed"
    stop_parts
    in_postgres <<<"DROP DATABASE IF EXISTS $ACCOUNT WITH (FORCE)"
    set_up_database
    as_postgres pg_restore --exit-on-error --port "$DATABASE_PORT" --dbname "$ACCOUNT" <"$1"
    migrate
    start_parts
}

purge_database() {
    [ -n "$(pg_lsclusters --no-header 2>/dev/null)" ] || return 0 # an installation that did not come so far
    find_database
    start_database
    in_postgres <<<"DROP DATABASE IF EXISTS $ACCOUNT WITH (FORCE)"
    in_postgres <<<"DROP ROLE IF EXISTS $ACCOUNT"
}
