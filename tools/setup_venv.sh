#!/usr/bin/env bash
# Makes a virtual environment, or brings it up to date: tools/setup_venv.sh FOLDER LOCK... (requirements/LOCK.txt).
# Does nothing, in a few milliseconds, when it is up to date. A changed lock file builds the folder again.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1
shift
stamps=$venv/.stamps # LOCK: a copy of the lock file that was installed; root: where; project: what the editable install saw

find_python() {
    local python
    for python in ${PYTHON:-} python3.11 python3; do
        if "$python" -c 'import sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    echo "$venv: needs Python 3.11, on which everything is tested; none found as python3.11 or python3 (set PYTHON=...)" >&2
    return 1
}

outdated() {
    local lock
    if [ "$(cat "$stamps/root" 2>/dev/null)" != "$PWD" ] || [ ! -x "$venv/bin/python" ]; then return 0; fi
    for lock in "$@"; do
        [ ! -e "$stamps/$lock" ] || cmp -s "requirements/$lock.txt" "$stamps/$lock" || return 0
    done
    return 1
}

# Not compiled: of some 20,000 modules few are ever imported, and those Python compiles then.
install() {
    "$venv/bin/python" -m pip --disable-pip-version-check --no-input install --quiet --no-compile "$@"
}

if outdated "$@"; then
    python=$(find_python)
    echo "$venv: new, with $("$python" --version)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
    mkdir "$stamps"
    echo "$PWD" >"$stamps/root"
fi

for lock in "$@"; do
    [ ! -e "$stamps/$lock" ] || continue
    echo "$venv: installing requirements/$lock.txt"
    if [ "$lock" = awsglue ]; then
        install --require-hashes -r "requirements/$lock.txt" --target "$venv/awsglue" --upgrade
    else
        install --require-hashes -r "requirements/$lock.txt"
    fi
    cp "requirements/$lock.txt" "$stamps/$lock"
done

spark=$venv/lib/python3.11/site-packages/pyspark
[ -d "$spark" ] || exit 0

# Spark looks for its settings next to itself: with this link both `spark-submit` and `python script.py` get ours.
ln -sfn "$PWD/conf" "$spark/conf"
mkdir -p "$venv/jre/bin"
ln -sfn "$PWD/tools/spark_java.sh" "$venv/jre/bin/java"
ln -sfn "$PWD/tools/spark_submit.sh" "$venv/bin/spark-submit"

# The editable install maps the top-level packages that are there; a new one needs it done again.
project=$(cat pyproject.toml; ls -d schemas transforms lake explore 2>/dev/null || true)
if [ "$(cat "$stamps/project" 2>/dev/null)" != "$project" ]; then
    echo "$venv: installing the project (editable)"
    install --no-deps --no-build-isolation --editable .
    echo "$project" >"$stamps/project"
fi

tools/make_class_archive.sh "$venv"
