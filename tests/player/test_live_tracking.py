"""Tracking while playing has what `avio track` has: appearance, votes, ids, lag."""

from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import avio_cli
from avio_cli.cli.main import run
from avio_cli.jobs.track.job_parts import DetectorOptions
from avio_cli.jobs.track.trackers.options import TrackerOptions
from avio_cli.media.frame import Frame
from avio_cli.media.info import VideoStream
from avio_cli.player.frame_processor import FrameProcessor
from avio_cli.player.job import Tracking
from avio_cli.player.live_tracking import LiveTracker
from avio_cli.vision.annotators.parts import Redaction
from avio_cli.vision.reid.embedder import Embedder
from tests.clips import make_clip
from tests.models.appearance_models import write_mean_colour
from tests.player.conftest import Play
from tests.vision.frames import viewed


@pytest.fixture
def walker(tmp_path: Path) -> Path:
    """A bright box that crosses the video in two seconds."""
    with avio_cli.create_video(tmp_path / "walker.mp4", rate=25) as writer:
        for number in range(50):
            image = np.full((120, 200, 3), 40, np.uint8)
            image[30:90, 3 * number : 3 * number + 30] = (0, 0, 255)
            writer.write(image)
    return tmp_path / "walker.mp4"


def test_what_is_tracked_is_looked_at_and_shown_late(
    play: Play, walker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    shown: list[int] = []
    embed = Embedder.embed

    def noted(self: Embedder, frame: Frame, boxes: NDArray[np.float32]) -> object:
        looked.append(len(boxes))
        return embed(self, frame, boxes)

    def process(_: FrameProcessor, frame: Frame, __: object) -> Frame:
        shown.extend(frame.tracks.ids.tolist())
        return frame

    monkeypatch.setattr(Embedder, "embed", noted)
    monkeypatch.setattr(FrameProcessor, "process", process)
    model = tmp_path / "colour.onnx"
    write_mean_colour(model)
    words = ("--model", "motion", "--reid", str(model), "--reid-gap", "1")
    found = play(walker, options=(*words, "--lag", "2", "--compact-ids"))
    assert found["frames_shown"] + found["frames_dropped"] == 50
    assert sum(looked) > 0
    assert set(shown) == set(range(1, max(shown) + 1))


def test_of_the_first_frames_after_a_seek_the_hidden_boxes_are_not_known() -> None:
    tracking = Tracking(
        detector=DetectorOptions(model="motion"), tracker=TrackerOptions()
    )
    video = VideoStream(
        index=0,
        codec="h264",
        time_base=Fraction(1, 25),
        coded_width=64,
        coded_height=48,
    )
    tracker = LiveTracker(tracking, video, redaction=Redaction(hold=0.125))

    def known(start: int) -> list[bool]:
        view = np.zeros((48, 64, 3), np.uint8)
        frames = (viewed(view, start + number) for number in range(8))
        with closing(tracker.stage()(frames)) as tracked:
            return [frame.hidden is not None for frame in tracked]

    assert known(10) == [True] * 8
    assert known(40) == [False] * 4 + [True] * 4
    assert known(10) == [True] * 8
    tracker.close()


@pytest.mark.slow
def test_frames_decoded_to_step_back_are_hidden_as_a_whole(
    play: Play, walker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[Frame, Frame]] = []
    process = FrameProcessor.process

    def noted(self: FrameProcessor, frame: Frame, events: tuple[()]) -> Frame | None:
        result = process(self, frame, events)
        assert result is not None
        shown.append((frame, result))
        return result

    monkeypatch.setattr(FrameProcessor, "process", noted)
    script = ("seek 1.2", "key SPACE", "key , 40", "quit")
    words = ("--model", "motion", "--draw", "blur:hold=0")
    play(walker, script=script, options=words)
    untracked = [(f, r) for f, r in shown if f.hidden is None]
    assert len(untracked) > 5
    for frame, result in untracked:
        before, after = frame.planes[0], result.planes[0]
        assert not ((before == after) & (before > 60)).any(), "the box is seen"


@pytest.mark.parametrize("option", ["--reid=r.onnx", "--lag=2", "--stride=3"])
def test_without_a_model_its_options_are_refused(
    option: str, walker: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["play", str(walker), option]) == 2
    name = option.partition("=")[0]
    assert f"{name} would be ignored: it needs a --model" in capsys.readouterr().err


def test_nothing_is_drawn_of_no_tracks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=2)
    assert run(["play", str(clip.path), "--draw", "blur"]) == 2
    assert "--draw would be ignored: there are no tracks" in capsys.readouterr().err
