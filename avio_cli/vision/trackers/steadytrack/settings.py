"""Settings of SteadyTrack; docs/tracking.md explains each option."""

from dataclasses import dataclass
from fractions import Fraction

from avio_cli.errors import UsageError
from avio_cli.vision.trackers.camera_motion import check_camera_motion
from avio_cli.vision.trackers.frame_clock import check_frame_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class SteadyTrackSettings:
    """Settings; noises are standard deviations in widths and heights of a box.

    Raises:
        UsageError: a value is out of range.
    """

    track_thresh: float = 0.6
    """Score above which a detection takes part in the first association."""
    low_thresh: float = 0.1
    """Score above which a detection takes part in the second."""
    new_thresh: float = 0.6
    """Score from which an unmatched strong detection starts a track."""
    match_thresh: float = 0.85
    """First association: highest cost, 1 - similarity."""
    second_thresh: float = 0.5
    """Second association, with the weak detections: highest cost."""
    unconfirmed_thresh: float = 0.7
    """Tracks seen once, with what the first left unmatched: highest cost."""
    track_buffer: int = 30
    """Frames that a lost track is remembered."""
    weak_buffer: int = 15
    """Frames after which a lost track no longer matches weak detections."""
    shape_weight: float = 0.5
    """What equal widths and heights count beside the overlap."""
    distance_weight: float = 0.25
    """What a small distance, measured by the filter's doubt, counts beside it."""
    weak_distance_weight: float = 0.1
    """The same in the second association."""
    measurement_noise: float = 0.13
    """Of a strong detection's box."""
    weak_noise: float = 2.5
    """How many times more a weak detection's box scatters."""
    position_noise: float = 1 / 20
    """Of centre and size, a frame."""
    velocity_noise: float = 1 / 160
    """Of their velocities, a frame."""
    size_velocity: float = 0.5
    """How much steadier the velocities of width and height are."""
    first_velocity: float = 15.0
    """How many times the velocity's noise a new track may already move by."""
    detection_share: float = 0.25
    """Share of the detection in the boxes that are shown; the rest is the filter's."""
    camera_motion: str = "boxes"
    """What says how the camera moves: ``boxes``, the ``image`` too, or ``off``."""
    class_aware: bool = False
    """Match boxes of one class only; else a track is of the class last seen."""
    frame_rate: Fraction = Fraction(30)
    """Nominal frames a second; below 30 all motion is less certain."""

    def __post_init__(self) -> None:
        for name in _SHARES:
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise UsageError(f"{name} must be from 0 to 1, not {value}")
        for name in _FACTORS:
            value = getattr(self, name)
            if not 0 < value <= _MOST:
                raise UsageError(f"{name} must be above 0, and {_MOST} at most")
        if self.low_thresh > self.track_thresh:
            raise UsageError("low_thresh must not be above track_thresh")
        for name in ("track_buffer", "weak_buffer"):
            if not 0 <= getattr(self, name) <= _MOST:
                raise UsageError(f"{name} must be from 0 to {_MOST}")
        check_frame_rate(self.frame_rate)
        check_camera_motion(self.camera_motion)

    @property
    def birth_score(self) -> float:
        """Score from which a detection may start a track."""
        return self.new_thresh


_MOST = 1_000_000
_SHARES = (
    *("track_thresh", "low_thresh", "new_thresh", "match_thresh", "second_thresh"),
    *("unconfirmed_thresh", "detection_share", "shape_weight", "distance_weight"),
    "weak_distance_weight",
)
_FACTORS = (
    *("measurement_noise", "weak_noise", "position_noise", "velocity_noise"),
    *("size_velocity", "first_velocity"),
)
