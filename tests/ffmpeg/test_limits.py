"""Frames above the limit are refused by name, before anything makes room for them."""

import struct
from pathlib import Path

import pytest

import avio_cli
from avio_cli.cli.main import run
from avio_cli.errors import InputError
from avio_cli.ffmpeg.limits import UNLIMITED, Limits
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.url import parse_url
from tests.clips import Clip, make_clip

STREAM = ("-c:v", "libx264", "-threads", "1", "-g", "5", "-bf", "0")


def bomb(folder: Path, side: int = 16000) -> Path:
    """A GIF of a few bytes, one pixel on a huge canvas."""
    path = folder / "bomb.gif"
    canvas = struct.pack("<HHBBB", side, side, 0x80, 0, 0) + bytes(6)
    image = struct.pack("<BHHHHB", 0x2C, 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    path.write_bytes(b"GIF89a" + canvas + image + b"\x3b")
    return path


def growing(folder: Path) -> Path:
    """A stream whose frames are larger after what a probe decodes."""
    small = make_clip(folder / "a.ts", frames=75, video=STREAM)
    large = make_clip(folder / "b.ts", frames=5, width=640, height=480, video=STREAM)
    path = folder / "growing.ts"
    path.write_bytes(small.path.read_bytes() + large.path.read_bytes())
    return path


def test_the_message_names_the_size_and_the_option(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = bomb(tmp_path)
    assert run(["transcode", str(path), str(tmp_path / "x.mp4")]) == 1
    error, hint = capsys.readouterr().err.splitlines()
    assert error == (
        f"avio: error: cannot open {path}: its frames are 16000x16000 "
        "(256 million pixels), more than --max-pixels 200000000"
    )
    assert hint == "hint: --max-pixels 256000000 opens it, if you trust it"


@pytest.mark.parametrize(
    "words",
    [
        ["info"],
        ["play"],
        ["snapshot", "--at", "0"],
        ["trim", "--end", "1"],
        ["track", "--model", "motion"],
        ["merge"],
    ],
    ids=lambda words: words[0],
)
def test_every_command_refuses_it(
    words: list[str],
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command, *options = words
    output = str(tmp_path / ("x.png" if command == "snapshot" else "x.mp4"))
    names = {
        "merge": [output, str(bomb(tmp_path))],
        "snapshot": [str(bomb(tmp_path)), output],
        "trim": [str(bomb(tmp_path)), output],
    }.get(command, [str(bomb(tmp_path))])
    assert run([command, *names, *options]) == 1
    assert "16000x16000" in capsys.readouterr().err


def test_from_python_the_hint_is_python(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="more than max_pixels=200000000") as caught:
        avio_cli.probe(bomb(tmp_path))
    assert caught.value.hint.startswith("max_pixels=256000000 ")
    found = avio_cli.probe(bomb(tmp_path, 3000), limits=Limits(max_pixels=9_000_000))
    assert found.videos[0].width == 3000


def test_frames_that_grow_in_the_middle_are_refused(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, output = str(growing(tmp_path)), tmp_path / "x.mp4"
    limit = ["--max-pixels", "100000"]
    assert run(["transcode", source, str(output), *limit]) == 1
    shown = "a frame of 640x480 (307200 pixels), more than --max-pixels 100000"
    assert shown in capsys.readouterr().err
    assert not output.exists()
    assert run(["track", source, "--model", "motion", *limit]) == 1
    assert shown in capsys.readouterr().err
    assert run(["transcode", source, str(output)]) == 0


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    return make_clip(tmp_path / "clip.mp4", frames=5, audios=1)


def test_too_many_streams_are_refused(ffmpeg: FFmpeg, clip: Clip) -> None:
    with pytest.raises(InputError, match="2 streams, more than 1"):
        probe(ffmpeg, parse_url(clip.path, Limits(max_streams=1)))


def test_too_much_metadata_is_refused(ffmpeg: FFmpeg, clip: Clip) -> None:
    with pytest.raises(InputError, match="its metadata take more than 0 MB"):
        probe(ffmpeg, parse_url(clip.path, Limits(max_header_bytes=500)))


def test_a_title_with_the_words_of_the_log_is_a_title(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    title = "Picture size 9x9 exceeds specified max pixel count 1"
    extra = ("-metadata", f"title={title}")
    clip = make_clip(tmp_path / "clip.mkv", frames=5, extra=extra)
    assert probe(ffmpeg, parse_url(clip.path)).metadata["title"] == title


def test_a_frame_at_the_limit_is_decoded(ffmpeg: FFmpeg, clip: Clip) -> None:
    # Its coded frames are padded to whole blocks: these do not count.
    with avio_cli.open_video(clip.path, limits=Limits(max_pixels=160 * 96)) as video:
        assert len(list(video)) == 5


def test_what_avio_makes_itself_has_no_limit() -> None:
    assert UNLIMITED.options == ()
