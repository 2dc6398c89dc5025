"""avio from Python: the truth of clips survives reading, writing and transcoding."""

import logging
import os
import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avio_cli import api
from avio_cli.errors import (
    CallbackError,
    DamagedInputError,
    InputError,
    OutputError,
    UsageError,
)
from avio_cli.media.frame import DROP, Frame
from tests.clips import VARIABLE, Clip, decode, indices, make_clip, read_index
from tests.reference import stream_kinds, timeline

pytestmark = pytest.mark.usefixtures("bundled_ffmpeg")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make_clip(tmp_path_factory.mktemp("api") / "clip.mp4", frames=50, audios=1)


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make_clip(tmp_path_factory.mktemp("api") / "vfr.mp4", ticks=VARIABLE)


def test_probe_takes_texts_and_paths(clip: Clip) -> None:
    for source in (clip.path, str(clip.path), os.fspath(clip.path)):
        info = api.probe(source)
        assert (info.videos[0].width, len(info.audios)) == (160, 1)


def test_open_video_gives_every_frame_with_its_time(uneven: Clip) -> None:
    with api.open_video(uneven.path) as video:
        seen = [(read_index(frame.pixels), frame.time) for frame in video]
    assert [index for index, _ in seen] == list(range(40))
    assert tuple(time - seen[0][1] for _, time in seen) == uneven.times
    assert video.damage() == ""


@pytest.mark.parametrize(
    ("start", "end"),
    [(0.4, 0.8), (Fraction(2, 5), Fraction(4, 5)), (0.361, 0.761)],
)
def test_open_video_between_two_times(clip: Clip, start: Any, end: Any) -> None:
    with api.open_video(clip.path, start=start, end=end) as video:
        assert [read_index(frame.pixels) for frame in video] == list(range(10, 20))


def test_open_video_in_another_pixel_format(clip: Clip) -> None:
    with api.open_video(clip.path, pixel_format="yuv420p") as video:
        frame = next(iter(video))
    assert [plane.shape for plane in frame.pixels] == [(96, 160), (48, 80), (48, 80)]


def test_open_video_refuses_what_is_not_there(clip: Clip, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        api.open_video(tmp_path / "missing.mp4")
    with pytest.raises(InputError, match="no video track number 1"):
        api.open_video(clip.path, track=1)
    with pytest.raises(UsageError, match="unknown pixel format"):
        api.open_video(clip.path, pixel_format="rgb48")
    with pytest.raises(UsageError, match="standard input"):
        api.open_video("-")


def test_frames_keep_times_and_the_source_its_audio(
    uneven: Clip, clip: Clip, tmp_path: Path
) -> None:
    out = tmp_path / "out.mp4"
    with api.open_video(uneven.path) as video, api.create_video(out) as writer:
        for frame in video:
            writer.write(frame)
    assert writer.frames_written == 40
    assert timeline(out).relative == uneven.times
    carried = tmp_path / "carried.mkv"
    with (
        api.open_video(clip.path) as video,
        api.create_video(carried, source=clip.path) as writer,
    ):
        for frame in video:
            writer.write(255 - frame.pixels, like=frame)
    assert stream_kinds(carried) == [("video", "h264"), ("audio", "aac")]
    negative = decode(carried, 160, 96)[3].astype(int)
    assert np.abs(negative + decode(clip.path, 160, 96)[3] - 255).mean() < 5


def test_arrays_at_a_rate(tmp_path: Path) -> None:
    rate = Fraction(30000, 1001)
    with api.create_video(tmp_path / "ramp.mp4", rate=rate) as out:
        for level in range(0, 200, 20):
            image = np.full((96, 160, 3), (255, level, 0), np.uint8)
            out.write(image[:, ::-1, ::-1])
    assert timeline(tmp_path / "ramp.mp4").times == tuple(i / rate for i in range(10))
    middle = decode(tmp_path / "ramp.mp4", 160, 96)[5][48, 80].astype(int)
    assert np.abs(middle - (0, 100, 255)).max() < 12


def test_grey_arrays(tmp_path: Path) -> None:
    with api.create_video(tmp_path / "grey.mkv", rate=12.5) as out:
        for level in range(0, 200, 20):
            out.write(np.full((96, 160), level, np.uint8))
    assert api.probe(tmp_path / "grey.mkv").videos[0].average_rate == Fraction(25, 2)
    image = decode(tmp_path / "grey.mkv", 160, 96)[5].astype(int)
    assert np.abs(image - 100).max() < 5


def test_an_array_without_time_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no time of its own"):
        write_one(tmp_path, np.zeros((96, 160, 3), np.uint8))


@pytest.mark.parametrize(
    "image",
    [np.zeros((96, 160, 3)), np.zeros((96, 160, 4), np.uint8), [[1, 2]], None],
    ids=["float", "four channels", "list", "None"],
)
def test_what_is_no_image_is_refused_and_leaves_no_file(
    tmp_path: Path, image: Any
) -> None:
    with pytest.raises(UsageError, match="frame 0 cannot be written"):
        write_one(tmp_path, image, rate=25)
    assert list(tmp_path.iterdir()) == []


def write_one(folder: Path, image: Any, **options: Any) -> None:
    with api.create_video(folder / "out.mp4", **options) as out:
        out.write(image)


def test_an_exception_in_the_block_leaves_no_file(tmp_path: Path) -> None:
    def fail() -> None:
        with api.create_video(tmp_path / "out.mp4", rate=25) as out:
            out.write(np.zeros((96, 160, 3), np.uint8))
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_no_image_at_all_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="no frame to write"),
        api.create_video(tmp_path / "out.mp4", rate=25),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_create_video_replaces_nothing_unasked(clip: Clip, tmp_path: Path) -> None:
    (tmp_path / "out.mp4").write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        api.create_video(tmp_path / "out.mp4", rate=25)
    with pytest.raises(OutputError, match="the input itself"):
        api.create_video(clip.path, source=clip.path, force=True)
    assert (tmp_path / "out.mp4").read_text() == "mine"


