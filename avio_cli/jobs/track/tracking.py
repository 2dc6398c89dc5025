"""The step of a run that sets tracks: at once or late, with or without the image."""

from dataclasses import dataclass

from avio_cli.decode.settings import DetectorView
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.trackers.appearance import OpenedModel
from avio_cli.jobs.track.trackers.choice import RunTracker
from avio_cli.jobs.track.trackers.options import TrackerOptions
from avio_cli.media.info import VideoStream
from avio_cli.vision.reid.appearance import Appearance
from avio_cli.vision.reid.tracker_hooks import Recognises, Recognition
from avio_cli.vision.results.finishing import FinishedTracker
from avio_cli.vision.results.held import HeldTracker
from avio_cli.vision.trackers.image_camera import ImageCamera
from avio_cli.vision.trackers.lagged import LaggedTracker
from avio_cli.vision.trackers.step import Eyes, LaggedStep, TrackingStep


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run sees of its video beside the boxes."""

    video: VideoStream
    view: DetectorView | None
    """What the detector sees of each frame; None: nothing."""
    model: OpenedModel
    """Of appearance."""
    keep_images: bool = True
    """Whether anybody looks at frames once they are tracked."""


def tracking_of(
    job: TrackJob,
    tracker: RunTracker,
    video: VideoStream,
    view: DetectorView | None,
    model: OpenedModel,
) -> TrackingStep | LaggedStep:
    """The step that sets the tracks of a run's frames.

    Args:
        job: its settings.
        tracker: its tracker.
        video: the stream.
        view: what the detector sees of each frame; None: nothing.
        model: of appearance.
    """
    seen = Seen(video, view, model, keep_images=not job.needs_no_frames)
    return step_of(job.tracker, tracker, job.stride, seen)


def step_of(
    choice: TrackerOptions, tracker: RunTracker, stride: int, seen: Seen
) -> TrackingStep | LaggedStep:
    """The step that sets the tracks of frames.

    Args:
        choice: which tracker, and what is made of its tracks.
        tracker: made of that.
        stride: every Nth frame has detections.
        seen: what there is beside the boxes.
    """
    camera = image_camera(choice, seen.video, seen.view)
    eyes = Eyes(camera, _recognition(choice, tracker, seen.model))
    if isinstance(tracker, (LaggedTracker, HeldTracker)):
        return LaggedStep(tracker, eyes, keep_images=seen.keep_images)
    return TrackingStep(tracker, stride, eyes)


def _recognition(
    choice: TrackerOptions, tracker: RunTracker, model: OpenedModel
) -> Recognition | None:
    """Give the tracker of a run its appearance; None where it takes none."""
    inner: object = tracker
    if isinstance(tracker, (LaggedTracker, HeldTracker, FinishedTracker)):
        inner = tracker.tracker
    if model.embedder is None or not isinstance(inner, Recognises):
        return None
    inner.appearance = Appearance(model.embedder.length, choice.appearance)
    return Recognition(inner.appearance, model.embedder)


def image_camera(
    choice: TrackerOptions, video: VideoStream, view: DetectorView | None
) -> ImageCamera | None:
    """What takes the camera's motion from the image; None where nothing shall.

    Args:
        choice: the tracker.
        video: the stream.
        view: what the detector sees of each frame; None: nothing.
    """
    if not choice.needs_image:
        return None
    size = (video.width, video.height)
    return ImageCamera(size, None if view is None else view.placement(*size))
