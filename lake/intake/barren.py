"""A raw folder in which no file could be a month: what lies there instead, and what to do."""

from lake.intake.inventory import Inventory
from lake.intake.names import month_of
from lake.storage import Storage, join
from lake.terminal import printable
from schemas.layouts import FILE_PREFIX
from schemas.reasons import RefusalCode

EXAMPLES = 3  # names
MAX_DEPTH, MAX_FOLDERS = 3, 100  # of a search for months in subfolders: `2020/01`, `year=2020/month=01`


def could_be_months(inventory: Inventory) -> bool:
    """Is there any file that is a month, or would be one by another name or alone? A folder named like one is none."""
    refused = inventory.refused.values()
    return bool(inventory.files) or any(refusal.code != RefusalCode.NOT_A_FILE for _, refusal in refused)


def is_empty(storage: Storage, folder: str, inventory: Inventory) -> bool:
    """Is there nothing in it but hidden files?"""
    seen = [name for name in inventory.foreign if not name.startswith((".", "_"))]
    return not (seen or inventory.files or inventory.refused or storage.list_folders(folder))


def describe_barren(storage: Storage, folder: str, inventory: Inventory) -> str:
    """One line: how many files lie there, some of their names, a subfolder that holds months, and what to do.

    Args:
        storage: Where the raw folder lies.
        folder: The raw folder.
        inventory: What lies directly in it.
    """
    names, folders = inventory.foreign, storage.list_folders(folder)
    examples = ", ".join(printable(name) for name in (*names, *folders)[:EXAMPLES])
    counts = [f"{len(some):,} {kind}" for some, kind in ((names, "files"), (folders, "folders")) if some]
    holds = f"it holds {' and '.join(counts)} ({examples})" if counts else "it is empty"
    cure = f"put files named {FILE_PREFIX}YYYY-MM.csv, .csv.gz or .parquet there, or name another folder with --raw"
    found = _months_below(storage, folder)
    if found:
        below, name = found
        cure = f"{below} holds {name}: put the files of all months directly into one folder, without subfolders"
    return f"no file in {folder} could be a month: {holds}; {cure}"


def _months_below(storage: Storage, folder: str) -> tuple[str, str] | None:
    """A subfolder with a file of a month, and that file's name; the search is bounded."""
    todo, seen = [(folder, 0)], 0
    while todo and seen < MAX_FOLDERS:
        above, depth = todo.pop(0)
        for name in storage.list_folders(above):
            below = join(above, name)
            seen += 1
            found = next((info.name for info in storage.list_folder(below) if month_of(info.name)), None)
            if found:
                return below, found
            if depth + 1 < MAX_DEPTH:
                todo.append((below, depth + 1))
    return None
