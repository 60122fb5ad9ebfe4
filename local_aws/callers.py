"""Access keys of jobs: each run and step signs with its own, so that a request says whose it is."""

import hashlib
import threading

_names: dict[str, str] = {}
_lock = threading.Lock()


def key_of(name: str) -> str:
    """The access key for a run, a step or a cluster; the same each time."""
    key = "ASIA" + hashlib.sha256(name.encode()).hexdigest()[:16].upper()
    with _lock:
        _names[key] = name
    return key


def caller(access_key: str) -> str:
    """Whose key it is; empty for one that is not a job's."""
    with _lock:
        return _names.get(access_key, "")
