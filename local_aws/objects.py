"""Keeps the objects of S3 from one account to the next: bytes in files, and what else is known of them in one list."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from moto.s3.models import S3Backend, s3_backends

from local_aws.checksums import FIELDS
from local_aws.options import ACCOUNT_ID

LIST = "objects.json"


def _backend() -> S3Backend:
    return s3_backends[ACCOUNT_ID]["aws"]


def save(folder: Path) -> None:
    """Writes every bucket's current objects; earlier versions and unfinished uploads are not kept."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    buckets = [_described(bucket, folder) for bucket in _backend().buckets.values()]
    part = folder / f"{LIST}.part"
    part.write_text(json.dumps(buckets, indent=1))
    part.replace(folder / LIST)


def load(folder: Path) -> int:
    """Puts back what an earlier account has kept; returns how many objects that were."""
    if not (folder / LIST).is_file():
        return 0
    buckets = json.loads((folder / LIST).read_text())
    for bucket in buckets:
        _backend().create_bucket(bucket["name"], bucket["region"])
        for known in bucket["objects"]:
            key = _backend().put_object(
                bucket["name"],
                known["key"],
                (folder / known["file"]).read_bytes(),
                storage=known["storage_class"],
                etag=known["etag"],
                disable_notification=True,
            )
            key.set_metadata(known["metadata"])
            for field, value in known.get("checksum", {}).items():
                setattr(key, field, value)
            key.last_modified = datetime.fromisoformat(known["last_modified"])
    return sum(len(bucket["objects"]) for bucket in buckets)


def _described(bucket: Any, folder: Path) -> dict[str, Any]:
    objects: list[dict[str, Any]] = []
    for name, key in bucket.keys.items():
        if not hasattr(key, "value"):  # a mark of deletion
            continue
        file = f"{bucket.name}-{len(objects)}"
        (folder / file).write_bytes(key.value)
        objects.append(
            {
                "key": name,
                "file": file,
                "etag": key.etag.strip('"'),
                "storage_class": key.storage_class,
                "metadata": dict(key.metadata),
                "checksum": {field: getattr(key, field) for field in FIELDS},
                "last_modified": key.last_modified.isoformat(),
            }
        )
    return {"name": bucket.name, "region": bucket.region_name, "objects": objects}
