"""A raw folder in which no file could be a month: what lies there instead, and what to do."""

from lake.intake.inventory import Inventory
from lake.intake.names import month_of
from lake.storage import Storage, join
from lake.terminal import examples
from schemas.layouts import FILE_PREFIX
from schemas.reasons import RefusalCode

MAX_DEPTH, MAX_FOLDERS = 3, 100  # of a search for months in subfolders: `2020/01`, `year=2020/month=01`


def could_be_months(inventory: Inventory) -> bool:
    """Is there any file that is a month, or would be one by another name or alone? A folder named like one is none."""
    refused = inventory.refused.values()
    return bool(inventory.files) or any(refusal.code != RefusalCode.NOT_A_FILE for _, refusal in refused)


def describe_barren(storage: Storage, folder: str, inventory: Inventory) -> tuple[str, bool]:
    """One line: how many files lie there, some of their names, a subfolder that holds months, and what to do.

    Args:
        storage: Where the raw folder lies.
        folder: The raw folder.
        inventory: What lies directly in it.

    Returns:
        The line, and whether the folder is empty but for hidden files.
    """
    names, folders = inventory.foreign, storage.list_folders(folder)
    counts = [f"{len(some):,} {kind}" for some, kind in ((names, "files"), (folders, "folders")) if some]
    holds = f"it holds {' and '.join(counts)} ({examples((*names, *folders))})" if counts else "it is empty"
    cure = f"put files named {FILE_PREFIX}YYYY-MM.csv, .csv.gz or .parquet there, or name another folder with --raw"
    if found := _months_below(storage, folder, folders):
        below, name = found
        cure = f"{below} holds {name}: put the files of all months directly into one folder, without subfolders"
    is_empty = not folders and all(name.startswith((".", "_")) for name in names)
    return f"no file in {folder} could be a month: {holds}; {cure}", is_empty


def _months_below(storage: Storage, folder: str, names: list[str]) -> tuple[str, str] | None:
    """A subfolder with a file of a month, and that file's name; the search is bounded.

    Args:
        storage: Where the folders lie.
        folder: The raw folder.
        names: Its subfolders.
    """
    todo, seen = [(join(folder, name), 1) for name in names], 0
    while todo and seen < MAX_FOLDERS:
        below, depth = todo.pop(0)
        seen += 1
        found = next((info.name for info in storage.list_folder(below) if month_of(info.name)), None)
        if found:
            return below, found
        if depth < MAX_DEPTH:
            todo += [(join(below, name), depth + 1) for name in storage.list_folders(below)]
    return None