@pytest.mark.parametrize(
    "preset", ["mkv-ffv1", "mkv-h264"], ids=["lossless", "by name"]
)
def test_create_video_takes_a_preset(tmp_path: Path, preset: str) -> None:
    with api.create_video(tmp_path / "out.bin", rate=25, preset=preset) as out:
        out.write(np.zeros((96, 160, 3), np.uint8))
    assert api.probe(tmp_path / "out.bin").container.startswith("matroska")


def test_a_source_without_video_cannot_be_carried(tmp_path: Path) -> None:
    audio = tmp_path / "audio.wav"
    with wave.open(str(audio), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(8000))
    with pytest.raises(InputError, match="no video stream"):
        api.create_video(tmp_path / "out.mp4", source=audio)


def test_transcode_with_callbacks_in_order(clip: Clip, tmp_path: Path) -> None:
    seen: list[int] = []

    def first(frame: Frame) -> Any:
        return DROP if frame.index % 2 else None

    def second(frame: Frame) -> None:
        seen.append(frame.index)

    out = tmp_path / "out.mp4"
    summary = api.transcode(clip.path, out, callback=[first, second], end=1)
    assert summary.frames == 13
    assert seen == indices(out, 160, 96) == list(range(0, 25, 2))


def test_transcode_asks_a_callback_for_its_pixel_format(
    clip: Clip, tmp_path: Path
) -> None:
    class Luma:
        pixel_format = "gray"

        def __call__(self, frame: Frame) -> None:
            assert frame.pixels.shape == (96, 160)

    api.transcode(clip.path, tmp_path / "out.mp4", callback=Luma(), end=Fraction(1, 5))
    assert indices(tmp_path / "out.mp4", 160, 96) == list(range(5))


def test_transcode_with_choices(clip: Clip, tmp_path: Path) -> None:
    out = tmp_path / "out.webm"
    steps: list[api.Progress] = []
    summary = api.transcode(
        clip.path,
        out,
        video_options=api.VideoOptions(width=80, quality=50),
        audio=False,
        on_progress=steps.append,
    )
    assert summary.size == out.stat().st_size
    assert [s.codec for s in api.probe(out).streams] == ["vp9"]
    assert api.probe(out).videos[0].width == 80
    assert steps[-1].frames == 50


def test_transcode_encodes_audio_that_is_to_be_filtered(
    clip: Clip, tmp_path: Path
) -> None:
    out = tmp_path / "out.mkv"
    audio = api.AudioOptions(encoder="libopus", filters="volume=0.5")
    api.transcode(clip.path, out, audio_options=audio, end=1)
    assert [s.codec for s in api.probe(out).audios] == ["opus"]


def test_transcode_distinguishes_failures(clip: Clip, tmp_path: Path) -> None:
    def broken(frame: Frame) -> None:
        raise KeyError("mine")

    out = tmp_path / "out.mp4"
    with pytest.raises(CallbackError, match="broken failed at frame 0") as caught:
        api.transcode(clip.path, out, callback=broken)
    assert isinstance(caught.value.__cause__, KeyError)
    assert "in broken" in caught.value.report
    with pytest.raises(UsageError, match="cannot be combined with a callback"):
        api.transcode(clip.path, out, callback=broken, copy=True)
    cut = tmp_path / "cut.mp4"
    whole = make_clip(tmp_path / "whole.mp4", extra=("-movflags", "+faststart")).path
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    with pytest.raises(DamagedInputError):
        api.transcode(cut, out)
    assert not out.exists()


def test_warnings_go_to_the_logger(
    clip: Clip, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    image = api.VideoOptions(filters="crop=81:61")
    with caplog.at_level(logging.WARNING, "avio"):
        api.transcode(clip.path, tmp_path / "out.mp4", video_options=image, end=1)
    assert all(record.name.startswith("avio") for record in caplog.records)


def test_the_surface_is_complete() -> None:
    for name in api.__all__:
        assert getattr(api, name) is not None


def test_create_video_that_fails_to_open_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AVIO_FFMPEG", str(tmp_path / "none"))
    with pytest.raises(api.AvioError):
        api.create_video(tmp_path / "out.mp4", rate=25)
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_cannot_be_sent_to_is_refused_before_the_source_is_read(
    tmp_path: Path,
) -> None:
    with pytest.raises(api.OutputError, match="http://"):
        api.transcode(tmp_path / "none.mp4", "http://host/x")
