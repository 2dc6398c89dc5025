"""Which frames a page gets: without boxes where the browser draws them, never more."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from avio_cli.callbacks.step import CallbackStep
from avio_cli.detections import Detections
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.outputs import ShownFrames, make_drawer
from avio_cli.jobs.track.page_frames import PageFrames
from avio_cli.jobs.track.summary import StageTimes
from avio_cli.live_page.newest import Look
from avio_cli.media.frame import Frame
from avio_cli.player.frame_processor import FrameProcessor
from avio_cli.vision.counting.crossings import CrossingCounter
from tests.clips import make_clip
from tests.vision.frames import blank, tracks

BOX = np.s_[40:80, 40:60]
FAR = np.s_[:, 100:]


@dataclass
class Page:
    """Keeps the last frame that it got, as it was then."""

    look: Look = field(default_factory=Look)
    frame: Frame | None = None
    offered: bool = False

    def describe(self, look: Look) -> None:
        self.look = look

    def offer(self, *given: object) -> None:
        self.offered = True

    def show_boxes(self, frame: Frame) -> None:
        pass

    def set_media(self, *given: object, drawn: bool) -> None:
        self.look = Look(drawn=drawn)

    def show(self, frame: Frame) -> None:
        self.frame = frame

    def show_copy(
        self, frame: Frame, change: Callable[[Frame], object] = lambda _: None
    ) -> None:
        self.frame = frame.copy()
        change(self.frame)

    def changed(self) -> tuple[float, float]:
        """The shares of samples that are not those of the source: in the box, far."""
        assert self.frame is not None
        changed = self.frame.planes[0] != noise().planes[0]
        return float(changed[BOX].mean()), float(changed[FAR].mean())


def noise() -> Frame:
    frame = blank("yuv420p", 160, 96, 0)
    frame.planes[0][...] = np.random.default_rng(1).integers(20, 230, (96, 160))
    return frame


@pytest.fixture
def source(tmp_path: Path, bundled_ffmpeg: FFmpeg) -> MediaSource:
    clip = make_clip(tmp_path / "a.mp4", frames=2).path
    return MediaSource.probe(bundled_ffmpeg, parse_url(str(clip)))


WHITE = CallbackStep("white", lambda frame: frame.planes[0][FAR].fill(235), "yuv420p")


def shown_of(job: TrackJob) -> tuple[Page, Frame]:
    """What a page, and others, get of a frame with a track in the box."""
    page, shown = Page(), ShownFrames(job.callbacks, StageTimes(), None)
    video = job.source.info.videos[0]
    shown.page = PageFrames(page, job, video, ())  # type: ignore[arg-type]
    shown.drawer = make_drawer(job, (), CrossingCounter(()))
    frame = noise()
    frame.tracks = tracks((1, 40, 40, 60, 80))
    shown(frame, Detections())
    return page, frame


def test_boxes_are_left_to_the_browser(source: MediaSource) -> None:
    page, frame = shown_of(TrackJob(source=source, serve="1", display=True))
    assert page.changed() == (0, 0)
    assert not page.look.drawn
    assert (frame.planes[0] != noise().planes[0])[BOX].any()  # others see the box


def test_without_others_the_frame_is_not_copied(source: MediaSource) -> None:
    page, frame = shown_of(TrackJob(source=source, serve="1"))
    assert page.frame is frame


@pytest.mark.parametrize("others", [False, True])
def test_hidden_boxes_are_hidden_on_the_page(source: MediaSource, others: bool) -> None:
    job = TrackJob(source=source, serve="1", draw=("pixelate",), display=others)
    assert job.hides_boxes
    page, frame = shown_of(job)
    inside, far = page.changed()
    assert inside > 0.9
    assert far == 0
    assert (frame.planes[0] == page.frame.planes[0])[BOX].all() == others  # type: ignore[union-attr]


def test_of_callbacks_the_result_is_shown(source: MediaSource) -> None:
    job = TrackJob(source=source, serve="1", callbacks=(WHITE,))
    page, _ = shown_of(job)
    assert page.changed()[1] == 1
    assert page.look.drawn
    page, _ = shown_of(replace(job, draw=()))
    assert page.changed() == (0, 1)
    assert not page.look.drawn


@pytest.mark.parametrize(
    ("draw", "callbacks", "inside", "drawn"),
    [
        ((), (), 0, False),
        (("boxes",), (), 0, False),
        (("boxes", "pixelate"), (), 0.5, True),
        (("boxes",), (WHITE,), 0.05, True),
    ],
)
def test_a_player_shows_as_little(
    draw: tuple[str, ...],
    callbacks: tuple[CallbackStep, ...],
    inside: float,
    drawn: bool,
) -> None:
    page = Page()
    processor = FrameProcessor(callbacks, None, draw, lambda: None, page)  # type: ignore[arg-type]
    processor.set_media(None, ())
    frame = noise()
    frame.tracks, frame.hidden = tracks((1, 40, 40, 60, 80)), ((40, 40, 60, 80),)
    processor.process(frame)
    assert page.changed()[0] >= inside
    assert (page.changed()[0] == 0) == (inside == 0)
    assert page.changed()[1] == bool(callbacks)
    assert page.look.drawn == drawn


def test_where_boxes_are_not_known_all_of_it_is_hidden() -> None:
    page = Page()
    processor = FrameProcessor((), None, ("blur",), lambda: None, page)  # type: ignore[arg-type]
    processor.set_media(None, ())
    processor.process(noise())
    assert min(page.changed()) > 0.9
    page.frame = None
    processor.still(noise())
    assert min(page.changed()) > 0.9


def test_a_page_alone_makes_a_run_read_full_frames(source: MediaSource) -> None:
    assert TrackJob(source=source, serve="1").needs_full_frames
    assert not TrackJob(source=source).needs_full_frames
