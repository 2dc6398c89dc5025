"""What README and documentation claim: command lines with their output, and code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from avio_cli.ffmpeg.process.run import run

_FENCE = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.M | re.S)
_INCLUDE = re.compile(r'^--8<-- "(.+)"$', re.M)
_NUMBER = re.compile(r"(\d(?:[\d.,/:]*\d)?)( [kM]?i?B\b| k?b/s| m?s\b| fps)?")
_TIME = re.compile(r"\d+\.\d{3}")
_DETECTED = re.compile(r"\d detections?, |^ *tracks +\d")
"""Of a video that was encoded: x264 does it otherwise with another number of cores."""
REST = "…"
"""A line of its own in a page's output: here some lines are omitted."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    title: str
    text: str


@dataclass
class Example:
    """A command line and the lines that it is said to print."""

    command: str
    output: list[str] = field(default_factory=list)


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, with included files put in."""
    for match in _FENCE.finditer(page.read_text(encoding="utf-8")):
        text = _INCLUDE.sub(
            lambda found: (page.parent / found[1]).read_text(), match[3]
        )
        yield Block(match[1], match[2] or "", text)


def examples(block: Block) -> Iterator[Example]:
    """The command lines of a ``console`` block; each starts with ``$``."""
    example: Example | None = None
    for line in block.text.splitlines():
        if line.startswith("$ "):
            if example is not None:
                yield example
            example = Example(line[2:])
        elif example is not None:
            example.output.append(line)
    if example is not None:
        yield example


def run_line(command: str, folder: Path, path: str) -> tuple[int, list[str]]:
    """Run a command line as a user would; its status, and all that it printed."""
    script = f'cd "$1" && export PATH="$2:$PATH" && {{ {command}\n}} 2>&1'
    done = run(["bash", "-c", script, "bash", folder, path], timeout=120)
    return done.status, done.stdout.decode().splitlines()


def shape(line: str) -> str:
    """A line without what differs from run to run, and the space that it takes.

    Sizes of files, rates, versions and how long it took differ. Numbers of frames and
    pixels do not, nor do times of frames, which have three decimals.
    """
    repeats = "#" if _DETECTED.search(line) else _what_repeats
    return " ".join(_NUMBER.sub(repeats, line).split())


def _what_repeats(number: re.Match[str]) -> str:
    value, unit = number[1], number[2] or ""
    counted = value.isdigit() and not unit
    timed = unit == " s" and _TIME.fullmatch(value) is not None
    return number[0] if counted or timed else f"#{unit}"


def fits(said: list[str], printed: list[str]) -> bool:
    """Whether the output is as the page says; see `shape`."""
    pattern = ""
    for line in said:
        text = r"(?:.*\n)*" if line.strip() == REST else re.escape(shape(line)) + r"\n"
        pattern += text
    return re.fullmatch(pattern, "".join(shape(x) + "\n" for x in printed)) is not None
