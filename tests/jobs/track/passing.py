"""Detections of two objects that pass each other, and what runs leave of them."""

from collections.abc import Container, Sequence
from pathlib import Path

FRAMES = 25
NAMES = ("tracks.jsonl", "tracks.csv", "tracks.txt", "tracks.json", "saved.det")
"""Records in each format, and the detections."""
FAILING = """
def fail(frame):
    if frame.index == {index}:
        raise RuntimeError("stop here")
"""


def passing(missed: Container[int], least: int) -> str:
    """Rows of both, in all frames but some.

    Args:
        missed: frames in which neither is detected.
        least: tenths of the lowest score of the second one.
    """
    return "".join(
        f"{frame},-1,{20 + 2 * frame},20,30,40,0.9,-1,-1,-1\n"
        f"{frame},-1,{100 - frame},30,24,36,0.{least + frame % 4},-1,-1,-1\n"
        for frame in range(1, FRAMES + 1)
        if frame not in missed
    )


def contents(folder: Path, names: Sequence[str] = NAMES) -> dict[str, bytes]:
    """The bytes of each file of a run."""
    return {name: (folder / name).read_bytes() for name in names}
