# The parts of Airflow as services: systemd's, or supervisor's where there is no systemd.

UNIT=/etc/systemd/system/$NAME@.service
PROGRAMS=/etc/supervisor/conf.d/$NAME.conf

has_systemd() { [ -d /run/systemd/system ]; }

each_part() { for part in "${PARTS[@]}"; do echo "$NAME@$part"; done; }

systemd_unit() {
    cat <<TEXT
# Of install.sh.
[Unit]
Description=Airflow for the green taxi pipeline: %i
After=network-online.target postgresql.service rabbitmq-server.service
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
User=$ACCOUNT
ExecStart=$PROGRAM/host/part.sh %i
Restart=always
RestartSec=5
# TERM for the part, which ends its tasks in order; KILL for all that it has started, if that takes too long.
KillMode=mixed
TimeoutStopSec=60
StandardOutput=append:$LOGS/%i.log
StandardError=inherit
UMask=0077
NoNewPrivileges=true
PrivateTmp=true
PrivateDevices=true
ProtectSystem=strict
ProtectHome=true
ProtectKernelTunables=true
ProtectControlGroups=true
ReadWritePaths=$STATE $LOGS

[Install]
WantedBy=multi-user.target
TEXT
}

supervisor_programs() {
    local part
    echo "; Of install.sh."
    for part in "${PARTS[@]}"; do
        cat <<TEXT

[program:$NAME@$part]
command=$PROGRAM/host/part.sh $part
user=$ACCOUNT
startsecs=0
autorestart=true
; TERM for the part, which ends its tasks in order; KILL for all that it has started, if that takes too long
stopwaitsecs=60
stopasgroup=false
killasgroup=true
redirect_stderr=true
stdout_logfile=$LOGS/$part.log
stdout_logfile_maxbytes=0
TEXT
    done
}

set_up_parts() {
    step "services"
    if has_systemd; then
        systemd_unit | put 644 root:root "$UNIT" && RESTART=yes
        systemctl daemon-reload
        each_part | xargs systemctl --quiet enable
    else
        supervisor_programs | put 644 root:root "$PROGRAMS" && RESTART=yes
        supervisorctl pid >/dev/null 2>&1 || {
            service supervisor start >/dev/null
            RESTART=no # it starts the parts itself, as they are now
            changed "supervisor started"
        }
        wait_until 20 "supervisor starts" supervisorctl pid
    fi
    put 644 root:root "/etc/logrotate.d/$NAME" <<TEXT || true
$LOGS/*.log {
    weekly
    rotate 8
    maxsize 50M
    missingok
    notifempty
    compress
    copytruncate
    su root $ACCOUNT
}
TEXT
}

start_parts() {
    if has_systemd; then each_part | xargs systemctl start; else
        supervisorctl update >/dev/null
        each_part | xargs supervisorctl start >/dev/null || true # it complains of those that run
    fi
    wait_until 120 "Airflow answers on 127.0.0.1:8080" healthy
}

stop_parts() {
    if has_systemd; then
        [ ! -e "$UNIT" ] || each_part | xargs systemctl stop
    else
        supervisorctl pid >/dev/null 2>&1 || return 0
        each_part | xargs supervisorctl stop >/dev/null || true # it complains of those that do not run
    fi
}

remove_parts() {
    stop_parts
    if has_systemd; then
        [ ! -e "$UNIT" ] || each_part | xargs systemctl --quiet disable
        rm -f "$UNIT"
        systemctl daemon-reload
    else
        rm -f "$PROGRAMS"
        supervisorctl update >/dev/null 2>&1 || true # nothing runs under it
    fi
    rm -f "/etc/logrotate.d/$NAME"
}

# PART STATE, a line each.
part_states() {
    local part state
    for part in "${PARTS[@]}"; do
        if has_systemd; then
            state=$(systemctl is-active "$NAME@$part" || true)
            case $state in active) state=running ;; inactive) state=stopped ;; esac # as supervisor says it
        else
            # Its exit status tells that a part does not run, and would end this where the word for it is wanted.
            state=$(supervisorctl status "$NAME@$part" 2>/dev/null | awk '{print tolower($2)}' || true)
        fi
        echo "$part ${state:-missing}"
    done
}

# Database, scheduler, DAG processor and triggerer all say "healthy"; else what does not.
healthy() { /usr/bin/python3 "$here/pulse.py" look; }

airflow_state() {
    local said
    if said=$(healthy); then echo healthy; else echo "amiss: ${said//$'\n'/, }"; fi
}
