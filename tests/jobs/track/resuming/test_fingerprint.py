"""What determines boxes and tracks is in the fingerprint of a detector and a run."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from avio_cli.ffmpeg.locate import locate_ffmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from avio_cli.jobs.track.detection_source import open_detection_source
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.job_parts import DetectorOptions
from avio_cli.jobs.track.result_files import load_detections
from avio_cli.jobs.track.resuming.fingerprint import (
    run_fingerprint,
    source_fingerprint,
)
from avio_cli.jobs.track.trackers.options import TrackerOptions
from avio_cli.media.info import VideoStream
from avio_cli.vision.results.settings import ResultSettings
from tests.clips import make_clip

VIDEO = VideoStream(
    index=0, codec="h264", time_base=Fraction(1, 25), coded_width=64, coded_height=64
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> MediaSource:
    clip = make_clip(tmp_path_factory.mktemp("asked") / "a.mp4", frames=2)
    return MediaSource.probe(locate_ffmpeg(), parse_url(str(clip.path)))


def fingerprint(model: Path) -> str:
    options = DetectorOptions(model=str(model), workers=1)
    source = open_detection_source(options, VIDEO, 1, load_detections)
    source.close()
    return source.fingerprint


def test_another_description_of_the_same_file_is_another_detector(
    shared: Path, tmp_path: Path
) -> None:
    model = tmp_path / "mine.onnx"
    model.write_bytes((shared / "models" / "yolox_nano.onnx").read_bytes())
    description = model.with_suffix(".toml")
    description.write_text("schema = 2\n")
    first = fingerprint(model)
    assert fingerprint(model) == first
    description.write_text('schema = 2\ncolor = "rgb"\n')
    assert fingerprint(model) != first


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"options": {"camera_motion": "off", "track_thresh": "0.60"}}),
        ({"name": "steadytrack"}, {"options": {"camera_motion": "boxes"}}),
        ({}, {"results": ResultSettings(min_length=1)}),
        (
            {"refine": "fast"},
            {"results": ResultSettings(min_length=3, compact_ids=True)},
        ),
        (
            {"refine": "fast"},
            {"results": ResultSettings(min_length=5)},
        ),
    ],
)
def test_a_default_that_is_spelled_out_is_no_other_run(
    one: dict[str, Any], other: dict[str, Any], source: MediaSource
) -> None:
    assert asked(source, **one) == asked(source, **{**one, **other})


@pytest.mark.parametrize(
    ("changed", "row"),
    [
        ({"options": {"camera_motion": "boxes"}}, ("--camera-motion", "boxes")),
        ({"options": {"frame_rate": "30"}}, ("--tracker-option", "frame_rate=30")),
        ({"options": {"frame_rate": "25"}}, ("--tracker-option", "frame_rate=25")),
        ({"options": {"low_thresh": "0.20"}}, ("--tracker-option", "low_thresh=0.2")),
        ({"results": ResultSettings(min_length=6)}, ("--min-length", "6")),
    ],
)
def test_what_changes_tracks_is_named_by_its_option(
    changed: dict[str, Any], row: tuple[str, str], source: MediaSource
) -> None:
    assert asked(source, **changed).items() - asked(source).items() == {row}


def asked(source: MediaSource, **tracker: Any) -> dict[str, str]:
    job = TrackJob(source=source, tracker=TrackerOptions(**tracker))
    return run_fingerprint(job, "a detector")


def test_a_source_is_the_same_by_any_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip(tmp_path / "in.mp4", frames=5).path
    (tmp_path / "other.mp4").symlink_to(clip)
    monkeypatch.chdir(tmp_path)

    def known_as(path: str) -> str:
        return source_fingerprint(MediaSource.probe(locate_ffmpeg(), parse_url(path)))

    paths = ("in.mp4", "./in.mp4", "other.mp4", str(clip))
    assert len({known_as(path) for path in paths}) == 1
