#!/usr/bin/env bash
# Fetches the S3A jars of one Spark line (4.1 or 3.5) ahead of use, into .cache/s3-jars/LINE/jars, and checks them
# against conf/s3-jars-LINE.sha256. Tests pass them to Spark by `spark.jars`: resolving them takes 7 s at every start.
set -euo pipefail
cd "$(dirname "$0")/.."
line=$1
venv=.venv
[ "$line" = 4.1 ] || venv=.venv-previous
folder=$PWD/.cache/s3-jars/$line
sums=$PWD/conf/s3-jars-$line.sha256

complete() {
    [ -d "$folder/jars" ] && cd "$folder/jars" && [ "$(find . -name "*.jar" | wc -l)" -eq "$(wc -l <"$sums")" ] &&
        sha256sum --check --status "$sums"
}

! (complete 2>/dev/null) || exit 0
echo "$folder: fetching the S3A jars for Spark $line"
for _ in 1 2; do
    rm -rf "$folder" # half a resolution would be taken for a whole one
    mkdir -p "$folder"
    : >"$folder/nothing.py"
    (
        PATH=$PWD/$venv/bin:$PATH
        spark-submit --properties-file "conf/s3-spark-$line.conf" "$folder/nothing.py"
    ) >"$folder/log" 2>&1 || true
    ! (complete) || exit 0
done
tail -n 20 "$folder/log" >&2
echo "The jars are not those of conf/s3-jars-$line.sha256. If conf/s3-spark-$line.conf was changed on purpose:" >&2
echo "    (cd .cache/s3-jars/$line/jars && sha256sum *.jar) > conf/s3-jars-$line.sha256" >&2
exit 1
