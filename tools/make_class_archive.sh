#!/usr/bin/env bash
# Makes the archive of shared classes of a virtual environment, for the Java that Spark finds there: tools/make_class_archive.sh
# VENV. Does nothing, in a few milliseconds, where a valid one is. It takes longer than a run of both jobs, and 170 MB in VENV.
# Spark runs without one, too, only not as fast, so a failure is reported, and the status is 0.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/class_archive.sh
venv=$PWD/$1
SPARK_HOME=$venv/lib/python3.11/site-packages/pyspark
. conf/spark-env.sh # which Java
java=$(readlink -f "$SPARK_REAL_JAVA") || exit 0 # there is none: Spark will say so
home=${java%/bin/java}
folder=$(class_archive_folder "$venv" "$java")
if [ -e "$folder/failed" ] || class_archive_option "$venv" "$java" "$SPARK_HOME" >/dev/null; then
    exit 0
fi

write_archive() { # FOLDER
    local options="-XX:+UseSerialGC -XX:TieredStopAtLevel=1 '-XX:ArchiveClassesAtExit=$1/spark.jsa'"
    # A Java without an archive of its own classes, like the one that pip installed, is given one first.
    if [ ! -f "$home/lib/server/classes.jsa" ]; then
        "$java" -Xshare:dump "-XX:SharedArchiveFile=$1/base.jsa" || return 1
        options+=" '-XX:SharedArchiveFile=$1/base.jsa'"
    fi
    # Without the user's variables: a Hadoop's folders and other options of a JVM do not belong into the archive.
    env -i HOME="${HOME:-}" PATH="$venv/bin:$PATH" JAVA_HOME="$home" PYSPARK_PYTHON="$venv/bin/python" \
        SPARK_SUBMIT_OPTS="$options" "$venv/bin/spark-submit" tools/class_training.py "$1/lake" && [ -s "$1/spark.jsa" ]
}

echo "$venv: making an archive of Spark's classes for $home, once: half a minute or more"
mkdir -p "${folder%/*}"
new=$(mktemp -d "${folder%/*}/new.XXXXXX")
trap 'rm -rf "$new"' EXIT
if write_archive "$new" >"$new/log" 2>&1 && class_archive_stamp "$new" "$java" "$SPARK_HOME" >"$new/stamp"; then
    rm "$new/log"
else
    rm -f "$new"/*.jsa "$new/stamp"
    touch "$new/failed" # else every target would try again
    echo "$venv: no archive of Spark's classes, so Spark starts more slowly; $folder/log says why; remove that folder" \
        "to try again" >&2
fi
chmod 755 "$new"
rm -rf "$new/lake" "$folder"
mv "$new" "$folder" # a whole one or none, and never into a file that a JVM has mapped
