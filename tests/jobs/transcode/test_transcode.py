"""Whole transcodes on generated clips: bit-exact where promised, refused where not."""

import os
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import H264, VARIABLE, groups, indices, make_clip
from tests.reference import (
    container_start,
    frame_hashes,
    packets_hash,
    stream_kinds,
    timeline,
)

FAST = ("--encoder-option", "preset=ultrafast")
NAMES = (
    *("-y.mp4", "a:b.mp4", "100%d.mp4", "with space.mp4", "quote'\".mp4"),
    *("new\nline.mp4", "naïve 映画.mp4", "%03d.mp4", "*.mp4", "[x].mp4", "-.mp4"),
    *("x" * 246 + ".mp4", os.fsdecode(b"latin-\xe9.mp4")),
)


@pytest.fixture
def yuv_identity(tmp_path: Path) -> str:
    file = tmp_path / "identity.py"
    file.write_text(
        "def same(frame):\n    pass\n\nsame.pixel_format = 'yuv420p'\n"
        "def small(frame):\n    return frame.pixels[::2, ::2]\n"
        "def late(frame):\n    frame.seconds += 1.5\n"
        "def half(frame):\n"
        "    from avio_cli.media.frame import DROP\n"
        "    return DROP if frame.index % 2 else None\n"
        "def nothing(frame):\n"
        "    from avio_cli.media.frame import DROP\n"
        "    return DROP\n"
    )
    return str(file)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuvj420p"])
def test_an_identity_callback_to_ffv1_is_bit_identical(
    pixel_format: str, ffmpeg: FFmpeg, tmp_path: Path, yuv_identity: str
) -> None:
    video = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", pixel_format]
    source = make_clip(tmp_path / "in.mp4", audios=2, video=video).path
    output = tmp_path / "out.mkv"

    status = run(
        [
            "transcode",
            str(source),
            str(output),
            "--preset",
            "mkv-ffv1",
            "--callback",
            f"{yuv_identity}:same",
        ]
    )

    assert status == 0
    assert frame_hashes(output, pixel_format) == frame_hashes(source, pixel_format)
    assert packets_hash(output, "a:0") == packets_hash(source, "a:0")
    assert packets_hash(output, "a:1") == packets_hash(source, "a:1")


@pytest.mark.parametrize("callback", [False, True])
def test_video_with_a_timecode_track_is_in_the_result(
    callback: bool, ffmpeg: FFmpeg, tmp_path: Path, yuv_identity: str
) -> None:
    """ffmpeg 9.0 lists both as a group of streams."""
    timecode = ("-timecode", "10:00:00:00")
    clip = make_clip(tmp_path / "in.mov", audios=1, extra=timecode)
    output = tmp_path / "out.mp4"
    words = ["--callback", f"{yuv_identity}:same"] if callback else []

    assert run(["transcode", str(clip.path), str(output), *FAST, *words]) == 0

    assert stream_kinds(output)[:2] == [("video", "h264"), ("audio", "aac")]
    assert indices(output, clip.width, clip.height) == list(range(clip.count))


@pytest.mark.parametrize("name", ["car_with_audio.mp4", "edge/sample_h264.ts"])
@pytest.mark.slow
def test_an_identity_callback_keeps_a_real_video_bit_identical(
    name: str, ffmpeg: FFmpeg, shared: Path, tmp_path: Path, yuv_identity: str
) -> None:
    source, output = shared / "media" / name, tmp_path / "out.mkv"

    status = run(
        [
            "transcode",
            str(source),
            str(output),
            "--preset",
            "mkv-ffv1",
            "--callback",
            f"{yuv_identity}:same",
        ]
    )

    assert status == 0
    assert frame_hashes(output, "yuv420p") == frame_hashes(source, "yuv420p")
    if "audio" in name:
        assert packets_hash(output, "a:0") == packets_hash(source, "a:0")


@pytest.mark.parametrize("callback", [False, True])
@pytest.mark.parametrize("extension", [".mp4", ".mkv"])
def test_a_variable_rate_survives(
    callback: bool, extension: str, ffmpeg: FFmpeg, tmp_path: Path, yuv_identity: str
) -> None:
    clip = make_clip(tmp_path / "in.mp4", ticks=VARIABLE)
    output = tmp_path / f"out{extension}"
    options = ["--callback", f"{yuv_identity}:same"] if callback else []

    assert run(["transcode", str(clip.path), str(output), *FAST, *options]) == 0

    result = timeline(output)
    tolerance = Fraction(0) if extension == ".mp4" else result.tick
    assert len(result.times) == clip.count
    for expected, actual in zip(clip.times, result.relative, strict=True):
        assert abs(expected - actual) <= tolerance


