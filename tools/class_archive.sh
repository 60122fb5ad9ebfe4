# shellcheck shell=bash
# Finds the archive of shared classes (AppCDS) of a virtual environment and a Java: Spark's classes, parsed and verified
# ahead, with which its JVM starts in half the CPU time. tools/make_class_archive.sh makes it, tools/spark_java.sh uses it.

# Where it lies: in the virtual environment, or where the user says. Two Javas whose folders have one name replace each other's.
class_archive_folder() { # VENV JAVA (without links)
    local home=${2%/bin/java}
    echo "${GREEN_CLASS_ARCHIVES:-$1/class-archives}/${home##*/}"
}

# Says what the archive was made from, and that it is whole: names, sizes and times of it, of Java, and of Spark's jars. The
# JVM checks the last two as well; but one that maps an archive whose end is missing is killed (SIGBUS).
class_archive_stamp() { # FOLDER JAVA SPARK_HOME
    local found files=("$1"/*.jsa "${2%/bin/java}"/lib/{modules,server/libjvm.so} "$3"/jars/*.jar)
    found=$(stat -Lc '%n %s %Y' "${files[@]}" 2>/dev/null || stat -Lf '%N %z %m' "${files[@]}" 2>/dev/null) || return 1
    cksum <<<"${found//"$1"/}" # without the folder, which is renamed once it is complete
}

# Prints the option that starts a JVM with the archive; fails where none is valid. A JVM that is given the name of a missing
# one does without the JDK's own, too.
class_archive_option() { # VENV JAVA SPARK_HOME
    local java folder stamp archives
    java=$(readlink -f "$2") && folder=$(class_archive_folder "$1" "$java") && [ -f "$folder/stamp" ] || return 1
    stamp=$(class_archive_stamp "$folder" "$java" "$3") && [ "$stamp" = "$(<"$folder/stamp")" ] || return 1
    archives=("$folder"/*.jsa) # base.jsa:spark.jsa, or spark.jsa on top of the JDK's own
    (IFS=: && echo "-XX:SharedArchiveFile=${archives[*]}")
}
