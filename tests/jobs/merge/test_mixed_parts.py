"""avio merge: parts that differ in codec or time base."""

from fractions import Fraction
from itertools import pairwise, permutations
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import H264, Clip, _ffmpeg, groups, indices, make_clip
from tests.reference import packets, streams, timeline

SCALES = {"15360": Fraction(30), "90000": Fraction(30), "2997": Fraction(2997, 100)}
"""Timescales without a common one that is small, and the rate of each file."""
MICROSECOND = Fraction(1, 1_000_000)


def merge(output: Path, *words: str | Path) -> int:
    return run(["merge", str(output), *map(str, words)])


@pytest.mark.parametrize("first", ["hevc", "h264"])
@pytest.mark.parametrize("preset", ["mp4-h264", "mp4-hevc"])
@pytest.mark.sampled(4)
def test_the_tag_of_the_codec_is_that_of_the_result(
    first: str, preset: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    hevc = make_clip(tmp_path / "hevc.mp4", frames=8, video=("-c:v", "libx265"))
    h264 = make_clip(tmp_path / "h264.mp4", frames=8, audios=1)
    parts = [hevc.path, h264.path][:: 1 if first == "hevc" else -1]
    output = tmp_path / "whole.mp4"
    assert merge(output, *parts, "--preset", preset) == 0
    assert indices(output, 160, 96) == [*range(8), *range(8)]
    tag = "avc1" if preset == "mp4-h264" else "hvc1"
    assert [stream.fourcc for stream in streams(output)[:2]] == [tag, "mp4a"]


@pytest.fixture(scope="module")
def scaled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    folder = tmp_path_factory.mktemp("scales")
    return {
        scale: make_clip(
            folder / f"{scale}.mp4",
            frames=20,
            rate=rate,
            video=groups(20, 3),
            extra=("-video_track_timescale", scale),
        )
        for scale, rate in SCALES.items()
    }


@pytest.mark.parametrize("order", [*permutations(SCALES), *permutations(SCALES, 2)])
@pytest.mark.sampled(4)
def test_no_timescale_is_too_fine_for_players(
    order: tuple[str, ...], scaled: dict[str, Clip], ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    output = tmp_path / "whole.mp4"
    assert merge(output, *(scaled[scale].path for scale in order)) == 0
    found = timeline(output)
    assert found.tick >= Fraction(1, 6_000_000)
    steps = [late - early for early, late in pairwise(found.times)]
    wanted = [step for scale in order for step in [1 / SCALES[scale]] * 20]
    for step, right in zip(steps, wanted, strict=False):
        assert abs(step - right) <= MICROSECOND
    assert indices(output, 160, 96) == [*range(20)] * len(order)


@pytest.mark.parametrize("scale", ["10000000", "1000000000"])
@pytest.mark.parametrize("words", [["transcode"], ["merge", "twice"]])
@pytest.mark.sampled(4)
def test_frames_far_apart_in_fine_ticks_stay_in_order(
    scale: str, words: list[str], ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """Two a second, with B-frames: 2**28 ns are a quarter of a second."""
    clip = make_clip(
        tmp_path / "slow.mp4",
        frames=12,
        rate=Fraction(2),
        video=(*H264, "-bf", "0"),
        extra=("-video_track_timescale", scale),
    )
    output = tmp_path / "out.mp4"
    if words[0] == "transcode":
        assert run(["transcode", str(clip.path), str(output)]) == 0
    else:
        assert merge(output, clip.path, clip.path, "--encode") == 0
    times = timeline(output).times
    steps = [late - early for early, late in pairwise(times)]
    assert len(times) == 12 * len(words)
    assert all(abs(step - Fraction(1, 2)) <= MICROSECOND for step in steps)
    assert indices(output, 160, 96) == [*range(12)] * len(words)


def test_a_copy_from_matroska_has_no_nanoseconds(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    clip = make_clip(
        tmp_path / "ms.mkv", frames=12, rate=Fraction(2), video=groups(12, 3)
    )
    data = clip.path.read_bytes()
    scale = data.index(bytes.fromhex("2ad7b1830f4240")) + 4
    fine = tmp_path / "ns.mkv"  # a tick is 1000001 ns: the time base has nanoseconds
    fine.write_bytes(data[:scale] + bytes.fromhex("0f4241") + data[scale + 3 :])
    assert timeline(fine).tick.denominator == 10**9
    output = tmp_path / "out.mp4"
    assert run(["transcode", str(fine), str(output), "--copy"]) == 0
    times = timeline(output).times
    steps = [late - early for early, late in pairwise(times)]
    assert all(abs(step - Fraction(1, 2)) <= 2 * MICROSECOND for step in steps)
    assert indices(output, 160, 96) == [*range(12)]


def test_a_gap_in_the_audio_costs_no_packet(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    """The packet before a gap of a second lasts as long as it does."""
    clip = make_clip(tmp_path / "whole.mp4", frames=100, audios=1)
    gap = "noise=drop='between(pts*tb,1.5,2.6)'"
    holed = tmp_path / "holed.mp4"
    words = ["-i", str(clip.path), "-c", "copy", "-bsf:a", gap, str(holed)]
    _ffmpeg(words)
    output = tmp_path / "out.mp4"
    assert merge(output, holed, holed) == 0
    before, after = (packets(path, "a:0") for path in (holed, output))
    assert len(before) < 150
    assert 2 * len(before) - 4 <= len(after) <= 2 * len(before)


def test_one_channel_at_the_front_left_is_mono(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    pcm = ("-c:a", "pcm_s16le", "-af", "aformat=channel_layouts=FL")
    clip = make_clip(tmp_path / "left.mov", audios=1, audio=pcm)
    output = tmp_path / "out.mp4"
    assert merge(output, clip.path, clip.path) == 0
    audio = streams(output)[1]
    assert (audio.channels, audio.layout) == (1, "mono")


def test_mpeg_whose_clock_starts_again_is_joined_whole(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / "one.ts", frames=50)
    twice = tmp_path / "twice.ts"
    twice.write_bytes(clip.path.read_bytes() * 2)
    output = tmp_path / "out.mp4"
    assert merge(output, clip.path, twice) == 0, capsys.readouterr().err
    assert indices(output, 160, 96) == [*range(50)] * 3


def test_other_timestamps_that_start_again_are_refused(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / "one.ts", frames=50)
    twice, other = tmp_path / "twice.ts", tmp_path / "twice.nut"
    twice.write_bytes(clip.path.read_bytes() * 2)
    _ffmpeg(["-copyts", "-i", str(twice), "-c", "copy", str(other)])
    output = tmp_path / "out.mp4"
    assert merge(output, clip.path, other) == 1
    assert "its timestamps start again" in capsys.readouterr().err
    assert not output.exists()


def test_what_is_left_out_or_relabelled_is_said(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = make_clip(tmp_path / "first.mp4", frames=25, audios=1)
    german = tmp_path / "german.mp4"
    tone = ["-f", "lavfi", "-t", "2", "-i", "sine=sample_rate=48000"]
    words = ["-i", str(first.path), *tone, "-map", "0:v", "-map", "1:a", "-c:v", "copy"]
    _ffmpeg([*words, "-metadata:s:a:0", "language=deu", str(german)])
    output = tmp_path / "out.mp4"
    assert merge(output, german, first.path) == 0
    said = capsys.readouterr().err
    assert "german.mp4: 1.0" in said
    assert "s of audio after its video are left out" in said
    assert "first.mp4: audio track 1 is eng, and is joined to one that is deu" in said
    assert merge(output, first.path, first.path, "-y") == 0
    assert "warning" not in capsys.readouterr().err