@pytest.mark.parametrize("extension", [".mp4", ".mkv", ".ts", ".avi"])
@pytest.mark.parametrize("callback", [False, True])
@pytest.mark.sampled(4)
def test_start_and_end_are_exact(
    callback: bool, extension: str, ffmpeg: FFmpeg, tmp_path: Path, yuv_identity: str
) -> None:
    # AVI has no presentation timestamps, so none of it has B-frames.
    video = ["-c:v", "mpeg4", "-q:v", "4"] if extension == ".avi" else H264
    clip = make_clip(tmp_path / f"in{extension}", frames=100, audios=1, video=video)
    output = tmp_path / "out.mkv"
    options = ["--callback", f"{yuv_identity}:same"] if callback else []
    hashes = frame_hashes(clip.path, "yuv420p")
    origin = container_start(clip.path)
    times = [time - origin for time in timeline(clip.path).times]
    wanted = [
        hash_
        for time, hash_ in zip(times, hashes, strict=True)
        if Fraction("1.99") <= time < 3
    ]

    status = run(
        [
            *("transcode", str(clip.path), str(output), "--preset", "mkv-ffv1"),
            *("--start", "1.99", "--end", "0:03.00", *options),
        ]
    )

    assert status == 0
    assert len(wanted) == 25
    assert frame_hashes(output, "yuv420p") == wanted
    audio, video_track = timeline(output, "a:0"), timeline(output)
    assert abs(audio.times[0] - video_track.times[0]) <= Fraction(3, 100)
    assert Fraction(9, 10) < audio.relative[-1] < Fraction(11, 10)


