"""ffmpeg's own final accounts: what it read and what it wrote."""

import re
from dataclasses import dataclass, field

_WROTE = re.compile(
    r"Output stream #\d+:(\d+) \((\w+)\): (?:(\d+) frames encoded.*?; )?"
    r"(\d+) packets muxed"
)
_READ = re.compile(
    r"Input stream #(\d+):(\d+) \((\w+)\): (\d+) packets read \(\d+ bytes\);"
    r"(?: (\d+) frames decoded)?"
)


@dataclass(slots=True)
class Accounts:
    """Fed with the log of a run at level verbose; complete when the run is."""

    muxed: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Output stream index to kind (``video`` …) and packets written."""
    decoded: dict[tuple[int, int], int] = field(default_factory=dict)
    """Input and stream index to frames decoded."""

    def feed(self, line: str) -> None:
        """Take one log line; called in the thread that drains the log."""
        if match := _WROTE.search(line):
            self.muxed[int(match[1])] = (match[2], int(match[4]))
        elif (match := _READ.search(line)) and match[5]:
            self.decoded[int(match[1]), int(match[2])] = int(match[5])
