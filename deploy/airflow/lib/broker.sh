# RabbitMQ of the distribution: on loopback, without the user guest.

BROKER_SETTINGS=/etc/rabbitmq/conf.d/50-$NAME.conf

# Also before RabbitMQ is installed. Succeeds if something changed.
prepare_broker() {
    local status=1
    mkdir -p /etc/rabbitmq/conf.d # the package has its own mind on their rights
    put 644 root:root "$BROKER_SETTINGS" <<'TEXT' && status=0
# Of install.sh. AMQP on loopback only.
listeners.tcp.local = 127.0.0.1:5672
TEXT
    own_environment && status=0
    # Debian's unit has Erlang's port mapper started by systemd, on all addresses; RabbitMQ starts its own, on loopback.
    if has_systemd && [ "$(systemctl is-enabled epmd.service 2>/dev/null)" != masked ]; then
        systemctl --quiet mask --now epmd.service epmd.socket epmd@0.0.0.0.socket 2>/dev/null # it wonders that they are not there yet
        changed "epmd.service and its sockets masked"
        status=0
    fi
    return $status
}

# The lines between the two marks of rabbitmq-env.conf are ours: Erlang's own ports on loopback too, and a name that resolves.
own_environment() {
    local file=/etc/rabbitmq/rabbitmq-env.conf mark="# $NAME"
    {
        [ ! -e "$file" ] || sed "/^$mark begin/,/^$mark end/d" "$file"
        cat <<TEXT
$mark begin
NODENAME=rabbit@localhost
ERL_EPMD_ADDRESS=127.0.0.1
SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}"
$mark end
TEXT
    } | put 644 root:root "$file"
}

set_up_broker() {
    step "RabbitMQ on 127.0.0.1:5672"
    if prepare_broker && broker_runs; then service rabbitmq-server stop >/dev/null; fi
    start_broker
    if control list_users | grep -q '^guest\b'; then
        control delete_user guest
        changed "RabbitMQ's user guest removed"
    fi
    control list_vhosts | grep -qx "$ACCOUNT" || {
        control add_vhost "$ACCOUNT"
        changed "RabbitMQ's virtual host $ACCOUNT"
    }
    control list_users | grep -q "^$ACCOUNT\b" || {
        control add_user "$ACCOUNT" <"$SECRETS/broker_password" >/dev/null
        control set_permissions -p "$ACCOUNT" "$ACCOUNT" '.*' '.*' '.*'
        changed "RabbitMQ's user $ACCOUNT"
    }
    control authenticate_user "$ACCOUNT" <"$SECRETS/broker_password" >/dev/null 2>&1 || {
        set_broker_password
        changed "password of $ACCOUNT in RabbitMQ"
    }
}

control() { rabbitmqctl --quiet "$@"; }

broker_runs() { control status >/dev/null 2>&1; }

# RabbitMQ reads a password from standard input, where a line has to end.
set_broker_password() { control change_password "$ACCOUNT" <"$SECRETS/broker_password" >/dev/null; }

start_broker() {
    broker_runs || {
        service rabbitmq-server start >/dev/null 2>&1 || true # judged by what follows
        changed "RabbitMQ started"
    }
    wait_until 60 "RabbitMQ starts" control await_startup
}

purge_broker() {
    control delete_user "$ACCOUNT" >/dev/null 2>&1 || true # not there, or RabbitMQ is down
    control delete_vhost "$ACCOUNT" >/dev/null 2>&1 || true
}
