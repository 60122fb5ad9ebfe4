"""The raw files: which there are, whose month they are, and which cannot be taken for what their names or twins say."""

from collections import defaultdict
from dataclasses import dataclass, field

from lake.intake.endings import PARQUET
from lake.intake.names import RAW_NAME, month_of, near_name
from lake.storage import FileInfo, Storage
from schemas.reasons import Refusal, RefusalCode


@dataclass(frozen=True)
class RawFile:
    """One raw file.

    Attributes:
        info: Where it lies.
        month: The month in its name, YYYY-MM.
        suffix: .csv, .csv.gz or .parquet.
        superseded: Names of files of the month that this one replaces: the CSV that TLC withdrew for a Parquet file.
    """

    info: FileInfo
    month: str
    suffix: str
    superseded: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The file's name."""
        return self.info.name


@dataclass(frozen=True)
class Inventory:
    """What lies in a raw folder.

    Attributes:
        files: The file that owns each month.
        refused: What is refused for its name, its twin, or as no file, by name: what identifies it, and why.
        foreign: Names of files that are not ours.
    """

    files: dict[str, RawFile] = field(default_factory=dict)
    refused: dict[str, tuple[str, Refusal]] = field(default_factory=dict)
    foreign: tuple[str, ...] = ()

    @property
    def refused_months(self) -> set[str]:
        """Months that have a file, but none that owns them."""
        return {month for name in self.refused if (month := month_of(name))}


def take_inventory(storage: Storage, folder: str) -> Inventory:
    """Lists a raw folder. It reads no file, and is deterministic: the order of the listing does not matter."""
    by_month, foreign = defaultdict[str, list[RawFile]](list), []
    refused: dict[str, tuple[str, Refusal]] = {}
    listed = storage.list_folder(folder)
    beside = {info.name for info in listed}
    for info in listed:
        match = RAW_NAME.fullmatch(info.name)
        if match:
            by_month[match["month"]].append(RawFile(info, match["month"], match["suffix"]))
        elif near := near_name(info.name):
            message = near.message(is_taken=near.proposed in beside)
            refused[info.name] = info.etag or info.version, Refusal(RefusalCode.NAME, message)
        else:
            foreign.append(info.name)
    for name, what in storage.list_non_files(folder).items():
        if month_of(name):
            message = f"it is {what}; a month is one file: move it elsewhere, or what it holds to here"
            refused[name] = what, Refusal(RefusalCode.NOT_A_FILE, message)
    files = {}
    for month, rivals in by_month.items():
        owner = _owner(rivals)
        if owner:
            files[month] = owner
            continue
        names = " and ".join(sorted(rival.name for rival in rivals))
        for rival in rivals:
            refusal = Refusal(RefusalCode.DUPLICATE_MONTH, f"{names} are of one month; leave one")
            refused[rival.name] = rival.info.etag or rival.info.version, refusal
    return Inventory(dict(sorted(files.items())), refused, tuple(sorted(foreign)))


def _owner(rivals: list[RawFile]) -> RawFile | None:
    """The only file; or the Parquet file if there is one CSV next to it, which TLC withdrew; else none."""
    by_suffix = {rival.suffix: rival for rival in rivals}
    if len(rivals) == 1:
        return rivals[0]
    if len(rivals) == 2 and PARQUET in by_suffix:
        parquet = by_suffix[PARQUET]
        others = tuple(rival.name for rival in rivals if rival is not parquet)
        return RawFile(parquet.info, parquet.month, PARQUET, others)
    return None
