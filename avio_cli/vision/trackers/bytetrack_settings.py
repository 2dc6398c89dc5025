"""Settings of ByteTrack; docs/bytetrack.md explains each option."""

from dataclasses import dataclass
from fractions import Fraction

from avio_cli.errors import UsageError
from avio_cli.vision.trackers.camera_motion import check_camera_motion
from avio_cli.vision.trackers.frame_clock import check_frame_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteTrackSettings:
    """Settings; the defaults correct the original, `REFERENCE` does not.

    Raises:
        UsageError: a value is out of range.
    """

    track_thresh: float = 0.6
    """Score from which a detection takes part in the first association."""
    low_thresh: float = 0.1
    """Score from which a detection takes part in the second."""
    new_thresh: float | None = None
    """Score from which it may start a track; None: 0.1 above ``track_thresh``."""
    match_thresh: float = 0.8
    """First association: highest cost, 1 - IoU (times score, if fused)."""
    second_thresh: float = 0.5
    """Second association, with the weak detections: highest 1 - IoU."""
    unconfirmed_thresh: float = 0.7
    """Tracks seen once, with what the first left unmatched: highest cost."""
    duplicate_thresh: float = 0.15
    """A track and a lost one closer than this 1 - IoU are one object."""
    track_buffer: int = 30
    """Frames that a lost track is remembered; more at rates above 30 a second."""
    fuse_score: bool = True
    """Multiply IoU by the detection's score where strong detections are matched."""
    class_aware: bool = False
    """Match boxes of one class only; else a track is of the class last seen."""
    camera_motion: str = "off"
    """What says how the camera moves: ``boxes``, the ``image`` too, or ``off``."""
    frame_rate: Fraction = Fraction(30)
    """Nominal frames a second: the unit of ``track_buffer`` and of all motion."""
    sort_detections: bool = True
    """Take detections best first, so that the order they come in does not matter."""
    drop_equal_scores: bool = False
    """Ignore detections whose score equals a threshold."""
    pixel_iou: bool = True
    """Add one pixel to widths and heights for IoU, as if x2 and y2 were inside."""
    count_frames: bool = False
    """Let every update be one frame, whatever its time."""
    shrink_buffer: bool = False
    """Remember lost tracks for fewer frames at rates below 30 a second."""
    late_removal: bool = False
    """Forget lost tracks one frame late, and those matched in that frame at their next
    miss."""

    def __post_init__(self) -> None:
        for name in _COSTS_AND_SCORES:
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise UsageError(f"{name} must be from 0 to 1, not {value}")
        check_camera_motion(self.camera_motion)
        if self.low_thresh > self.track_thresh:
            raise UsageError("low_thresh must not be above track_thresh")
        if not 0 <= self.track_buffer <= _MOST:
            raise UsageError(f"track_buffer must be from 0 to {_MOST}")
        check_frame_rate(self.frame_rate)

    @property
    def birth_score(self) -> float:
        """Score from which a detection may start a track."""
        return self.track_thresh + 0.1 if self.new_thresh is None else self.new_thresh

    @property
    def buffer(self) -> int:
        """Frames that a lost track is remembered, at this frame rate."""
        scaled = int(float(self.frame_rate) / 30.0 * self.track_buffer)
        return scaled if self.shrink_buffer else max(scaled, self.track_buffer)


_MOST = 1_000_000
_COSTS_AND_SCORES = (
    "track_thresh",
    "low_thresh",
    "new_thresh",
    "match_thresh",
    "second_thresh",
    "unconfirmed_thresh",
    "duplicate_thresh",
)

REFERENCE = ByteTrackSettings(
    sort_detections=False,
    drop_equal_scores=True,
    count_frames=True,
    shrink_buffer=True,
    late_removal=True,
)
"""Every quirk of the authors' code; same frames in, same tracks out."""
