"""Parquet files that contradict themselves are refused."""

import io
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lake.intake.inspection import SourceFile
from schemas.reasons import Refusal
from tests.lake.intake.parquet_bytes import ROWS, look, parquet
from tests.lake.intake.thrift_tree import (
    BINARY,
    LIST,
    STRUCT,
    Tree,
    closed,
    columns,
    footer_start,
    groups,
    meta,
    set_to,
    varint,
    with_footer,
    with_page,
)
from tests.transforms.parquet_files import arrow_schema

CODES_OF_DAMAGE = ("NOT_PARQUET", "UNKNOWN_LAYOUT", "DUPLICATE_COLUMN", "UNDECODABLE", "DECOMPRESSION_BOMB", "NO_DATA")
TOTAL = [*arrow_schema("P2").names].index("total_amount")


@dataclass(frozen=True)
class Lie:
    """A file that is not what it says, and words of its refusal."""

    id: str
    make: Callable[[], bytes]
    says: str
    code: str = "NOT_PARQUET"


def of_one_row(times: int) -> bytes:
    """A file in which one row stands so many times, which takes hardly any bytes."""
    row, target = pq.read_table(io.BytesIO(parquet(rows=1))), io.BytesIO()
    pq.write_table(row.take([0] * times), target, store_schema=False)
    return target.getvalue()


def footer(change: Callable[[Tree], object]) -> Callable[[], bytes]:
    return lambda: with_footer(parquet(), change)


def page(change: Callable[[Tree], object], **where: int) -> Callable[[], bytes]:
    return lambda: with_page(parquet(), change, **where)


def in_chunk(number: int, value: object, *, group: int = 1, column: int = 2) -> Callable[[], bytes]:
    return footer(lambda tree: set_to(meta(columns(groups(tree)[group])[column]), number, value))


def moved(**by: int) -> Callable[[], bytes]:
    """A column chunk whose place or size, in the footer, is so many bytes more."""

    def change(tree: Tree) -> None:
        chunk = meta(columns(groups(tree)[1])[2])
        for name, number in {"size": 7, "data": 9, "dictionary": 11}.items():
            set_to(chunk, number, chunk[number][1] + by.get(name, 0))

    return footer(change)


def both(one: Callable[[Tree], None], other: Callable[[Tree], None]) -> Callable[[], bytes]:
    def change(tree: Tree) -> None:
        one(tree)
        other(tree)

    return footer(change)


def first_column(number: int, wire: int, value: object) -> Callable[[], bytes]:
    return footer(lambda tree: columns(groups(tree)[0])[0].update({number: (wire, value)}))


def element(at: int, number: int, value: object) -> Callable[[], bytes]:
    """Another value in the declaration of a column; 0 is the root."""
    return footer(lambda tree: set_to(tree[2][1][1][at], number, value))


def header(number: int, value: object, **where: int) -> Callable[[], bytes]:
    """A page whose header says something else."""
    return page(lambda tree: set_to(tree, number, value), **({"page": 1} | where))


def values(value: int) -> Callable[[], bytes]:
    """A page that says that it holds so many values."""
    return page(lambda tree: set_to(tree[5][1], 1, value), page=1)


def claims(group: int, rows: int, *, chunks: bool = False) -> Callable[[Tree], None]:
    """The row group has other rows; the file, and maybe the column chunks, agree."""

    def change(tree: Tree) -> None:
        found = groups(tree)[group]
        set_to(tree, 3, tree[3][1] + rows - found[3][1])
        set_to(found, 3, rows)
        for column in columns(found) if chunks else ():
            set_to(meta(column), 5, rows)

    return change


def listed_twice(tree: Tree) -> None:
    groups(tree).append(groups(tree)[1])
    set_to(tree, 3, tree[3][1] + 500)


def columns_swapped(tree: Tree) -> None:
    found = columns(groups(tree)[0])
    found[3], found[4] = found[4], found[3]


def places_swapped(tree: Tree) -> None:
    """Tips and tolls in each other's place: the pages are sound."""
    one, other = (meta(columns(groups(tree)[0])[at]) for at in (12, 13))
    for number in (7, 9, 11):
        one[number], other[number] = other[number], one[number]


def v2(number: int, value: int) -> Callable[[], bytes]:
    def change(header: Tree) -> None:
        set_to(header[8][1], number, value)

    return lambda: with_page(parquet(data_page_version="2.0"), change, column=TOTAL, page=1)


def nested(depth: int) -> bytes:
    return b"\x0c\x00" * depth  # field 0, a structure, again and again


