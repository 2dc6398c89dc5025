"""What a player is to do: frozen before anything is opened."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from avio_cli.decode.background_probe import BackgroundProbe
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.url import MediaUrl

if TYPE_CHECKING:
    from avio_cli.callbacks.step import CallbackStep
    from avio_cli.jobs.track.job import DetectorOptions, TrackerOptions
    from avio_cli.player.state import Hud


HudMode = Literal["auto", "pinned", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """How to track while playing."""

    detector: "DetectorOptions"
    tracker: "TrackerOptions"
    stride: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayJob:
    """Everything a player needs."""

    ffmpeg: FFmpeg
    addresses: tuple[MediaUrl, ...]
    probing: BackgroundProbe
    """Of the first of them, begun."""
    start: Fraction = Fraction(0)
    end: Fraction | None = None
    video: bool = True
    audio: bool = True
    video_filter: str = ""
    audio_filter: str = ""
    hardware: str = "none"
    """ffmpeg's name of what decodes; ``none`` for the processor, ``auto`` to try."""
    full_screen: bool = False
    size: tuple[int, int] | None = None
    """Of the window; None for one that fits the film."""
    speed: Fraction = Fraction(1)
    volume: float = 100.0
    muted: bool = False
    loop: bool = False
    exit_at_end: bool = True
    hud_mode: HudMode = "auto"
    hud: "Hud | None" = None
    """The user's own; None for the built-in one."""
    callbacks: "tuple[CallbackStep, ...]" = ()
    record: Path | None = None
    """Where to record from the beginning; None not to."""
    record_folder: Path = Path()
    """Where recordings and screenshots go that a key begins."""
    pre_roll: float = 0.0
    tracks: Path | None = None
    """Recorded tracks that are drawn."""
    tracking: Tracking | None = None
    """Tracks made while playing."""
    draw: tuple[str, ...] = ("boxes", "labels", "trails")
    low_latency: bool = False
    ignore_times: bool = False
    """Whether a source's times are not to be trusted: those of arrival count."""
    stats: Path | None = None
    script: Path | None = None
    process_start: float = 0.0
    """Monotonic clock when the process began."""
