"""The tracker of a refined run, which knows the tracks of the whole file."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import islice
from typing import Any

from avio_cli.detections import Detections, Tracks
from avio_cli.errors import InputError
from avio_cli.jobs.track.trackers.options import TrackerOptions
from avio_cli.records.parsing import INVALID
from avio_cli.vision.refine.looks import EmbeddingsAt
from avio_cli.vision.refine.refine import Found, refine
from avio_cli.vision.refine.settings import RefineSettings, refine_settings
from avio_cli.vision.reid.appearance import Appearance
from avio_cli.vision.reid.tracker_hooks import Recognises
from avio_cli.vision.trackers.registry import BoxTracker, build_tracker

CHANGED = "the input was changed while it was tracked"


class RefinedTracker:
    """A tracker that knows the tracks of all frames, once `start` gave it those.

    Args:
        choice: the tracker that is run several times.
        rate: nominal frames a second.

    Raises:
        UsageError: there is no such refinement.
    """

    def __init__(self, choice: TrackerOptions, rate: Fraction) -> None:
        self._make = partial(build_tracker, choice.name, choice.options, rate)
        self._rate, self._settings = rate, _settings(choice)
        self._appearance = choice.appearance
        self._done = 0
        self._tracks: Iterator[Tracks] = iter(())

    def start(
        self,
        frames: Iterator[Found],
        looks: EmbeddingsAt | None = None,
        length: int = 0,
    ) -> None:
        """Begin with the first frame.

        Args:
            frames: detections and times of all frames of the source.
            looks: embeddings of those of each frame; None where there are none.
            length: how many numbers an embedding has.
        """

        def make() -> BoxTracker:
            tracker = self._make()
            if looks is not None and isinstance(tracker, Recognises):
                tracker.appearance = Appearance(length, self._appearance)
            return tracker

        self._tracks = refine(frames, make, self._rate, self._settings, looks)

    def all(self, frames: Iterable[Found]) -> Iterator[Tracks]:
        """The tracks of all frames, given their detections and times."""
        return refine(frames, self._make, self._rate, self._settings)

    def update(self, detections: Detections, seconds: float) -> Tracks:
        """Return the tracks of the next frame; the arguments are known already.

        Raises:
            InputError: the source has more frames than before.
        """
        self._done += 1
        tracks = next(self._tracks, None)
        if tracks is None:
            raise InputError(CHANGED)
        return tracks

    def predict(self, seconds: float) -> Tracks:
        """Nothing: every frame is detected."""
        return Tracks()

    def state(self) -> dict[str, Any]:
        """How many frames are done: the rest follows from the detections."""
        return {"frames": self._done}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on after as many frames.

        Raises:
            InputError: the state is damaged.
        """
        try:
            self._done = int(state["frames"])
        except INVALID as error:
            raise InputError(f"the stored tracker is damaged ({error})") from error
        self._tracks = islice(self._tracks, self._done, None)


def _settings(choice: TrackerOptions) -> RefineSettings:
    """How tracks are refined. Ids have no holes in any case."""
    how, results = refine_settings(choice.refine), choice.results
    least = max(how.least_boxes, results.min_length)
    return replace(how, least_boxes=least, class_vote=results.class_vote)