LIES = [
    Lie("the row group says fewer rows", footer(claims(1, 400)), "500 values, the row group says 400 rows"),
    Lie("row group and columns say fewer rows", footer(claims(1, 400, chunks=True)), "hold 500 values, the footer says 400"),
    Lie("row group and columns say no rows", footer(claims(1, 0, chunks=True)), "hold 500 values, the footer says 0"),
    Lie("row group and columns say more rows", footer(claims(0, 600, chunks=True)), "hold 500 values, the footer says 600"),
    Lie("the file says more rows", footer(lambda tree: set_to(tree, 3, 2000)), "1,000 rows, the footer says 2,000"),
    Lie("the file says fewer rows", footer(lambda tree: set_to(tree, 3, 900)), "1,000 rows, the footer says 900"),
    Lie("rows of one group taken to another", both(claims(0, 600), claims(1, 400)), "says 600 rows"),
    Lie("a negative row group", both(claims(0, -500), claims(1, 1500)), "row group 1 has -500 rows"),
    Lie("a row group listed twice", footer(listed_twice), "lies where"),
    Lie("a row group left out", footer(lambda tree: groups(tree).pop()), "500 rows, the footer says 1,000"),
    Lie("a column says fewer values", in_chunk(5, 400), "400 values, the row group says 500 rows"),
    Lie("a column left out", footer(lambda tree: columns(groups(tree)[0]).pop()), "row group 1 has 19 columns, the file 20"),
    Lie("columns swapped", footer(columns_swapped), "stands in its place"),
    Lie("a column of another type", in_chunk(1, 5), "stands in its place"),
    Lie("a column of an unknown codec", in_chunk(4, 99), "codec 99"),
    Lie("a column in another file", first_column(1, BINARY, b"x"), "in another file"),
    Lie("a column without a place", footer(lambda tree: columns(groups(tree)[0])[0].pop(3)), "does not say where"),
    Lie("a place before the file", moved(dictionary=-(10**6)), "the footer is at"),
    Lie("a place after the footer", in_chunk(7, 10**9), "the footer is at"),
    Lie("a negative size", in_chunk(7, -1), "the footer is at"),
    Lie("a place in another column", moved(size=1), "lies where"),
    Lie("a place some bytes on", moved(data=3, dictionary=3, size=-3), "page at byte"),
    Lie("a page too few", moved(size=-1), "are left of its column chunk"),
    Lie("a page says fewer values", values(50), "the footer says 500"),
    Lie("a page says more values", values(10**6), "the footer says 500"),
    Lie("a page of negative values", values(-1), "-1 values"),
    Lie("a page of negative size", header(3, -1), "left of its column chunk"),
    Lie("a page of negative size, unpacked", header(2, -1), "-1 bytes unpacked"),
    Lie("a page of another kind", header(1, 3), "its header is of another type"),
    Lie("a page of no kind", header(1, 77), "no page of type 77"),
    Lie("a page with another checksum", header(4, 1), "its header says 00000001"),
    Lie("a dictionary with another checksum", header(4, 1, page=0), "its header says 00000001"),
    Lie("a dictionary of two billion values", page(lambda tree: set_to(tree[7][1], 1, 2**31 - 1)), "dictionary of 2,147,483,647"),
    Lie("v2: fewer rows than values", v2(3, 5), "5 rows, but"),
    Lie("v2: more NULL than values", v2(2, 10**6), "are NULL"),
    Lie("v2: levels longer than the page", v2(5, 10**6), "its levels have"),
    Lie("v2: negative levels", v2(6, -4), "its levels have"),
    Lie("v2: fewer values", v2(1, 3), "rows, but 3 values"),
    Lie("encrypted", lambda: parquet()[:-4] + b"PARE", "encrypted", "UNDECODABLE"),
    Lie("encrypted, with a footer in plain", footer(lambda tree: tree.update({8: (STRUCT, {})})), "encrypted", "UNDECODABLE"),
    Lie("an encrypted column", first_column(8, STRUCT, {}), "encrypted", "UNDECODABLE"),
    Lie("Brotli", lambda: parquet(compression="brotli"), "BROTLI", "UNDECODABLE"),
    Lie("a page that claims to unfold to a gigabyte", header(2, 2**30), "1,073,741,824", "DECOMPRESSION_BOMB"),
    Lie("a page of two billion values", values(2**31 - 1), "unfolds to", "DECOMPRESSION_BOMB"),
    Lie("cut off", lambda: parquet()[:-40], "no footer at the end"),
    Lie("cut off after the magic bytes", lambda: b"PAR1 and no more", "no footer at the end"),
    Lie("the magic bytes alone", lambda: b"PAR1", "4 bytes are too few"),
    Lie("something behind it", lambda: parquet() + b"\n", "no footer at the end"),
    Lie("a footer longer than the file", lambda: parquet()[:-8] + struct.pack("<I", 2**20) + b"PAR1", "the whole file"),
    Lie("a footer of gigabytes", lambda: parquet()[:-8] + struct.pack("<I", 2**32 - 1) + b"PAR1", "at most 4,194,304 are read"),
    Lie("an empty footer", lambda: b"PAR1" + closed(b""), "footer cannot be read"),
    Lie("a footer of nothing", lambda: b"PAR1" + closed(b"\0"), "there is no schema"),
    Lie("nesting without end", lambda: b"PAR1" + closed(b"\x0c\0" * 100_000), "more than 16 deep"),
    Lie("a list of two billion", lambda: b"PAR1" + closed(b"\x29\xfc" + varint(2**31 - 1)), "are left"),
    Lie("a number without end", lambda: b"PAR1" + closed(b"\x36" + b"\xff" * 10_000), "more than 64 bits"),
    Lie("a field twice", lambda: b"PAR1" + closed(b"\x36\x02\x06\x06\x02\x00"), "stands twice"),
    Lie("rows written as text", footer(lambda tree: tree.update({3: (BINARY, b"1000")})), "rows is written as type 8"),
    Lie("no columns", footer(lambda tree: tree.update({2: (LIST, (STRUCT, []))})), "names no columns"),
    Lie("fewer columns than announced", footer(lambda tree: tree[2][1][1].pop()), "fewer columns than it announces"),
    Lie("more columns than announced", element(0, 5, 19), "more than it announces"),
    Lie("a negative number of columns", element(0, 5, -1), "names no columns"),
    Lie("a column of no type", element(1, 1, 12), "which Parquet does not know"),
    Lie("a name that is not UTF-8", element(1, 4, b"\xff"), "not UTF-8"),
    Lie("a column named twice", element(2, 4, b"VENDORID"), "vendorid", "DUPLICATE_COLUMN"),
    Lie("an unknown column", element(1, 4, b"x\x1b[2J"), r"unknown x\x1b[2j", "UNKNOWN_LAYOUT"),
    Lie("a repeated column", element(1, 3, 2), "vendorid is array", "UNKNOWN_LAYOUT"),
    Lie("more rows than bytes", lambda: of_one_row(100_001), "claim 100,001 rows", "DECOMPRESSION_BOMB"),
    Lie("no rows", lambda: parquet(rows=0), "no rows", "NO_DATA"),
]  # fmt: skip


