#!/usr/bin/env bash
# Starts one part of Airflow in the foreground, for systemd or supervisor: part.sh PART. As the user airflow.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/places.sh"
umask 077
load_settings

airflow=$VENV/bin/airflow
case $1 in
api-server) exec "$airflow" api-server ;;
scheduler) exec "$airflow" scheduler --skip-serve-logs ;;
dag-processor) exec "$airflow" dag-processor ;;
# Logs are read from the files: all parts are on this host. Without --skip-serve-logs they would be served to the network.
triggerer) exec "$airflow" triggerer --skip-serve-logs ;;
worker) exec "$airflow" celery worker --skip-serve-logs --without-mingle --without-gossip ;;
sync) exec "$VENV/bin/python" "$here/sync.py" "$ARTIFACTS" "$STATE" --every 60 ;;
clean) exec "$here/clean.sh" ;;
pulse) exec "$VENV/bin/python" "$here/pulse.py" tell "$ARTIFACTS" ;;
*) echo "part.sh: no part $1" >&2 && exit 2 ;;
esac
