"""What a file is by its first bytes, where it is not what its name says. A further kind of file is one more row.

Sources of the magic bytes: each format's specification, and the database of file(1).
"""

import re
import zlib
from dataclasses import dataclass

from lake.terminal import printable
from schemas.layouts import CSV_LAYOUTS, header_key
from schemas.reasons import Refusal, RefusalCode

SIGHT = 4096  # bytes that are looked at
MAX_SHOWN = 80  # characters of a line in a message
BOM = b"\xef\xbb\xbf"
PARQUET_MAGIC, GZIP_MAGIC = b"PAR1", b"\x1f\x8b"
_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")  # no text has these

_FETCH = "fetch the file again"
_THERE = " in its repository, and copy the file again"
_UNPACK = "unpack it to {plain}"
_AS_PARQUET = "write it again as Parquet, to {parquet}"
_AS_CSV = "save it as CSV, to {csv}"


@dataclass(frozen=True)
class Signature:
    """A kind of file.

    Attributes:
        begins: A regular expression for its first bytes, after a byte order mark and blanks.
        what: What it is; `{found}` is the group of that name.
        cure: What to do; `{csv}` and `{parquet}` are the month's names, `{plain}` the file's own, without .gz.
    """

    begins: bytes
    what: str
    cure: str


_SIGNATURES = (
    # Pointers and pages in the place of the file.
    Signature(
        rb"version https?://(?:git-lfs\.github|hawser\.github|git-media)",
        "a Git LFS pointer",
        f"run git lfs pull{_THERE}",
    ),
    Signature(rb"[./git]*annex/objects/", "a git-annex pointer", f"run git annex get{_THERE}"),
    Signature(rb"(?:(?:md5|frozen): \w+\s+)*outs:\s*- ", "a DVC pointer", f"run dvc pull{_THERE}"),
    Signature(
        rb"(?:<\?xml[^>]*>\s*)?<Error\b[^>]*>.*?<Code>(?P<found>[^<]*)",
        "an XML error page of an object store ({found})",
        _FETCH,
    ),
    Signature(
        rb"(?i:(?:<\?xml[^>]*>|<!--(?:(?!-->).)*-->|\s)*<(?:!doctype\s+html|html|head|body|title)\b(?:.*?<title[^>]*>(?P<found>[^<]*))?)",
        "an HTML page ({found})",
        f"{_FETCH}, it may be an error or a login",
    ),
    Signature(rb"<[?!a-zA-Z]", "XML or HTML", _FETCH),
    Signature(
        rb'\{.*?"(?:message|error|error_description|detail|msg|code)"\s*:\s*"(?P<found>[^"]*)', "JSON ({found})", _FETCH
    ),
    Signature(rb'\{\s*["}]|\[\s*[\[{\]"]', "JSON", "fetch the file again, as CSV or Parquet"),
    Signature(rb"HTTP/\d(?:\.\d)? (?P<found>[^\r\n]*)", "an HTTP answer with its headers ({found})", _FETCH),
    Signature(rb"\0{16}", "nothing but zero bytes at its beginning", _FETCH),
    Signature(rb"%PDF-", "a PDF", _FETCH),
    # Packed.
    Signature(
        rb"PK\x03\x04.{26}(?:\[Content_Types\]|_rels/|docProps/|xl/|mimetypeapplication)", "an Excel workbook", _AS_CSV
    ),
    Signature(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook of the old kind", _AS_CSV),
    Signature(rb"PK(?:\x03\x04|\x05\x06|\x07\x08)", "a zip archive", _UNPACK),
    Signature(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)", "bzip2", _UNPACK),
    Signature(rb"\xfd7zXZ\0", "xz", _UNPACK),
    Signature(rb"\x5d\0\0[\0-\x80]", "lzma", _UNPACK),
    Signature(rb"LZIP", "lzip", _UNPACK),
    Signature(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", "zstd", _UNPACK),
    Signature(rb"[\x04\x02]\x22\x4d\x18|\x02\x21\x4c\x18", "lz4", _UNPACK),
    Signature(rb"\xff\x06\0\0sNaPpY", "snappy", _UNPACK),
    Signature(rb"\x1f[\x9d\xa0]", "packed by compress", _UNPACK),
    Signature(rb"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    Signature(rb"Rar!\x1a\x07", "a rar archive", _UNPACK),
    Signature(rb".{257}ustar", "a tar archive", _UNPACK),
    Signature(rb"-----BEGIN PGP|age-encryption\.org|Salted__", "encrypted", "decrypt it to {plain}"),
    # Data of other formats.
    Signature(PARQUET_MAGIC, "Parquet", "rename it {parquet}"),
    Signature(b"PARE", "encrypted Parquet", "write it as Parquet without encryption, to {parquet}"),
    Signature(rb"ORC", "ORC", _AS_PARQUET),
    Signature(rb"Obj\x01", "Avro", _AS_PARQUET),
    Signature(rb"ARROW1|FEA1|\xff\xff\xff\xff[^\0]..\0\x10\0\0\0", "Arrow or Feather", _AS_PARQUET),
    Signature(rb"SQLite format 3\0", "a SQLite database", _AS_PARQUET),
    Signature(rb".{8}DUCK", "a DuckDB database", _AS_PARQUET),
    Signature(rb"\x89HDF\r\n", "HDF5", _AS_PARQUET),
    # Text that is not UTF-8, with a byte order mark or without.
    Signature(
        rb"\xff\xfe|\xfe\xff|\0\0\xfe\xff|(?:[\t-~]\0){4}|(?:\0[\t-~]){4}|(?:[\t-~]\0{3}){2}|(?:\0{3}[\t-~]){2}",
        "text in UTF-16 or UTF-32",
        "expected UTF-8; write it again so",
    ),
)
_COMPILED = tuple((re.compile(signature.begins, re.DOTALL), signature) for signature in _SIGNATURES)
_UTF16 = _SIGNATURES[-1]
_EXPECTED = {
    ".csv": (RefusalCode.NOT_CSV, "CSV", b""),
    ".csv.gz": (RefusalCode.NOT_GZIP, "gzip", GZIP_MAGIC),
    ".parquet": (RefusalCode.NOT_PARQUET, "Parquet", PARQUET_MAGIC),
}


def other_content(head: bytes, name: str, *, inside: bool = False) -> Refusal | None:
    """Why a file is not what its name says, by its first bytes; None if it may be.

    Args:
        head: Its first bytes, `SIGHT` of them or more.
        name: Its name, that of a raw file.
        inside: Whether they are those that a gzip file holds.
    """
    stem, _, rest = name.partition(".")
    suffix = f".{rest}"
    code, expected, magic = _EXPECTED[suffix]
    if inside:
        expected, magic = "CSV", b""
    if not head or (magic and head.startswith(magic)):
        return None
    found = _signature(head, stem, suffix, inside=inside)
    if found is None and magic:
        found = _text_or_bytes(head, stem, expected, magic)
    if found is None:
        return None
    what, cure = found
    subject = "the gzip file holds" if inside else "the file is"
    is_utf16 = what == _UTF16.what and expected == "CSV"
    return Refusal(RefusalCode.ENCODING if is_utf16 else code, f"{subject} {what}, not {expected}: {cure}")


def is_binary(head: bytes) -> bool:
    """Do these bytes hold what no text has?"""
    return bool(_CONTROL.search(head[:SIGHT]))


def shown(line: bytes) -> str:
    """A line as found, in quotes and short, fit for a message; of binary data the first bytes."""
    if is_binary(line):
        return f"bytes {line[:4].hex(' ')} …"
    return f"'{printable(line.removeprefix(BOM)[: 4 * MAX_SHOWN].decode(errors='replace'), MAX_SHOWN)}'"


def _signature(head: bytes, stem: str, suffix: str, *, inside: bool) -> tuple[str, str] | None:
    """What it is by its signature, and what to do."""
    names = {"csv": f"{stem}.csv", "parquet": f"{stem}.parquet", "plain": stem + suffix.removesuffix(".gz")}
    if head.startswith(GZIP_MAGIC):
        return _gzip(head, names, inside=inside)
    head = head[:SIGHT]
    text = head.removeprefix(BOM).lstrip()
    for pattern, signature in _COMPILED:
        match = pattern.match(text) or pattern.match(head)
        if match:
            group = match.groupdict().get("found") or b""
            found = printable(group.decode(errors="replace"), MAX_SHOWN)
            what = signature.what.format(found=found) if found else signature.what.replace(" ({found})", "")
            # What is named .gz, and is gzip, has to be unpacked before it can have another name.
            cure = signature.cure.replace("rename it", "unpack it to") if inside else signature.cure
            return what, cure.format(**names)
    return None


def _gzip(head: bytes, names: dict[str, str], *, inside: bool) -> tuple[str, str]:
    """What to do with gzip where none is expected: that depends on what it holds."""
    if inside:
        return "gzip, packed twice", f"unpack it once, to {names['csv']}.gz"
    if _unfolded(head).startswith(PARQUET_MAGIC):
        return "gzip", f"unpack it to {names['parquet']}"
    return "gzip", f"rename it {names['csv']}.gz"


def _unfolded(head: bytes) -> bytes:
    """The first bytes that gzip holds."""
    try:
        return zlib.decompressobj(wbits=31).decompress(head, 16)
    except zlib.error:
        return b""


def _text_or_bytes(head: bytes, stem: str, expected: str, magic: bytes) -> tuple[str, str]:
    """What it is without a signature, where one is expected."""
    if is_binary(head):
        return f"something that begins with {head[:4].hex(' ')} ({expected} begins with {_as_text(magic)})", _FETCH
    first = next((line for line in head[:SIGHT].splitlines() if line.strip()), b"")
    names = header_key(first.decode(errors="replace"))
    if len(names) > 5 or any(set(names) & set(layout.columns) for layout in CSV_LAYOUTS):
        return "CSV text", f"rename it {stem}.csv"
    return f"text, {shown(first)}", _FETCH


def _as_text(magic: bytes) -> str:
    return magic.decode() if magic.isalnum() else magic.hex(" ")
