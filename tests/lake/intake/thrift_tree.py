"""Thrift's compact protocol as trees that a test can change: the way to files that lie.

A structure is a dict of (type, value) by field number; a list is (type of its elements, values).
"""

import struct
from collections.abc import Callable
from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
Tree = dict[int, tuple[int, Any]]


def varint(number: int) -> bytes:
    """An unsigned number."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def zigzag(number: int) -> bytes:
    """A signed number."""
    return varint((number << 1) ^ (number >> 63))


def encode(tree: Tree) -> bytes:
    """A structure as bytes; every field with its number in full, which readers must take."""
    return (
        b"".join(bytes([wire]) + zigzag(number) + _encode(wire, value) for number, (wire, value) in tree.items())
        + b"\0"
    )


def _encode(wire: int, value: Any) -> bytes:
    if wire in (TRUE, FALSE):
        return b""
    if wire == BYTE:
        return bytes([value])
    if wire in (I16, I32, I64):
        return zigzag(value)
    if wire == DOUBLE:
        return struct.pack("<d", value)
    if wire == BINARY:
        return varint(len(value)) + bytes(value)
    if wire == STRUCT:
        return encode(value)
    inner, values = value
    size = bytes([len(values) << 4 | inner]) if len(values) < 15 else bytes([0xF0 | inner]) + varint(len(values))
    if inner in (TRUE, FALSE):
        return size + bytes(values)
    return size + b"".join(_encode(inner, one) for one in values)


class Decoder:
    """Reads trees."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def tree(self) -> Tree:
        found: Tree = {}
        number = 0
        while header := self._byte():
            number = number + (header >> 4) if header >> 4 else self._zigzag()
            found[number] = header & 15, self._value(header & 15)
        return found

    def _byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while (byte := self._byte()) > 127:
            value |= (byte & 127) << shift
            shift += 7
        return value | byte << shift

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _take(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]

    def _value(self, wire: int) -> Any:
        if wire in (TRUE, FALSE):
            return None
        if wire == BYTE:
            return self._byte()
        if wire in (I16, I32, I64):
            return self._zigzag()
        if wire == DOUBLE:
            return struct.unpack("<d", self._take(8))[0]
        if wire == BINARY:
            return self._take(self._varint())
        if wire == STRUCT:
            return self.tree()
        header = self._byte()
        size = self._varint() if header >> 4 == 15 else header >> 4
        inner = header & 15
        return inner, [self._byte() if inner in (TRUE, FALSE) else self._value(inner) for _ in range(size)]


def with_footer(body: bytes, change: Callable[[Tree], object]) -> bytes:
    """A Parquet file with another footer."""
    start = footer_start(body)
    tree = Decoder(body, start).tree()
    change(tree)
    return body[:start] + closed(encode(tree))


def closed(footer: bytes) -> bytes:
    """The end of a Parquet file with this footer."""
    return footer + struct.pack("<I", len(footer)) + b"PAR1"


def footer_start(body: bytes) -> int:
    """Where the footer of a Parquet file begins."""
    return int(len(body) - 8 - struct.unpack("<I", body[-8:-4])[0])


def groups(footer: Tree) -> list[Tree]:
    """The row groups."""
    found: list[Tree] = footer[4][1][1]
    return found


def columns(group: Tree) -> list[Tree]:
    """The column chunks of a row group."""
    found: list[Tree] = group[1][1][1]
    return found


def meta(column: Tree) -> Tree:
    """What the footer says of a column chunk."""
    found: Tree = column[3][1]
    return found


def set_to(tree: Tree, number: int, value: Any) -> None:
    """Puts another value into a field."""
    tree[number] = tree[number][0], value


def with_page(
    body: bytes, change: Callable[[Tree], object], *, group: int = 0, column: int = 0, page: int = 0
) -> bytes:
    """A Parquet file in which the header of one page is another; what lies behind it moves, and the footer with it."""
    start = footer_start(body)
    footer = Decoder(body, start).tree()
    chunk = meta(columns(groups(footer)[group])[column])
    at = min(chunk[number][1] for number in (9, 11) if number in chunk)
    for _ in range(page):
        decoder = Decoder(body, at)
        at = decoder.tree()[3][1] + decoder.at
    decoder = Decoder(body, at)
    header = decoder.tree()
    change(header)
    new = encode(header)
    moved = len(new) - (decoder.at - at)
    set_to(chunk, 7, chunk[7][1] + moved)
    for other in groups(footer):
        for found in map(meta, columns(other)):
            for number in (9, 11):
                if number in found and found[number][1] > at:
                    set_to(found, number, found[number][1] + moved)
    return body[:at] + new + body[decoder.at : start] + closed(encode(footer))
