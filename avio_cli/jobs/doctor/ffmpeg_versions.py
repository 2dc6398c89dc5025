"""Which ffmpeg versions are too old, and which have known vulnerabilities."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

OLDEST = (5, 1)
"""The first version with all options that avio needs."""

_VERSION = re.compile(r"ffmpeg version n?(\d+)\.(\d+)(?:\.(\d+))?(\S*)")
_DISTRIBUTION = re.compile(r"(deb\d|ubuntu|\.fc\d|\.el\d|\+rpi)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Advisory:
    """A vulnerability, and the first fixed release of each branch."""

    name: str
    decoder: str
    """The decoder that has the vulnerability."""
    effect: str
    fixed: tuple[tuple[int, int, int], ...]

    @property
    def releases(self) -> str:
        """The fixed releases, for display."""
        return ", ".join(".".join(map(str, release)) for release in self.fixed)


ADVISORIES = (
    Advisory(
        "CVE-2026-8461",
        "magicyuv",
        "a crafted MagicYUV video can run code",
        ((7, 1, 5), (8, 0, 3), (8, 1, 2)),
    ),
)


@dataclass(frozen=True, slots=True)
class Version:
    """The version that an ffmpeg reports."""

    text: str
    """As printed, without the word version."""
    numbers: tuple[int, int, int] | None
    """None for builds that are no release."""
    distribution: bool = False
    """Whether a distribution built it, which backports fixes without new numbers."""

    @property
    def too_old(self) -> bool:
        """Whether avio needs a newer one."""
        return self.numbers is not None and self.numbers[:2] < OLDEST


def read_version(banner: str) -> Version:
    """Parse the first line of ``ffmpeg -version``."""
    first = banner.splitlines()[0] if banner.strip() else ""
    text = first.removeprefix("ffmpeg version ").split(" Copyright")[0]
    match = _VERSION.match(first)
    if match is None:
        return Version(text or "unknown", None)
    numbers = int(match[1]), int(match[2]), int(match[3] or 0)
    return Version(text, numbers, bool(_DISTRIBUTION.search(match[4])))


def is_fixed(version: tuple[int, int, int], advisory: Advisory) -> bool:
    """Whether a release has the fix of its branch."""
    branch = [release for release in advisory.fixed if release[:2] == version[:2]]
    if branch:
        return version >= branch[0]
    return version > max(advisory.fixed)


def open_vulnerabilities(
    version: Version, decoders: frozenset[str]
) -> Iterator[tuple[Advisory, str]]:
    """Vulnerabilities that an ffmpeg has, or may have, and what to do.

    Args:
        version: which ffmpeg.
        decoders: the decoders that are built in.
    """
    for advisory in ADVISORIES:
        if advisory.decoder not in decoders:
            continue
        if version.numbers is None:
            yield advisory, f"use a build of {advisory.releases} or later"
        elif not is_fixed(version.numbers, advisory):
            yield advisory, _advice(version, advisory)


def _advice(version: Version, advisory: Advisory) -> str:
    if version.distribution:
        return (
            "distributions backport fixes without a new number: look for "
            f"{advisory.name} in its changes (Debian, Ubuntu: apt changelog ffmpeg)"
        )
    return f"install {advisory.releases} or later"
