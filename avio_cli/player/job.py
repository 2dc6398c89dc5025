"""PlayJob: the settings of a player, fixed before anything is opened."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from avio_cli.decode.background_probe import BackgroundProbe
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.filters import check_filtered_range
from avio_cli.player.playback.track_choice import TrackChoice
from avio_cli.vision.annotators.parts import DRAWN, parse_drawing

if TYPE_CHECKING:
    from avio_cli.callbacks.step import CallbackStep
    from avio_cli.jobs.track.job_parts import DetectorOptions
    from avio_cli.jobs.track.trackers.options import TrackerOptions
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
    urls: tuple[MediaUrl, ...]
    probing: BackgroundProbe
    """Of the first URL, already started."""
    start: Fraction = Fraction(0)
    end: Fraction | None = None
    video: bool = True
    audio: bool = True
    video_filter: str = ""
    audio_filter: str = ""
    deinterlace: bool | None = None
    """Whether to deinterlace; None: what says that it is interlaced."""
    tone_map: bool = True
    """Whether HDR is mapped to SDR."""
    hardware: str = "none"
    """ffmpeg's name of a hardware decoder; ``none``: software, ``auto``: try."""
    full_screen: bool = False
    size: tuple[int, int] | None = None
    """Of the window; None for one that fits the video."""
    speed: Fraction = Fraction(1)
    volume: float = 100.0
    muted: bool = False
    image_duration: Fraction | None = None
    """Seconds that an image is shown; None: a single one stays."""
    loop: bool = False
    exit_at_end: bool = True
    hud_mode: HudMode = "auto"
    hud: "Hud | None" = None
    """The user's own; None for the built-in one."""
    callbacks: "tuple[CallbackStep, ...]" = ()
    record: Path | None = None
    """File to record to from the start; None for no recording."""
    replace_record: bool = False
    """Whether that file may exist; it is replaced when the recording is complete."""
    record_folder: Path = Path()
    """Folder for recordings and screenshots that a key starts."""
    pre_roll: float = 0.0
    tracks: Path | None = None
    """File with recorded tracks to draw."""
    tracking: Tracking | None = None
    """How to track while playing; None not to."""
    draw: tuple[str, ...] = DRAWN
    choice: TrackChoice = field(default_factory=TrackChoice)
    """Which audio and subtitle tracks are played at first."""
    low_latency: bool = False
    timeout: Fraction | None = None
    """Seconds after which a live source that is lost is given up; None: never."""
    latency: Literal["complete", "newest"] | None = None
    """Whether late frames of a live source are skipped; None: as it is sent."""
    ignore_times: bool = False
    """Whether to ignore the source's timestamps and use arrival times."""
    serve: str = ""
    """``[HOST:]PORT`` of a page that shows the same; empty: there is none."""
    quiet: bool = False
    """Whether the terminal is left alone: no status line, and no keys."""
    stats: Path | None = None
    script: Path | None = None
    process_start: float = 0.0
    """Monotonic clock when the process started."""

    def __post_init__(self) -> None:
        parse_drawing(self.draw)
        filters = (self.video_filter, self.audio_filter)
        check_filtered_range(self.start, self.end, *filters)
