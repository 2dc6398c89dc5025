"""Put together what was carried in parts: files that were split, checked by digests.

    python join.py PART-1 TARGET

The folders part-1, part-2 … lie side by side. Those that are not there are named: what
they hold may be installed already.
"""

import glob
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

SUMS = "SHA256SUMS"
"""In part-1: digest and name of every file, as it is when it is joined."""
PIECE = ".piece-"
"""Before the number of a piece, from 1 on."""
_BLOCK = 1 << 20


class JoinError(Exception):
    """What was carried is not what was packed; the message names it."""


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    hashed = sha256()
    with path.open("rb") as data:
        while block := data.read(_BLOCK):
            hashed.update(block)
    return hashed.hexdigest()


def join(first: Path, target: Path) -> list[str]:
    """Copy and join all files.

    Args:
        first: the folder part-1.
        target: where they go, under the names that they had.

    Returns:
        The names of those that are not there.

    Raises:
        JoinError: a file is not as it was packed, or a piece of it is missing.
    """
    parts = sorted(first.parent.glob("part-*"), key=_number)
    missing = []
    for wanted, name in _listed(first / SUMS):
        if not (pieces := _pieces(parts, name)):
            missing.append(name)
            continue
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(pieces, path)
        if digest(path) != wanted:
            path.unlink()
            where = ", ".join(str(piece.parent) for piece in pieces)
            raise JoinError(f"{name} is damaged or incomplete (from {where})")
        path.chmod(pieces[0].stat().st_mode)
    return missing


def _listed(sums: Path) -> Iterator[tuple[str, str]]:
    if not sums.is_file():
        raise JoinError(f"{sums} is not there: part-1 must be carried")
    for line in sums.read_text().splitlines():
        wanted, _, name = line.partition("  ")
        yield wanted, name


def _pieces(parts: list[Path], name: str) -> list[Path]:
    """The file, or its pieces in order."""
    whole = [part / name for part in parts if (part / name).is_file()]
    pattern = f"{glob.escape(name)}{PIECE}*"
    split = [path for part in parts for path in part.glob(pattern)]
    return whole[:1] or sorted(split, key=_number)


def _number(path: Path) -> int:
    """Of a piece, or a part: part-3, part-4-usual."""
    found = re.search(r"(\d+)(-usual)?$", path.name)
    return int(found[1]) if found else 0


def _write(pieces: list[Path], path: Path) -> None:
    with path.open("wb") as joined:
        for piece in pieces:
            joined.write(piece.read_bytes())


def main(words: list[str]) -> int:
    """Join, and name what is not there; gives the exit status."""
    try:
        missing = join(Path(words[0]).absolute(), Path(words[1]))
    except JoinError as error:
        sys.stderr.write(f"install: {error}\n")
        return 1
    for name in missing:
        sys.stdout.write(f"not carried: {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
