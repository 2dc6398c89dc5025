"""Protocol buffers: fields of a message, each a key (number and wire type) and a value.

What is not asked for is copied unchanged.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Edit = Callable[[memoryview], bytes | None]
"""Makes the new value of a field; None drops it."""

VARINT, BYTES = 0, 2
"""Wire types of fields that are written here."""
_FIXED64, _FIXED32 = 1, 5


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message."""

    number: int
    value: memoryview | int
    """A number where it is a varint, else its bytes."""
    raw: memoryview
    """The field as in the file, key included."""


def fields(message: memoryview) -> Iterator[Field]:
    """The fields of a message, in their order.

    Raises:
        ValueError: it is no message.
    """
    position = 0
    while position < len(message):
        start = position
        key, position = _varint(message, position)
        value: memoryview | int
        if key & 7 == VARINT:
            value, position = _varint(message, position)
        else:
            size, position = _size(message, position, key & 7)
            value = message[position : position + size]
            position += size
        if position > len(message) or key >> 3 == 0:
            raise ValueError("its fields do not fit")
        yield Field(key >> 3, value, message[start:position])


def _size(message: memoryview, position: int, wire_type: int) -> tuple[int, int]:
    if wire_type == BYTES:
        return _varint(message, position)
    if wire_type in (_FIXED64, _FIXED32):
        return (8 if wire_type == _FIXED64 else 4), position
    raise ValueError(f"wire type {wire_type} is unknown")


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:
        if position >= len(message):
            raise ValueError("it ends in the middle of a number")
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    raise ValueError("a number has too many bytes")


def all_of(message: memoryview, number: int) -> list[memoryview]:
    """The bytes of all fields of a number."""
    found = (f.value for f in fields(message) if f.number == number)
    return [value for value in found if isinstance(value, memoryview)]


def by_number(message: memoryview) -> Mapping[int, list[memoryview]]:
    """All fields of bytes, in one pass: a graph has thousands."""
    found = defaultdict[int, list[memoryview]](list)
    for field in fields(message):
        if isinstance(field.value, memoryview):
            found[field.number].append(field.value)
    return found


def first_of(message: memoryview, number: int) -> memoryview:
    """The bytes of the first field of a number; empty where there is none."""
    return next(iter(all_of(message, number)), memoryview(b""))


def text_of(message: memoryview, number: int) -> str:
    """The same as text."""
    return bytes(first_of(message, number)).decode(errors="replace")


def edited(message: memoryview, edits: Mapping[int, Edit]) -> bytes:
    """Copy a message, replacing the values of some fields; None drops the field."""
    parts: list[bytes | memoryview] = []
    for field in fields(message):
        edit = edits.get(field.number)
        if edit is None or isinstance(field.value, int):
            parts.append(field.raw)
        elif (value := edit(field.value)) is not None:
            parts.append(bytes_field(field.number, value))
    return b"".join(parts)


def bytes_field(number: int, value: bytes) -> bytes:
    """A field of bytes: text, or another message."""
    return _encoded(number << 3 | BYTES) + _encoded(len(value)) + value


def number_field(number: int, value: int) -> bytes:
    """A field of a number that is not negative."""
    return _encoded(number << 3 | VARINT) + _encoded(value)


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))
