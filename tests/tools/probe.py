"""Says on standard output how the JVM of its session was started. The argument: rows, as a job would give them."""

import json
import sys

from lake.session import spark_session

spark = spark_session("probe", rows=int(sys.argv[1]) if len(sys.argv) > 1 else None)
management = spark._jvm.java.lang.management.ManagementFactory  # type: ignore[union-attr]
flags = spark._jvm.java.lang.Class.forName("com.sun.management.HotSpotDiagnosticMXBean")  # type: ignore[union-attr]
bean = management.getPlatformMXBean(flags)
told = {
    "serial": bean.getVMOption("UseSerialGC").getValue() == "true",
    "level": int(bean.getVMOption("TieredStopAtLevel").getValue()),
    "ui": spark.conf.get("spark.ui.enabled"),  # as conf/spark-defaults.conf has it
}
sys.stdout.write(json.dumps(told) + "\n")
