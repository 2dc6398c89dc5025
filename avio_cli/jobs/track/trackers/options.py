"""Which tracker a run has, and what is made of its tracks: settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from avio_cli.errors import UsageError, did_you_mean
from avio_cli.models.names import refuse_url
from avio_cli.vision.refine.settings import refine_settings
from avio_cli.vision.reid.settings import AppearanceSettings
from avio_cli.vision.results.settings import ResultSettings
from avio_cli.vision.trackers.camera_motion import CAMERA_MOTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerOptions:
    """Which tracker, and its options as text."""

    name: str = "bytetrack"
    options: Mapping[str, str] = field(default_factory=dict)
    refine: str = ""
    """``fast`` or ``best``: tracks of the whole source, by a consensus of runs; empty:
    tracks of each frame as it comes."""
    lag: int = 0
    """Frames that are seen before a frame's tracks are final: then they are smoothed,
    and short gaps are filled."""
    reid: str = ""
    """The model of appearance, a file or a name; empty: none."""
    reid_gap: float = 0.0
    """Seconds after which a track that was left is found again by appearance."""
    results: ResultSettings = field(default_factory=ResultSettings)
    """Which of the tracks are shown, of what class and under which id."""

    def __post_init__(self) -> None:
        if self.lag and self.refine:
            raise UsageError("--lag does not go with --refine, which sees all frames")
        if self.needs_image and self.refine:
            raise UsageError(
                "--camera-motion image does not go with --refine: it sees boxes alone",
                hint="--camera-motion boxes does",
            )
        if self.reid_gap and self.refine:
            raise UsageError(
                "--reid-gap does not go with --refine: tracks are of the whole file",
                hint="--reid alone does; or --lag with --reid-gap",
            )
        if self.reid_gap and not self.reid:
            raise UsageError("--reid-gap would be ignored: it needs --reid")
        refuse_url(self.reid)
        _ = self.appearance  # checked now

    @property
    def needs_image(self) -> bool:
        """Whether the camera's motion is taken from the image, too."""
        return self.options.get("camera_motion", "").strip() == "image"

    @property
    def appearance(self) -> AppearanceSettings:
        """How appearance takes part, where there is a model of it.

        Raises:
            UsageError: the gap is out of range.
        """
        return AppearanceSettings(gap=self.reid_gap)

    @property
    def in_force(self) -> ResultSettings:
        """What is made of the tracks: a refinement has a least length of its own.

        Raises:
            UsageError: there is no such refinement.
        """
        length = self.results.min_length
        if not self.refine or length <= 1:
            return self.results
        least = max(length, refine_settings(self.refine).least_boxes)
        return replace(self.results, min_length=least)

    @property
    def title(self) -> str:
        """What tracks, for users."""
        parts = (
            self.name,
            f"refined ({self.refine})" if self.refine else "",
            f"{self.lag} frames late" if self.lag else "",
            "with appearance" if self.reid else "",
            self.in_force.title,
        )
        return ", ".join(filter(None, parts))


def with_camera_motion(options: Mapping[str, str], how: str) -> dict[str, str]:
    """The options of a tracker, with how it follows the camera; auto: its default.

    Raises:
        UsageError: nothing is called that, or the options say otherwise.
    """
    if how not in CAMERA_MOTIONS:
        raise UsageError(
            f"--camera-motion cannot be {how!r}",
            hint=did_you_mean(how, CAMERA_MOTIONS, count=1, list_all=True),
        )
    if how == "auto":
        return dict(options)
    if options.get("camera_motion", how).strip() != how:
        raise UsageError("--camera-motion and --tracker-option camera_motion differ")
    return {**options, "camera_motion": how}
