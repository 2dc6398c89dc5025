"""Every real file, to Matroska and MP4, without and with Python in between.

Each must end in a right result or a clear error: equal frame times, audio where it
was, the right size, all streams; or status 1, one error line, and nothing left.
"""

import functools
import itertools
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from tests.reference import (
    Timeline,
    first_packet_time,
    stream_kinds,
    timeline,
)

CLEAN_ERRORS = {
    "corrupted.mp4": "damaged",
    "invalid-bitstream.webm": "decoded",
    "truncated.mp4": "cut off",
}
"""Files that cannot be used, and a word of the error that must name the cause."""

LARGE = {
    *("portrait_4k60.mp4", "edit_list_positive_shift.mp4", "hdr10-av1.mp4"),
    *("vtest.avi", "car_with_audio.mp4", "people_with_tone.mp4", "TUD-Campus.mp4"),
}
FILES = (
    *("SAR-2by3.mp4", "bbb_800x640_768kbps_30fps_avc_2b_firstpts_10_sec.mp4"),
    *("bear-vp9-odd-dimensions.webm", "corrupted.mp4", "edit_list_positive_shift.mp4"),
    *("h264-png.mp4", "h265_10bits.mp4", "hdr10-av1.mp4", "interlaced.mp4"),
    *("invalid-bitstream.webm", "mov_text.mp4", "multi-track.mp4", "nasa_13013.mp4"),
    *("portrait_4k60.mp4", "sample.avi", "sample_android_slow_motion.mp4"),
    *("sample_audio_only.mp4", "sample_fragmented.mp4", "sample_h264.ts"),
    *("sample_missing_stsd.mp4", "sample_with_srt.mkv", "testsrc_with_attachment.mkv"),
    *("truncated.mp4", "var_fps_video.mp4", "video_180.mov", "video_90.mov"),
    *("TUD-Campus.mp4", "car_with_audio.mp4", "people_with_tone.mp4", "vtest.avi"),
)
UNKEPT = {
    ("testsrc_with_attachment.mkv", ".mp4"): {"attachment"},
    ("sample_missing_stsd.mp4", ".mkv"): {"audio"},  # of no known codec
    ("sample_missing_stsd.mp4", ".mp4"): {"audio"},
}
"""Kinds of streams that the container cannot hold; each is named in a warning."""

IDENTITY = "def same(frame):\n    pass\n"


WITH_THE_BUNDLED = (("alone", ".mkv", "bundled"), ("callback", ".mp4", "bundled"))
WITH_THE_SYSTEMS = (("callback", ".mkv", "system"), ("alone", ".mp4", "system"))
"""Runs by default, of each file: these by one ffmpeg, one of these by the other."""


def cases() -> Iterator[Any]:
    """Files, modes, containers and ffmpegs, each with each; most of them are slow."""
    in_turn = itertools.cycle(WITH_THE_SYSTEMS)
    for name in FILES:
        quick = {*WITH_THE_BUNDLED, next(in_turn)} if name not in LARGE else set()
        for ways in itertools.product(
            ("alone", "callback"), (".mkv", ".mp4"), ("bundled", "system")
        ):
            yield pytest.param(
                name,
                *ways,
                marks=[] if ways in quick else [pytest.mark.slow],
                id="-".join([name, *ways]),
            )


@pytest.fixture
def mode(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    if request.param == "alone":
        return []
    (tmp_path / "identity.py").write_text(IDENTITY)
    return ["--callback", f"{tmp_path / 'identity.py'}:same"]


def find(shared: Path, name: str) -> Path:
    for folder in (shared / "media" / "edge", shared / "media"):
        if (folder / name).exists():
            return folder / name
    pytest.fail(f"{name} is not among the real media")


@functools.cache
def _truth(path: Path, stream: str) -> Timeline:
    return timeline(path, stream)


def test_the_list_names_every_real_file(shared: Path) -> None:
    found = {p.name for p in (shared / "media").rglob("*.*")} - {"README.md"}

    assert found == set(FILES)


@pytest.mark.all_cases
@pytest.mark.parametrize(
    ("name", "mode", "extension", "ffmpeg"), list(cases()), indirect=["mode", "ffmpeg"]
)
@pytest.mark.sampled(23)
def test_a_real_file_is_kept_whole_or_refused_cleanly(
    name: str,
    mode: list[str],
    extension: str,
    ffmpeg: FFmpeg,
    shared: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = find(shared, name)
    folder = tmp_path / "out"
    folder.mkdir()
    output = folder / f"result{extension}"

    fast = ["--encoder-option", "preset=ultrafast"]
    status = run(["transcode", str(source), str(output), *mode, *fast])

    printed = capsys.readouterr()
    assert printed.out == ""
    if name in CLEAN_ERRORS or (mode and name == "sample_audio_only.mp4"):
        assert_refused(status, printed.err, folder, CLEAN_ERRORS.get(name, "no video"))
        return
    assert status == 0, printed.err
    assert [p.name for p in folder.iterdir()] == [output.name]
    assert_same_times(source, output)
    assert_same_offset(source, output)
    assert_same_size(source, output, printed.err)
    assert_same_streams(source, output, printed.err)


def assert_refused(status: int, printed: str, folder: Path, word: str) -> None:
    errors = [line for line in printed.splitlines() if line.startswith("avio: error: ")]
    assert status == 1
    assert len(errors) == 1
    assert word in errors[0]
    assert list(folder.iterdir()) == []


def assert_same_times(source: Path, output: Path) -> None:
    before, after = _truth(source, "V:0"), timeline(output)
    assert len(after.times) == len(before.times)
    # Both the first time and this one may be rounded to the container's tick.
    tick = after.tick if before.tick % after.tick else Fraction(0)
    for expected, actual in zip(before.relative, after.relative, strict=True):
        assert abs(actual - expected) <= tick


def assert_same_offset(source: Path, output: Path) -> None:
    audio, audio_after = (first_packet_time(p, "a:0") for p in (source, output))
    frames, frames_after = _truth(source, "V:0"), timeline(output)
    if audio is None or audio_after is None or not frames.times:
        return
    before = frames.times[0] - audio
    after = frames_after.times[0] - audio_after
    assert abs(after - before) <= max(frames_after.tick, frames.tick)


def assert_same_size(source: Path, output: Path, printed: str) -> None:
    before, after = _truth(source, "V:0"), timeline(output)
    expected = (before.width, before.height)
    if source.name in ("video_90.mov", "portrait_4k60.mp4"):
        expected = expected[::-1]
    if any(side % 2 for side in expected):
        assert "needs even sizes" in printed
        expected = tuple(side + side % 2 for side in expected)
    assert (after.width, after.height) == expected


def assert_same_streams(source: Path, output: Path, printed: str) -> None:
    before = [kind for kind, _ in stream_kinds(source)]
    after = [kind for kind, _ in stream_kinds(output)]
    lost = UNKEPT.get((source.name, output.suffix), set())
    assert sorted(after) == sorted(kind for kind in before if kind not in lost)
    for kind in lost:
        assert f"{kind} stream #" in printed
