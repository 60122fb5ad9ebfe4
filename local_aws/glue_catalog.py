"""Versions of the catalog's tables: counted from 0, and an update that names another one than the newest is refused."""

from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import EmptyResult
from moto.glue import models
from moto.glue.responses import GlueResponse

KNOWN = {"DatabaseName", "TableInput", "VersionId", "SkipArchive", "CatalogId"}


class LiveTable(models.FakeTable):  # type: ignore[misc]  # moto is untyped
    """A table of the catalog."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.versions: dict[str, dict[str, Any]] = {"0": self.versions.pop("1")}
        self._current_version = 0

    def replace(self, table_input: dict[str, Any], version: str | None, *, archive: bool) -> None:
        """Makes the next version.

        Args:
            table_input: The whole of it.
            version: The one that it was made from; None if the caller does not care, and the last one wins.
            archive: Whether the one before stays.

        Raises:
            JsonRESTError: Another one is the newest.
        """
        newest = str(self._current_version)
        if version is not None and version != newest:
            raise JsonRESTError(
                "ConcurrentModificationException", "Update table failed due to concurrent modifications."
            )
        self.update(table_input)
        if not archive:
            self.versions.pop(newest, None)


def update_table(response: Any) -> EmptyResult:
    """UpdateTable."""
    asked = response.parameters
    if unknown := sorted(set(asked) - KNOWN):
        raise JsonRESTError("InvalidInputException", f"{', '.join(unknown)}: not known to local_aws")
    backend = response.glue_backend
    with backend.lock:
        table = backend.get_table(asked["DatabaseName"], asked["TableInput"]["Name"])
        table.replace(asked["TableInput"], asked.get("VersionId"), archive=not asked.get("SkipArchive"))
    return EmptyResult()


def install() -> None:
    """Puts this in place of moto's."""
    models.FakeTable = LiveTable
    GlueResponse.update_table = update_table
