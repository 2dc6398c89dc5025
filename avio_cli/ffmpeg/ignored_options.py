"""Encoder options that ffmpeg takes and does not use: it says so only in its log."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from avio_cli.errors import UsageError

_UNUSED = re.compile(
    # 9.0 adds the stream to the name (deadline:0), 5.1 names the output file.
    r"Codec AVOption ([\w-]+)(?::\S+)? \(.*has not been used for any stream"
)
_UNKNOWN = (
    # x264 and SVT-AV1, then x265
    re.compile(r"\[warning\] Error parsing option '?([\w-]+)(?: =|:) "),
    re.compile(r"\[warning\] Unknown option: ([\w-]+)"),
    re.compile(r"\[warning\] Invalid value for ([\w-]+):"),
)
"""Keys or values inside of x264-params and the like that are ignored."""
_NESTED = re.compile(r".+-params|x264opts")


@dataclass(slots=True)
class IgnoredOptions:
    """Finds in ffmpeg's log the options that had no effect."""

    unused: set[str] = field(default_factory=set)
    """Options of other encoders."""
    unknown: set[str] = field(default_factory=set)
    """Parts of an option such as x264-params."""

    def feed(self, line: str) -> None:
        """Take one log line; called in the thread that drains the log."""
        if match := _UNUSED.search(line):
            self.unused.add(match[1])
        for pattern in _UNKNOWN:
            if match := pattern.search(line):
                self.unknown.add(match[1])

    def check(self, encoder: str, wanted: Collection[str]) -> None:
        """Fail where an option of the user is among them.

        Args:
            encoder: the video encoder.
            wanted: names of the options that the user gave.

        Raises:
            UsageError: the encoder does not use one of them.
        """
        hint = f"`ffmpeg -h encoder={encoder}` lists those it has"
        if unused := sorted(self.unused.intersection(wanted)):
            raise UsageError(f"{encoder} has no option {', '.join(unused)}", hint=hint)
        nested = sorted(key for key in wanted if _NESTED.fullmatch(key))
        if nested and self.unknown:
            names = ", ".join(sorted(self.unknown))
            raise UsageError(
                f"{encoder} ignores a part of {', '.join(nested)}: {names}",
                hint="the name or its value is wrong",
            )
