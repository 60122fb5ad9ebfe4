# Passwords and keys: made once, in files that only the user airflow reads. They reach Airflow by `cat` (airflow.cfg), and
# PostgreSQL and RabbitMQ by standard input: never by arguments, which every user of the host can see.

random() { python3 -c "import secrets; print(secrets.token_urlsafe($1), end='')"; }

# secret FILE VALUE-COMMAND...: made if it is not there.
secret() {
    local file=$SECRETS/$1
    shift
    [ -s "$file" ] || "$@" | put 400 "$ACCOUNT:$ACCOUNT" "$file"
}

database_url() {
    printf 'postgresql+psycopg2://%s:%s@127.0.0.1:%s/%s' "$ACCOUNT" "$(cat "$SECRETS/database_password")" "$DATABASE_PORT" "$ACCOUNT"
}

make_secrets() {
    step "secrets in $SECRETS"
    folder 700 "$ACCOUNT:$ACCOUNT" "$SECRETS"
    secret database_password random 24
    secret broker_password random 24
    secret admin_password random 12
    secret fernet_key python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode(), end="")'
    secret secret_key random 32
    secret jwt_secret random 64
    # The URLs follow from the passwords.
    database_url | put 400 "$ACCOUNT:$ACCOUNT" "$SECRETS/database" || true
    database_url | sed 's/^/db+/' | put 400 "$ACCOUNT:$ACCOUNT" "$SECRETS/results" || true
    printf 'amqp://%s:%s@127.0.0.1:5672/%s' "$ACCOUNT" "$(cat "$SECRETS/broker_password")" "$ACCOUNT" |
        put 400 "$ACCOUNT:$ACCOUNT" "$SECRETS/broker" || true
}

# New passwords and keys for everything. The keys of the UI log everybody out; what Fernet has encrypted is encrypted anew.
# The old Fernet key stays in a file until that is done, so a rotation that ended half-way is taken up by the next.
rotate_secrets() {
    local name
    stop_parts
    start_database
    start_broker
    [ -e "$SECRETS/.fernet_key_before" ] || mv "$SECRETS/fernet_key" "$SECRETS/.fernet_key_before"
    for name in database_password broker_password secret_key jwt_secret; do rm -f "$SECRETS/$name"; done
    make_secrets
    set_database_password
    set_broker_password
    as_airflow env AIRFLOW__CORE__FERNET_KEY_CMD="paste -d , $SECRETS/fernet_key $SECRETS/.fernet_key_before" \
        "$VENV/bin/airflow" rotate-fernet-key
    rm "$SECRETS/.fernet_key_before"
    start_parts
}
