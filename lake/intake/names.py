"""What a name in the raw folder says: a month; a month under another name; or nothing of ours.

Two faults are weighed here: a month that is passed over in silence, and a night that is red for another tool's file. So what
is known to lie beside months is left alone (`_BESIDE`, `_ABOUT`), and what else is named after a month of green trips is told.
A further ending is one more row.
"""

import calendar
import difflib
import re
import unicodedata
from dataclasses import dataclass

from lake.intake.endings import (
    CSV,
    CSV_GZ,
    GZ,
    KEEP_ONE,
    MAX_ENDINGS,
    PARQUET,
    RENAME,
    UNPACK,
    UNPACK_ONCE,
    Ending,
    first_ending,
)
from lake.months import MONTH
from schemas.layouts import FILE_PREFIX

RAW_NAME = re.compile(rf"{FILE_PREFIX}(?P<month>{MONTH.pattern})(?P<suffix>\.csv|\.csv\.gz|\.parquet)")
MAX_SHOWN = 40  # characters of a name in a message

_BESIDE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # checksums and signatures
        r"\.(?:md5|sha-?\d*|sha3-\d+|crc(?:32c?)?|sfv|cksum|b2|blake[23][bs]?|xxh\d*|adler32|par2)(?:sums?)?$",
        r"\.(?:asc|sig|sign|minisig|sigstore|p7s|ots)$",
        # what is still being copied, by: browsers, wget's kin, Hadoop, the AWS CLI, rsync, Syncthing
        r"\.(?:part|partial|filepart|crdownload|download|opdownload|aria2|incomplete|inprogress|uploading|gstmp|_copying_)$",
        r"\.(?:csv|gz|parquet)\.(?=\d*[a-f])[\da-f]{8}$|^\..+\.(?:csv|gz|parquet)\.[a-z\d]{6}$|^[.~]syncthing[.~]",
        # locks and recovery files of programs that have the file open
        r"^\.~lock\.|^~\$|^\.#|^#.*#$|\.sw[a-p]$|\.un~$|\.(?:lock|lck|pid)$",
        # streams and doubles of other file systems
        r":(?:zone\.identifier|[a-z]+(?:\.[a-z]+)+|\$data)$|zone\.identifier$|^\._|_\$folder\$$",
        # records and signals of other tools
        r"\.(?:dvc|meta|metadata|etag|headers|done|ok|success|ready|trigger|ctl|torrent|meta4|metalink|idx|index)$",
        # descriptions and programs
        r"\.(?:json|ya?ml|toml|ini|cfg|conf|xml|xsd|html?|pdf|docx?|pptx?|odt|md|rst|tex|log|err|out|url|lnk|webloc)$",
        r"\.(?:sql|py|pyc|ipynb|r|rmd|sh|ps1|bat|css|js|png|jpe?g|gif|svg)$",
    )
)
# Words of what is about months and is none, whatever it ends in.
_ABOUT = re.compile(
    r"(?<![a-z])(?:profil(?:e|es|ing)|readme|license|dictionary|schemas?|summary|stats|statistics|manifest|metadata|notes?|"
    r"lookup|zones?|changelog|(?:md5|sha\d*|check)_?sums?)(?![a-z])",
    re.IGNORECASE,
)
_TRIP_WORDS = ("trip", "trips", "tripdata", "taxi", "taxis", "cab", "cabs", "ride", "rides", "lpep")
_WORDS = frozenset(
    (*_TRIP_WORDS, "green", "greentripdata", "data", "record", "records", "nyc", "ny", "tlc", "raw", "of")
)
_GREEN = re.compile(rf"(?<![a-z])green(?:{'|'.join(_TRIP_WORDS)}|data)?(?![a-z])", re.IGNORECASE)
_WORTH_A_LOOK = re.compile(r"green|(?:19|20)\d\d", re.IGNORECASE)  # most names of a large folder are not
_MONTH_NAMES = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
}
_YEAR, _BY_NAME = (
    r"(?<!\d)(?P<year>(?:19|20)\d\d)",
    rf"(?P<name>{'|'.join(sorted(_MONTH_NAMES, key=len, reverse=True))})",
)
_YEARS = re.compile(rf"{_YEAR}(?=(?:\d\d){{0,2}}(?!\d))")
_GAP = r"[^\da-z]{1,3}"
_WRITTEN = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_YEAR}{_GAP}(?P<month>\d\d?)(?!\d)",
        rf"{_YEAR}(?P<month>\d\d)(?:\d\d)?(?!\d)",
        rf"(?<!\d)(?P<month>\d\d?){_GAP}{_YEAR}(?!\d)",
        rf"{_YEAR}[^\da-z]{{0,3}}{_BY_NAME}(?![a-z])",
        rf"(?<![a-z]){_BY_NAME}[^\da-z]{{0,3}}{_YEAR}(?!\d)",
    )
)
_SPELLING = (
    (lambda char: unicodedata.category(char) == "Cc", "control characters"),
    (lambda char: ord(char) > 127, "characters beyond ASCII"),
    (lambda char: unicodedata.category(char) == "Zs", "blanks"),
    (str.isupper, "letters in upper case"),
)


