"""Check model files by published digests, and by those recorded at first use."""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from avio_cli.errors import InputError
from avio_cli.replacing import replace_text

CHUNK_BYTES = 1 << 20
State = Literal["published", "installed", "unchanged", "recorded", "own", "damaged"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result of comparing one file with its digest."""

    path: Path
    state: State
    """``published``: it is the published file. ``installed``: the one that a package
    brought. ``unchanged``: another one, as it was at first use. ``recorded``: this is
    its first use. ``own``: another one, in a folder of the user's. ``damaged``: it
    changed since its first use, or is not what its package names."""
    detail: str = ""

    @property
    def good(self) -> bool:
        """Whether it may be used."""
        return self.state != "damaged"


@dataclass(frozen=True, slots=True)
class DigestRecord:
    """The digests of files for which none is published, as seen at first use.

    Args:
        path: a JSON file: one object, file names and their sha256.
    """

    path: Path

    def judge(self, file: Path, published: str, *, recorded: bool) -> Verdict:
        """Compare a file with what it should be.

        Args:
            file: the file to read.
            published: the sha256 that the catalogue knows; empty for none.
            recorded: whether the file must be what it was at first use, as those
                of the cache.

        Raises:
            InputError: the file or the record cannot be read.
        """
        digest = digest_of_readable(file)
        detail = f"sha256 {digest}"
        if digest == published:
            return Verdict(file, "published", detail)
        if not recorded:
            return Verdict(file, "own", detail)
        first = self._read().get(file.name)
        if first is None:
            with suppress(OSError):  # a read-only cache still works
                self.remember(file, digest)
            return Verdict(file, "recorded", detail)
        if first != digest:
            return Verdict(file, "damaged", f"{detail}, not {first}")
        return Verdict(file, "unchanged", detail)

    def remember(self, file: Path, digest: str) -> None:
        """Record a file's digest."""
        text = json.dumps({**self._read(), file.name: digest}, indent=1)
        replace_text(self.path, text + "\n")

    def judge_installed(
        self, file: Path, published: str, exports: tuple[str, ...] = ()
    ) -> Verdict:
        """Compare a file with the digest that its package names for it.

        A folder of the package's name may be anyone's, so it must be a known file, too.

        Args:
            file: the file to read.
            published: the sha256 that the catalogue knows; empty for none.
            exports: those of other known exports.

        Raises:
            InputError: the file or the record cannot be read.
        """
        digest, named = digest_of_readable(file), self._read().get(file.name, "")
        detail = f"sha256 {digest}"
        if digest != named:
            return Verdict(file, "damaged", f"{detail}, not {named or 'named'}")
        if digest not in (published, *exports):
            return Verdict(file, "damaged", f"{detail}, no known weights")
        state: State = "published" if digest == published else "installed"
        return Verdict(file, state, detail)

    def _read(self) -> dict[str, str]:
        if not self.path.is_file():
            return {}
        try:
            known: dict[str, str] = json.loads(self.path.read_text(encoding="utf-8"))
            if not isinstance(known, dict):
                raise ValueError("it is not an object")
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(
                f"{self.path}: not a record of digests ({error})", hint="remove it"
            ) from error
        return known


def digest_of_readable(file: Path) -> str:
    """The sha256 of a file, in hexadecimal digits.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return digest_of(file)
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror})") from error


def digest_of(path: Path) -> str:
    """The sha256 of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def git_blob_of(path: Path) -> str:
    """Git's id of a file's content, in hexadecimal digits.

    It is the sha1 of ``blob``, the length and the content (git help hash-object).
    """
    content = path.read_bytes()
    head = f"blob {len(content)}\0".encode()
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()
