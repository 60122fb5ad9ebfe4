"""Files on a local disk and objects in S3 behind one interface. This is the package's door: nobody imports `local` or `s3`.

location    how a location is written; what a storage can do
local, s3   the two storages
aws         clients of AWS, and its errors in one line
"""

from lake.storage.location import S3, FileInfo, Storage, is_digest, join, normalise, spark_path

__all__ = ["S3", "FileInfo", "Storage", "is_digest", "join", "normalise", "spark_path", "storage_of"]


def storage_of(uri: str) -> Storage:
    """The storage of a location; boto3 is not imported before an S3 request is made."""
    if normalise(uri).startswith(S3):
        from lake.storage.s3 import S3Storage

        return S3Storage()
    from lake.storage.local import LocalStorage

    return LocalStorage()