@pytest.mark.defect("lying-parquet")
@pytest.mark.defect("parquet-bomb")
@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.id)
def test_a_file_that_is_not_what_it_says_is_refused(tmp_path: Path, lie: Lie):
    found = look(tmp_path, lie.make())
    assert isinstance(found, Refusal)
    assert (found.code, lie.says in found.message) == (lie.code, True), found.message
    assert found.message.isprintable()


def test_the_files_that_lie_are_sound_but_for_the_lie(tmp_path: Path):
    for body in (with_footer(parquet(), lambda _: None), with_page(parquet(), lambda _: None, page=1)):
        found = look(tmp_path, body)
        assert isinstance(found, SourceFile)
        assert found.lines == ROWS


def test_any_damage_is_refused_or_does_no_harm(tmp_path: Path):
    """Bits flipped, bytes replaced, taken out, repeated, at many places: never another exception, never other rows."""
    sound, rows = parquet(rows=60, row_group_size=40), 60
    chance = random.Random(13)
    fates = {"accepted": 0, "refused": 0}
    for _ in range(500):
        at = chance.choice([chance.randrange(len(sound)), chance.randrange(footer_start(sound), len(sound))])
        damage = chance.choice(["flip", "replace", "cut", "twice"])
        body = bytearray(sound)
        if damage == "flip":
            body[at] ^= 1 << chance.randrange(8)
        elif damage == "replace":
            body[at] = chance.choice([0, 1, 0x7F, 0x80, 0xFF])
        elif damage == "cut":
            del body[at : at + chance.randrange(1, 20)]
        else:
            body[at:at] = body[at : at + chance.randrange(1, 20)]
        found = look(tmp_path, bytes(body))
        fates["accepted" if isinstance(found, SourceFile) else "refused"] += 1
        assert found.lines == rows if isinstance(found, SourceFile) else found.code in CODES_OF_DAMAGE
    assert min(fates.values()) > 50, fates
