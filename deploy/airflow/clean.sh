#!/usr/bin/env bash
# Once a day: task logs and rows of the database that are older than KEEP_DAYS go.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/places.sh"

trap 'kill $! 2>/dev/null' EXIT # the sleep, which would stay for the rest of its day
while :; do
    sleep 86400 & wait $! # so that a signal ends it at once
    find "$LOGS/tasks" -type f -mtime "+$KEEP_DAYS" -delete
    find "$LOGS/tasks" -mindepth 1 -type d -empty -delete
    "$VENV/bin/airflow" db clean --yes --skip-archive \
        --clean-before-timestamp "$(date -u -d "-$KEEP_DAYS days" +%Y-%m-%dT%H:%M:%S+00:00)" || echo "clean: db clean failed, tomorrow again"
done
