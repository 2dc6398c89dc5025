"""Mutations of bytes, and of the lines and numbers of a text."""

import random
import re
from collections.abc import Callable, Sequence

Mutation = Callable[[random.Random, bytes], bytes]


def _range(rng: random.Random, data: bytes) -> tuple[int, int]:
    """A range of 1 to 30 % of the data."""
    length = max(1, rng.randint(len(data) // 100, 3 * len(data) // 10))
    start = rng.randrange(max(1, len(data) - length))
    return start, start + length


def zeroed(rng: random.Random, data: bytes) -> bytes:
    start, stop = _range(rng, data)
    return data[:start] + bytes(stop - start) + data[stop:]


def cut_out(rng: random.Random, data: bytes) -> bytes:
    start, stop = _range(rng, data)
    return data[:start] + data[stop:]


def noise(rng: random.Random, data: bytes) -> bytes:
    start, stop = _range(rng, data)
    return data[:start] + rng.randbytes(stop - start) + data[stop:]


def truncated(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data))] if data else data


def repeated(rng: random.Random, data: bytes) -> bytes:
    start, stop = _range(rng, data)
    return data[:stop] + data[start:]


def flipped(rng: random.Random, data: bytes) -> bytes:
    """Change some bits."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 3, 10, 50))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def extreme(rng: random.Random, data: bytes) -> bytes:
    """Replace a few bytes by those that numbers end with."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 2, 5))):
        at = rng.randrange(max(1, len(changed)))
        value = rng.choice((b"\0", b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80", b"\1"))
        changed[at : at + len(value)] = value
    return bytes(changed)


def end_zeroed(rng: random.Random, data: bytes) -> bytes:
    """Fill the last part with zeros, as a download does that stopped."""
    size = rng.randint(len(data) // 100, len(data) // 5)
    return data[: len(data) - size] + bytes(size)


def cut_evenly(rng: random.Random, data: bytes) -> bytes:
    """Take out, or off the end, blocks of a size that containers and disks have."""
    size = rng.choice((188, 188, 512, 2048, 4096))
    start, stop = (place // size * size for place in _range(rng, data))
    return data[:start] if rng.random() < 0.3 else data[:start] + data[stop:]


_NAMES = re.compile(
    rb"moof|mdat|traf|trun|tfhd|mfhd|trak|ctts|stss|\d\d(?:dc|wb)|LIST|idx1|OggS"
    rb"|\x1f\x43\xb6\x75|\x16\x54\xae\x6b|\x1c\x53\xbb\x6b|[\xa3\xa1][\x40-\x7f]"
    rb"|\x00\x00\x01[\xba\xc0\xe0\x41\x67\x65]|\x21\xf9\x04|\x47[\x00-\x5f]"
)
"""Names of boxes, chunks and elements, and start codes."""


def renamed(rng: random.Random, data: bytes) -> bytes:
    """Flip a bit in what names a part of a container."""
    places = [found.span() for found in _NAMES.finditer(data)]
    if not places:
        return flipped(rng, data)
    start, stop = rng.choice(places)
    changed = bytearray(data)
    changed[rng.randrange(start, stop)] ^= 1 << rng.randrange(8)
    return bytes(changed)


BYTES: Sequence[Mutation] = (
    zeroed,
    cut_out,
    noise,
    truncated,
    repeated,
    flipped,
    extreme,
)
OF_CONTAINERS: Sequence[Mutation] = (end_zeroed, cut_evenly, renamed, renamed)
"""Those that only the structure of a container shows."""
HOLES: Sequence[Mutation] = (zeroed, cut_out, noise)
"""Those that a file of media is damaged by: a medium that fails, a lost piece."""

_WORDS = (
    *("0", "-1", "1e999", "nan", "inf", "99999999999999999999", "0x10", "1.5", '""'),
    *("true", "null", "[]", "{}", '"\\u0000"', "\x00", "ä", "'", '"', "=", "[", "\n"),
    *("[[[[[[[[", "{" * 40, "1" * 5000, "..", "%s%n", "\ufeff", "\r", "-"),
)


def edited(rng: random.Random, text: str) -> str:
    """Replace, repeat, remove and swap tokens of a text."""
    tokens = re.findall(r"\w+|\s+|[^\w\s]", text)
    for _ in range(rng.choice((1, 1, 2, 5))):
        at = rng.randrange(max(1, len(tokens)))
        change = rng.randrange(4)
        if change == 0:
            tokens[at : at + 1] = [rng.choice(_WORDS)]
        elif change == 1:
            del tokens[at : at + rng.randint(1, 6)]
        elif change == 2:
            tokens[at:at] = tokens[at : at + rng.randint(1, 20)]
        else:
            other = rng.randrange(max(1, len(tokens)))
            tokens[at : at + 1], tokens[other : other + 1] = (
                tokens[other : other + 1],
                tokens[at : at + 1],
            )
    return "".join(tokens)


def of_text(rng: random.Random, text: str) -> bytes:
    """A text with edited tokens, sometimes with damaged bytes."""
    data = edited(rng, text).encode(errors="surrogatepass")
    return rng.choice(BYTES)(rng, data) if rng.random() < 0.2 else data
