"""Read by each Python of a job as it starts: what is different here from a machine of AWS is made alike."""

import os
import sys

# An editable installation makes the packages of this repository importable; on AWS a job has what it was sent.
sys.meta_path[:] = [
    finder for finder in sys.meta_path if not getattr(finder, "__module__", "").startswith("__editable__")
]

# spark-submit joins a script's standard error to its output. A job on AWS has two logs.
if _path := os.environ.get("LOCAL_AWS_STDERR"):
    _log = os.open(_path, os.O_WRONLY | os.O_APPEND)
    os.dup2(_log, 2)
    os.close(_log)
