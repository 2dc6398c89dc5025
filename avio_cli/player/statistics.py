"""Statistics of a run: what was shown, when, and its offset from the audio."""

import json
import time
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from avio_cli.media.frame import Frame
from avio_cli.output.file import write_text_file
from avio_cli.player.playback.seek import UserSeek

WARM_UP_SECONDS = 1.0
"""After the start, before audio/video offsets count."""


@dataclass(slots=True)
class Statistics:
    """Collected while playing; a `PlaybackObserver`."""

    detailed: bool = False
    """Whether single seeks and steps are kept, with digests of pixels."""
    process_start: float = 0.0
    """Monotonic clock when the process started."""
    startup: float | None = None
    """Seconds from there to the first frame on screen."""
    frames_shown: int = 0
    frames_dropped: int = 0
    offsets: list[float] = field(default_factory=list)
    """Seconds of each shown frame after the clock it follows."""
    seeks: list[dict[str, float]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    _waiting: list[dict[str, Any]] = field(default_factory=list)

    def on_seek(self, seek: UserSeek, frame: Frame, origin: Fraction) -> None:
        """A seek has delivered this frame; it counts as done when it is shown."""
        entry = {
            "target_s": round(float(origin + seek.target), 6),
            "shown_pts_s": round(frame.seconds, 6),
            "latency_ms": seek.asked,
        }
        self.seeks.append(entry)
        self._waiting.append(entry)

    def on_step(self, direction: int, frame: Frame, asked: float) -> None:
        """A step has delivered this frame."""
        entry: dict[str, Any] = {
            "direction": "forward" if direction > 0 else "back",
            "pts": frame.pts,
            "pts_s": round(frame.seconds, 6),
            "latency_ms": asked,
        }
        self._waiting.append(entry)
        if self.detailed:
            self.steps.append(entry)
            entry["sha1"] = digest(frame)

    def on_drop(self, count: int) -> None:
        """So many frames were dropped because they were late."""
        self.frames_dropped += count

    def on_start(self, when: float | None) -> None:
        """The first frame was shown before the player was loaded; None: it was not."""
        self.startup = None if when is None else when - self.process_start

    def on_audio(self) -> None:
        """Audio without video plays; the first time counts as a frame."""
        if self.startup is None:
            self.on_frame(None)

    def on_frame(self, offset: float | None) -> None:
        """A new frame is on screen.

        Args:
            offset: seconds by which it is after its clock; None while that is stopped.
        """
        now = time.monotonic()
        self.frames_shown += 1
        if self.startup is None:
            self.startup = now - self.process_start
        for entry in self._waiting:
            entry["latency_ms"] = round(1000 * (now - entry["latency_ms"]), 2)
        self._waiting.clear()
        warm = now - self.process_start - self.startup >= WARM_UP_SECONDS
        if offset is not None and warm:
            self.offsets.append(offset)

    def recent_offset(self) -> float | None:
        """The average offset of the last frames, in seconds."""
        recent = self.offsets[-20:]
        return sum(recent) / len(recent) if recent else None

    def as_record(self, **further: str) -> dict[str, Any]:
        """All statistics, as they are written to JSON."""
        startup = self.startup
        return {
            "frames_shown": self.frames_shown,
            "frames_dropped": self.frames_dropped,
            "av_offset_ms": percentiles([1000 * abs(o) for o in self.offsets]),
            "seeks": self.seeks,
            "steps": self.steps,
            "startup_ms": None if startup is None else round(1000 * startup, 1),
            **further,
        }

    def write(self, path: Path, **further: str) -> None:
        """Write them as JSON."""
        text = json.dumps(self.as_record(**further), indent=2)
        write_text_file(path, f"{text}\n", force=True)


def percentiles(values: list[float]) -> dict[str, float | None]:
    """Median, 95th percentile and maximum; None where there are no values."""
    if not values:
        return {"p50": None, "p95": None, "max": None}
    ordered = sorted(values)
    last = len(ordered) - 1
    return {
        "p50": round(ordered[round(0.5 * last)], 2),
        "p95": round(ordered[round(0.95 * last)], 2),
        "max": round(ordered[-1], 2),
    }


def digest(frame: Frame) -> str:
    """SHA-1 over the samples of all planes, in order, tightly packed."""
    import hashlib  # only for statistics that are asked for

    sha = hashlib.sha1(usedforsecurity=False)
    for plane in frame.planes:
        sha.update(plane.tobytes())
    return sha.hexdigest()
