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

_NO_CONTEXT = (
    "GlueContext needs Glue's Scala library, which is not public, so local_aws has none: use SparkSession.builder.getOrCreate() "
    "and DataFrames (spark.read, DataFrame.write) in place of it and of DynamicFrames; both run on AWS as well"
)


def _refuse_context(*_: object, **__: object) -> None:
    raise RuntimeError(_NO_CONTEXT)


class _Contexts:
    """Finds `awsglue.context` where it lies, and takes from it what would fail in words that help nobody."""

    @classmethod
    def find_spec(cls, name: str, path: object = None, target: object = None) -> object:
        if name != "awsglue.context":
            return None
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name, path)  # type: ignore[arg-type]
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: object) -> None:
            execute(module)  # type: ignore[arg-type]
            module.GlueContext.__init__ = _refuse_context  # type: ignore[attr-defined]

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


sys.meta_path.insert(0, _Contexts)  # type: ignore[arg-type]
