"""Make the tracker of a run, with a video or without: both choose alike."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from avio_cli.detections import Tracks
from avio_cli.errors import UsageError
from avio_cli.jobs.track.trackers.options import TrackerOptions
from avio_cli.jobs.track.trackers.refined import RefinedTracker
from avio_cli.protocols import Tracker
from avio_cli.vision.refine.refine import Found
from avio_cli.vision.results.finishing import FinishedTracker, Finisher
from avio_cli.vision.results.held import AtOnce, HeldTracker
from avio_cli.vision.trackers.lagged import LaggedTracker, LagSettings
from avio_cli.vision.trackers.registry import BoxTracker, build_tracker

RunTracker = Tracker | LaggedTracker | HeldTracker


def make_tracker(choice: TrackerOptions, rate: Fraction, stride: int) -> RunTracker:
    """Make the tracker of a run.

    Args:
        choice: which, and what is made of its tracks.
        rate: nominal frames a second.
        stride: every Nth frame has detections.

    Raises:
        UsageError: a name or an option is wrong, or two do not go together.
    """
    tracker = build_tracker(choice.name, choice.options, rate)
    _refuse_stride(choice, stride)
    if choice.refine:
        return RefinedTracker(choice, rate)
    if choice.lag:
        lagged = LaggedTracker(tracker, rate, LagSettings(lag=choice.lag))
        return _held(lagged, choice) if choice.results.title else lagged
    if choice.results.held:
        return _held(AtOnce(tracker), choice)
    return _finished(tracker, choice) if choice.results.title else tracker


def tracks_of_all(
    tracker: RunTracker, frames: Iterable[Found], stride: int
) -> Iterator[Tracks]:
    """The tracks of all frames, in order.

    Args:
        tracker: made by `make_tracker`.
        frames: detections and times of all frames.
        stride: take the detections of every Nth frame, predict between.
    """
    if isinstance(tracker, (LaggedTracker, HeldTracker, RefinedTracker)):
        yield from tracker.all(frames)
        return
    for index, (found, seconds) in enumerate(frames):
        if index % stride:
            yield tracker.predict(seconds)
        else:
            yield tracker.update(found, seconds)


def _refuse_stride(choice: TrackerOptions, stride: int) -> None:
    """Refuse to skip frames where tracks are decided by those around them.

    Raises:
        UsageError: it is more than 1.
    """
    late = {
        "--lag": choice.lag,
        "--refine": choice.refine,
        "--min-length": choice.results.held,
    }
    for option in (name for name, given in late.items() if given and stride > 1):
        raise UsageError(
            f"{option} does not go with --stride: every frame must be detected"
        )


def _held(late: LaggedTracker | AtOnce, choice: TrackerOptions) -> HeldTracker:
    return HeldTracker(late, choice.results, Finisher(choice.results))


def _finished(tracker: BoxTracker, choice: TrackerOptions) -> FinishedTracker:
    return FinishedTracker(tracker, Finisher(choice.results))