@dataclass(frozen=True)
class NearName:
    """A name that is close to that of a month.

    Attributes:
        found: How it differs.
        proposed: The name it should have, or the pattern of one.
        cure: What to do.
    """

    found: str
    proposed: str
    cure: str

    def message(self, *, is_taken: bool) -> str:
        """What is said of it; `is_taken`: whether a file of the proposed name lies beside it."""
        taken = f"{self.proposed} lies here too: leave one of the two, under that name"
        return f"the name shows {self.found}: {taken if is_taken else self.cure}"


def month_of(name: str) -> str | None:
    """The month in a raw file's name; None if it is not named like one."""
    match = RAW_NAME.fullmatch(name)
    return match["month"] if match else None


def near_name(name: str) -> NearName | None:
    """How a name differs from that of a month; None if it is none of ours, or is a month's."""
    text = _folded(name)
    if RAW_NAME.fullmatch(name) or not _WORTH_A_LOOK.search(text) or _is_beside(text):
        return None
    stem, endings = text, list[tuple[Ending, str]]()
    while len(endings) < MAX_ENDINGS and (found := first_ending(stem)):
        ending, match = found
        endings.append((ending, match[0].strip(" _()")))
        stem = stem[: match.start()] + stem[match.end() :]
        if _is_beside(stem):
            return None
    month = _Month.in_(stem) or _Month.in_(text)
    if _ABOUT.search(text) or not (_is_green(text, month, endings) or _is_bare(stem, month, endings)):
        return None
    return _diagnosis(name, stem, month, endings)


def _is_beside(text: str) -> bool:
    return any(pattern.search(text) for pattern in _BESIDE)


def _folded(name: str) -> str:
    """The name as it was meant: without what cannot be seen, and with plain dashes and digits."""
    text = unicodedata.normalize("NFKC", name)
    dashes = "".join("-" if unicodedata.category(char) == "Pd" or char == "\u2212" else char for char in text)
    return "".join(char for char in dashes if unicodedata.category(char)[0] != "C").strip()


@dataclass(frozen=True)
class _Month:
    """A month as it is written in a name."""

    written: str
    year: int
    number: int
    is_day: bool

    @classmethod
    def in_(cls, text: str) -> "_Month | None":
        match = next((match for pattern in _WRITTEN if (match := pattern.search(text))), None)
        if match is None:
            return None
        parts = match.groupdict()
        number = _MONTH_NAMES[parts["name"].lower()] if parts.get("name") else int(parts["month"])
        is_day = (match[0].isdigit() and len(match[0]) == 8) or bool(re.match(r"[-_.]?\d", text[match.end() :]))
        return cls(match[0], int(parts["year"]), number, is_day)

    @property
    def fault(self) -> str:
        """Why it cannot be one; empty if it can."""
        if not 1 <= self.number <= 12:
            return f"'{self.written}', which is not a month"
        return f"'{self.written}', which is before 2000" if self.year < 2000 else ""

    @property
    def text(self) -> str:
        """As a raw file's name has it."""
        return f"{self.year}-{self.number:02d}"


