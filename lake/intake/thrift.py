"""Thrift's compact protocol, as far as Parquet needs it: strict, bounded, and of each structure only what is asked for.

What is read is untrusted. Every step consumes bytes, sizes are held against the bytes that are left, and nesting is bounded,
so a structure costs no more time than it has bytes; what nobody asked for is passed over and costs no memory.
"""

from dataclasses import dataclass
from typing import Any

from lake.errors import LakeError

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT, UUID = range(1, 14)
"""How a value is written."""

_BITS = {I16: 16, I32: 32, I64: 64}
_SIZES = {
    TRUE: 1,
    FALSE: 1,
    BYTE: 1,
    DOUBLE: 8,
    UUID: 16,
}  # as elements of a list or map; booleans in a field have none
_DEEPEST = 16  # Parquet's structures nest 7 deep


class ThriftError(LakeError):
    """The bytes are not what the protocol allows."""


class CutOffError(ThriftError):
    """The bytes end within a structure."""


@dataclass(frozen=True)
class Field:
    """A field that is asked for.

    Attributes:
        name: Its name in what is read.
        type: How it is written: I32, I64, BINARY, TRUE for a boolean, LIST or STRUCT.
        of: The fields of a structure, or of the structures of a list; how the elements of a list are written.
        required: Whether a structure without it is an error.
    """

    name: str
    type: int
    of: "Fields | int | None" = None
    required: bool = False


Fields = dict[int, Field]
"""Fields by their number."""


class CompactReader:
    """Reads structures from bytes.

    Attributes:
        position: How many bytes are read.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def struct(self, fields: Fields, depth: int = 0) -> dict[str, Any]:
        """The fields of a structure that are asked for, by name.

        Raises:
            ThriftError: It is not a structure, or one without a field that is required, or with one twice.
        """
        found: dict[str, Any] = {}
        number, seen = 0, set[int]()
        while header := self._byte():
            wire = header & 15
            number = number + (header >> 4) if header >> 4 else self._integer(16)
            if number in seen or number < 0:
                raise ThriftError(f"field {number} stands twice in a structure, or has no valid number")
            seen.add(number)
            field = fields.get(number)
            if field is None:
                if wire not in (TRUE, FALSE):
                    self._skip(wire, depth)
            elif field.type == TRUE and wire in (TRUE, FALSE):
                found[field.name] = wire == TRUE
            elif field.type == wire:
                found[field.name] = self._value(field, depth)
            else:
                raise ThriftError(f"{field.name} is written as type {wire}, expected {field.type}")
        missing = [field.name for field in fields.values() if field.required and field.name not in found]
        if missing:
            raise ThriftError(f"there is no {missing[0]}")
        return found

    def _value(self, field: Field, depth: int) -> Any:
        if field.type == STRUCT and isinstance(field.of, dict):
            return self.struct(field.of, self._deeper(depth))
        if field.type == LIST:
            return self._list(field, self._deeper(depth))
        return self._scalar(field.type)

    def _scalar(self, wire: int) -> Any:
        return self._binary() if wire == BINARY else self._integer(_BITS[wire])

    def _list(self, field: Field, depth: int) -> list[Any]:
        wire, size = self._list_header()
        expected = STRUCT if isinstance(field.of, dict) else field.of
        if wire != expected and size:
            raise ThriftError(f"{field.name} holds values of type {wire}, expected {expected}")
        if isinstance(field.of, dict):
            return [self.struct(field.of, depth) for _ in range(size)]
        return [self._scalar(wire) for _ in range(size)]

    def _skip(self, wire: int, depth: int) -> None:
        """Passes over a value."""
        if wire in _SIZES:
            self._pass(_SIZES[wire])
        elif wire in _BITS:
            self._varint(_BITS[wire])
        elif wire == BINARY:
            self._pass(self._size())
        elif wire == STRUCT:
            self.struct({}, self._deeper(depth))
        elif wire in (LIST, SET):
            inner, size = self._list_header()
            for _ in range(size):
                self._skip(inner, self._deeper(depth))
        elif wire == MAP:
            size = self._size()
            types = self._byte() if size else 0
            for _ in range(size):
                self._skip(types >> 4, self._deeper(depth))
                self._skip(types & 15, self._deeper(depth))
        else:
            raise ThriftError(f"there is no type {wire}")

    @staticmethod
    def _deeper(depth: int) -> int:
        if depth == _DEEPEST:
            raise ThriftError(f"structures are nested more than {_DEEPEST} deep")
        return depth + 1

    def _list_header(self) -> tuple[int, int]:
        header = self._byte()
        size = header >> 4
        if size == 15:
            size = self._size()
        elif size > self._left:
            raise CutOffError("a list is longer than what is left")
        return header & 15, size

    def _size(self) -> int:
        """The size of what follows; each of its elements takes a byte at least."""
        size = self._varint(32)
        if size > self._left:
            raise CutOffError(f"{size:,} bytes or elements are announced, {self._left:,} bytes are left")
        return size

    @property
    def _left(self) -> int:
        return len(self._data) - self.position

    def _byte(self) -> int:
        try:
            byte = self._data[self.position]
        except IndexError:
            raise CutOffError("it ends within a structure") from None
        self.position += 1
        return byte

    def _varint(self, bits: int) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                break
            shift += 7
            if shift >= bits:
                raise ThriftError(f"a number has more than {bits} bits")
        if value >> bits:
            raise ThriftError(f"a number has more than {bits} bits")
        return value

    def _integer(self, bits: int) -> int:
        value = self._varint(bits)
        return (value >> 1) ^ -(value & 1)

    def _binary(self) -> bytes:
        size = self._size()
        self.position += size
        return self._data[self.position - size : self.position]

    def _pass(self, size: int) -> None:
        if size > self._left:
            raise CutOffError(f"{size:,} bytes are announced, {self._left:,} are left")
        self.position += size
