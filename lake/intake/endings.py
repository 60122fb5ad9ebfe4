"""What a name may end in, or begin with, beside a month's own: what that says of the file, and what to do."""

import re
from dataclasses import dataclass, field

CSV, CSV_GZ, GZ, PARQUET = ".csv", ".csv.gz", ".gz", ".parquet"
MAX_ENDINGS = 8  # of one name that are told apart

RENAME = "rename it {name}, or move it elsewhere"
KEEP_ONE = "remove it; or, if it is the month's file, rename it {name}"
UNPACK, UNPACK_ONCE = "unpack it to {name}", "unpack it once, to {name}"
_AS_PARQUET = "write it again as Parquet, to {name}"


@dataclass(frozen=True)
class Ending:
    """A part of a name.

    Attributes:
        pattern: A regular expression for it; case does not count.
        what: What it says of the file; `{text}` is the part as found. Empty: nothing that is wrong.
        cure: What to do; `{name}` is the name that the file should have.
        form: What it is of a raw file's name: .csv, .gz or .parquet.
        default: The suffix that the file should have where its name says no other.
    """

    pattern: str
    what: str = ""
    cure: str = RENAME
    form: str = ""
    default: str = ""
    compiled: re.Pattern[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Compiles the pattern."""
        object.__setattr__(self, "compiled", re.compile(self.pattern, re.IGNORECASE))


def _packed(pattern: str, how: str) -> Ending:
    return Ending(rf"\.(?:{pattern})$", f"a file packed {how} ({{text}})", UNPACK)


def _format(pattern: str, what: str) -> Ending:
    return Ending(rf"\.(?:{pattern})$", f"{what} ({{text}})", _AS_PARQUET, default=PARQUET)


_AFTER_OURS = r"(?:(?<=\.csv)|(?<=\.gz)|(?<=\.parquet))"
ENDINGS = (
    Ending(r"\?.*$|%3f.*$|(?:%20)+$|;\d+$|#$", "a piece of an address ({text})"),
    # a month's own
    Ending(r"[._ -]csv$", form=CSV),
    Ending(r"[._ -]parquet$", form=PARQUET),
    Ending(r"\.gz$", form=GZ),
    Ending(r"\.gzip$", "the ending .gzip", form=GZ),
    # another file of the same month
    Ending(r"(?:[ ._-]+(?:copy|copie|kopie|copia)(?: ?\(\d+\)| \d+)?)$|^copy (?:\(\d+\) )?of ", "a copy", KEEP_ONE),
    Ending(r" ?_?\(\d{1,3}\)$|(?<!\d{4})(?<!v\d)\.\d{1,3}$", "a second download ({text})", KEEP_ONE),
    Ending(
        rf"[._-](?:bak|bkp|backup|old|orig|original|save|saved|prev|previous)\d*$|~\d*~?$|{_AFTER_OURS}\.20\d{{6,12}}$",
        "a backup ({text})",
        KEEP_ONE,
    ),
    Ending(r"\.te?mp$", "a temporary file ({text})", "remove it; or, if it is written to its end, rename it {name}"),
    # packed
    _packed(r"tar(?:\.(?:gz|bz2|xz|zst|z))?|tgz|tbz2?|txz", "as tar"),
    _packed("zip", "as zip"),
    _packed("bz2?|bzip2", "as bzip2"),
    _packed("xz", "as xz"),
    _packed("lzma", "as lzma"),
    _packed("zstd?", "as zstd"),
    _packed("7z", "as 7z"),
    _packed("rar", "as rar"),
    _packed("lz4", "as lz4"),
    _packed("sz|snappy|snz", "as snappy"),
    _packed("br|brotli", "as brotli"),
    _packed("z", "by compress"),
    Ending(r"\.(?:gpg|pgp|age|enc|aes)$", "an encrypted file ({text})", "decrypt it to {name}"),
    # other formats, and other endings of ours
    Ending(r"\.(?:xlsx?|xlsm|xlsb|ods)$", "a workbook of Excel ({text})", "save it as CSV, to {name}", default=CSV),
    _format("orc", "ORC"),
    _format("avro", "Avro"),
    _format("feather|arrow|ipc", "Arrow"),
    _format("jsonl|ndjson", "JSON lines"),
    _format(r"sas7bdat|dta|sav|rds|rdata|pkl|pickle|h5|hdf5?|sqlite3?|db|duckdb|mdb|accdb", "another program's format"),
    Ending(r"\.(?:pq|parq|prq)$", "the ending {text}", form=PARQUET, default=PARQUET),
    Ending(
        r"\.(?:tsv|tab|psv)$",
        "tabs or bars between the fields ({text})",
        "write it again with commas, to {name}",
        default=CSV,
    ),
    Ending(r"\.(?:par(?!t$)[a-z]{1,6}|pqt)$", "the ending {text}", form=PARQUET),
    Ending(r"\.(?:txt|dat|text|asc|data)$", "the ending {text}"),
    Ending(rf"{_AFTER_OURS}\.[\w+-]{{1,20}}$|\.[a-z][\w+-]{{0,9}}$", "the ending {text}"),
    Ending(r"[\s._-]+$"),
)


def first_ending(text: str) -> tuple[Ending, re.Match[str]] | None:
    """The first of the endings that a text has, and where; None if nothing would be left, or it has none."""
    for ending in ENDINGS:
        match = ending.compiled.search(text)
        if match and len(match[0]) < len(text):
            return ending, match
    return None