def _is_green(text: str, month: _Month | None, endings: list[tuple[Ending, str]]) -> bool:
    """Does it speak of green trips, and of a time or of data?"""
    if not _GREEN.search(text):
        return False
    words = re.findall("[a-z]+", text.lower())
    return month is not None or (bool(endings) and bool(_near_words(words, _TRIP_WORDS) or _YEARS.search(text)))


def _is_bare(stem: str, month: _Month | None, endings: list[tuple[Ending, str]]) -> bool:
    """Is it data of a month, under a misspelt name or under none but the month?"""
    if month is None or month.fault or month.is_day or all(ending.form not in (CSV, PARQUET) for ending, _ in endings):
        return False
    words = re.findall("[a-z]+", stem.lower())
    return len(_near_words(words, _WORDS)) == len(words)


def _near_words(words: list[str], known: frozenset[str] | tuple[str, ...]) -> list[str]:
    """Those of some words that are known, or nearly so."""
    return [word for word in words if word in known or difflib.get_close_matches(word[:30], known, 1, 0.8)]


def _diagnosis(name: str, stem: str, month: _Month | None, endings: list[tuple[Ending, str]]) -> NearName:
    """How the name of a month differs, and what to do."""
    found = list(dict.fromkeys(ending.what.format(text=text[:MAX_SHOWN]) for ending, text in endings if ending.what))
    suffix, more, cure = _form(endings)
    found += [more] if more else []
    fault = "no month that can be read" if month is None else month.fault or _several(stem)
    if fault:
        found.append(fault)
    elif month and month.written != month.text:
        found.append(f"its month written '{month.written}'")
    if not found:
        found = [what for is_so, what in _SPELLING if any(is_so(char) for char in name)]
    if not found:
        found = ["a dot at its end" if name.endswith(".") else f"a month, but not as {FILE_PREFIX}YYYY-MM{suffix}"]
    proposed = f"{FILE_PREFIX}{'YYYY-MM' if fault or month is None else month.text}{suffix}"
    return NearName(", ".join(found[:3]), proposed, cure.format(name=proposed))


def _several(stem: str) -> str:
    """That it names more than one year or month, so that none can be proposed; empty if it does not."""
    months = {(match["year"], int(match["month"])) for match in _WRITTEN[0].finditer(stem)}
    years = {match["year"] for match in _YEARS.finditer(stem)}
    return "more than one month or year" if len(months) > 1 or len(years) > 1 else ""


def _form(endings: list[tuple[Ending, str]]) -> tuple[str, str, str]:
    """The suffix that a name with these endings, the last one first, should have; what else is wrong; and what to do."""
    forms = [ending.form for ending, _ in reversed(endings)]
    data = [form for form in forms if form in (CSV, PARQUET)]
    suffix = data[0] if data else next((ending.default for ending, _ in endings if ending.default), CSV)
    if forms and forms[-1] == PARQUET:
        # What else stands before .parquet is its codec.
        is_copy = any(ending.cure == KEEP_ONE for ending, _ in endings)
        return suffix, _twice(data), KEEP_ONE if is_copy else RENAME
    cures = [ending.cure for ending, _ in endings]
    cure = min(cures, key=lambda cure: (cure == RENAME, cure == KEEP_ONE), default=RENAME)
    packed = forms.count(GZ) if cure in (RENAME, KEEP_ONE) else 0
    if packed and suffix == PARQUET:
        return PARQUET, "a file packed as gzip (.gz)", UNPACK
    if packed > 1:
        return CSV_GZ, "a file packed twice (.gz)", UNPACK_ONCE
    return CSV_GZ if packed else suffix, _twice(data) if endings else "no ending", cure


def _twice(data: list[str]) -> str:
    """What is wrong with these endings of data; empty if nothing."""
    if len(data) < 2:
        return ""
    return f"the ending {data[0]} twice" if data[0] == data[1] else f"the endings {data[0]} and {data[1]}"