def test_a_callback_may_change_the_size(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, yuv_identity: str
) -> None:
    clip = make_clip(tmp_path / "in.mp4", audios=1)
    output = tmp_path / "out.mp4"

    callback = f"{yuv_identity}:small"
    assert run(["transcode", str(clip.path), str(output), "--callback", callback]) == 0

    result = timeline(output)
    assert (result.width, result.height) == (clip.width // 2, clip.height // 2)
    assert result.relative == clip.times


def test_a_callback_may_drop_frames_and_move_them(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, yuv_identity: str
) -> None:
    clip = make_clip(tmp_path / "in.mp4", audios=1)
    output = tmp_path / "out.mp4"
    both = [f"--callback={yuv_identity}:{name}" for name in ("half", "late")]

    assert run(["transcode", str(clip.path), str(output), *both]) == 0

    result = timeline(output)
    assert result.relative == clip.times[::2]
    assert result.times[0] == Fraction(3, 2)  # the audio stays where it was


def test_dropping_every_frame_is_an_error(
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    yuv_identity: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clip = make_clip(tmp_path / "in.mp4")
    output = tmp_path / "out.mp4"

    status = run(
        [
            *("transcode", str(clip.path), str(output)),
            *("--callback", f"{yuv_identity}:nothing"),
        ]
    )

    assert status == 1
    assert "no frame to write" in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
@pytest.mark.sampled(5)
def test_any_file_name_works_both_ways(
    name: str, ffmpeg: FFmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = make_clip(tmp_path / "plain.mp4", frames=3)
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    clip.path.rename(inside / name)
    monkeypatch.chdir(inside)

    assert run(["transcode", *FAST, "--", name, str(outside / name)]) == 0
    monkeypatch.chdir(outside)
    assert run(["info", "--", name]) == 0
    assert run(["transcode", *FAST, "--", name, "back.mkv"]) == 0

    assert sorted(p.name for p in outside.iterdir()) == sorted([name, "back.mkv"])


@pytest.mark.parametrize("link", ["same", "hard", "symbolic"])
def test_the_input_is_never_the_output(
    link: str,
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = make_clip(tmp_path / "in.mp4", frames=3).path
    before = source.read_bytes()
    output = source
    if link == "hard":
        output = tmp_path / "hard.mp4"
        output.hardlink_to(source)
    elif link == "symbolic":
        output = tmp_path / "soft.mp4"
        output.symlink_to(source)

    status = run(["transcode", str(source), str(output), "-y"])

    assert status == 1
    assert "is the input itself" in capsys.readouterr().err
    assert source.read_bytes() == before


def test_an_output_is_replaced_only_by_force(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = make_clip(tmp_path / "in.mp4", frames=3).path
    output = tmp_path / "out.mkv"
    output.write_text("precious")

    assert run(["transcode", str(source), str(output)]) == 1
    assert output.read_text() == "precious"
    assert "hint: -y replaces it" in capsys.readouterr().err
    assert run(["transcode", str(source), str(output), "-y"]) == 0
    assert stream_kinds(output) == [("video", "h264")]


@pytest.mark.parametrize("kind", ["m3u8", "ffconcat"])
def test_a_playlist_renamed_mp4_reads_no_other_file(
    kind: str, ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_clip(tmp_path / "secret.ts", frames=3)
    text = {
        "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nsecret.ts\n"
        "#EXT-X-ENDLIST\n",
        "ffconcat": "ffconcat version 1.0\nfile secret.ts\n",
    }
    disguised = tmp_path / "input.mp4"
    disguised.write_text(text[kind])

    for command in (["info"], ["transcode"]):
        output = [str(tmp_path / "out.mp4")] if command == ["transcode"] else []
        assert run([*command, str(disguised), *output]) == 1
        error = capsys.readouterr().err
        assert error.startswith("avio: error: ")
        assert "hint:" in error
    assert not (tmp_path / "out.mp4").exists()


def test_allow_damaged_keeps_what_can_be_decoded(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extra = ["-movflags", "+faststart"]
    clip = make_clip(tmp_path / "whole.mp4", frames=100, extra=extra)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clip.path.read_bytes()[: clip.path.stat().st_size * 6 // 10])
    output = tmp_path / "out.mp4"

    assert run(["transcode", str(cut), str(output)]) == 1
    assert not output.exists()
    assert "cut off" in capsys.readouterr().err
    assert run(["transcode", str(cut), str(output), "--allow-damaged"]) == 0
    assert "avio: warning:" in capsys.readouterr().err
    assert 20 < len(timeline(output).times) < 100


def test_a_dry_run_prints_the_command_and_touches_nothing(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = make_clip(tmp_path / "in.mp4", frames=3).path

    assert run(["transcode", str(source), str(tmp_path / "o.mkv"), "--dry-run"]) == 0

    assert capsys.readouterr().out.startswith("ffmpeg -hide_banner")
    assert [p.name for p in tmp_path.iterdir()] == ["in.mp4"]


def test_copy_changes_only_the_container(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "in.mp4", audios=2)
    output = tmp_path / "out.mkv"

    assert run(["transcode", str(clip.path), str(output), "--copy"]) == 0

    for stream in ("v:0", "a:0", "a:1"):
        assert packets_hash(output, stream) == packets_hash(clip.path, stream)


@pytest.mark.parametrize("start", ["2", "2.6"])
def test_a_copy_starts_with_the_keyframe_before_its_start(
    start: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "in.mp4", frames=100, video=groups(25, 3))
    output = tmp_path / "out.mp4"
    options = ["--copy", "--start", start]

    assert run(["transcode", str(clip.path), str(output), *options]) == 0

    assert indices(output, clip.width, clip.height) == list(range(50, 100))
    assert timeline(output).relative[0] == 0


def test_a_copy_of_avi_starts_with_a_keyframe_too(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    # H.264 in AVI has no pts.
    clip = make_clip(tmp_path / "in.avi", frames=100, video=groups(25, 0))
    output = tmp_path / "out.mp4"
    options = ["--copy", "--start", "2.6"]

    assert run(["transcode", str(clip.path), str(output), *options]) == 0

    assert indices(output, clip.width, clip.height) == list(range(50, 100))


@pytest.mark.parametrize("words", [(), ("--copy",), ("--callback",)])
@pytest.mark.sampled(3)
def test_flv_that_is_cut_off_is_refused_wherever_it_ends(
    words: tuple[str, ...],
    ffmpeg: FFmpeg,
    tmp_path: Path,
    yuv_identity: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = make_clip(tmp_path / "whole.flv", frames=100, audios=1, video=groups(25, 2))
    data, end = whole.path.read_bytes(), 13
    while end < whole.path.stat().st_size * 0.55:
        end += 15 + int.from_bytes(data[end + 1 : end + 4])
    options = [*words, f"{yuv_identity}:same"] if "--callback" in words else [*words]
    options += [] if "--copy" in words else FAST
    for extra in (0, 40):  # after a whole packet, and in the next one
        cut, output = tmp_path / "cut.flv", tmp_path / "out.mp4"
        cut.write_bytes(data[: end + extra])
        assert run(["transcode", str(cut), str(output), *options]) == 1
        assert "cut.flv is " in capsys.readouterr().err
        assert not output.exists()
    assert run(["transcode", str(whole.path), str(output), *options]) == 0
    assert "warning" not in capsys.readouterr().err


def test_audio_that_is_longer_than_its_video_is_no_damage(
    ffmpeg: FFmpeg, tmp_path: Path, yuv_identity: str
) -> None:
    longer = ("-af", "apad=pad_dur=2")
    clip = make_clip(tmp_path / "in.flv", audios=1, extra=longer)
    words = ["--callback", f"{yuv_identity}:same", *FAST]
    assert run(["transcode", str(clip.path), str(tmp_path / "out.mp4"), *words]) == 0
