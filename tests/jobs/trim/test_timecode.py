"""A result's timecode is that of its first frame."""

from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import groups, make_clip
from tests.reference import streams, tags

NTSC = Fraction(30000, 1001)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds at 25 frames a second, a keyframe each second, a timecode track."""
    path = tmp_path_factory.mktemp("videos") / "in.mp4"
    extra = ("-timecode", "10:00:00:00")
    return make_clip(path, frames=100, audios=1, video=groups(25, 2), extra=extra).path


def avio(*words: str | Path) -> int:
    return run(list(map(str, words)))


def timecodes(path: Path) -> set[str]:
    """Of all streams, the timecode track among them, and of the file."""
    return {
        value
        for found in (tags(path), *(stream.tags for stream in streams(path)))
        for key, value in found.items()
        if key.lower() == "timecode"
    }


@pytest.mark.parametrize(
    ("extension", "words", "expected"),
    [
        (".mp4", (), "10:00:01:00"),
        (".mkv", (), "10:00:01:00"),
        (".mov", ("--exact",), "10:00:01:13"),
    ],
)
def test_a_cut_advances_it(
    source: Path,
    extension: str,
    words: tuple[str, ...],
    expected: str,
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / f"part{extension}"

    assert avio("trim", source, output, "--start", "1.5", *words) == 0

    assert timecodes(output) == {expected}
    assert "warning" not in capsys.readouterr().err


@pytest.mark.parametrize("copy", [(), ("--copy",)])
def test_a_transcode_advances_it(
    source: Path, copy: tuple[str, ...], ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    output = tmp_path / "part.mp4"

    assert avio("transcode", source, output, "--start", "1.5", *copy) == 0

    assert timecodes(output) == {"10:00:01:00" if copy else "10:00:01:13"}


@pytest.mark.parametrize("extension", [".mp4", ".mov", ".mkv"])
def test_a_copy_of_all_keeps_it(
    source: Path,
    extension: str,
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / f"copy{extension}"

    assert avio("transcode", source, output, "--copy") == 0

    assert timecodes(output) == {"10:00:00:00"}
    assert "warning" not in capsys.readouterr().err


def test_drop_frame_is_respected(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    extra = ("-timecode", "00:00:59;15")
    clip = make_clip(
        tmp_path / "in.mov", rate=NTSC, frames=90, video=groups(30, 2), extra=extra
    )
    part, slow = tmp_path / "part.mov", tmp_path / "slow.mov"

    assert avio("trim", clip.path, part, "--start", "1.01") == 0
    assert avio("transcode", clip.path, slow, "--fps", "25") == 0

    assert timecodes(part) == {"00:01:00;17"}
    assert timecodes(slow) == {"00:00:59:12"}


def test_where_it_cannot_be_kept_that_is_said(
    source: Path,
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert avio("transcode", source, tmp_path / "out.avi") == 0

    said = capsys.readouterr().err
    assert said.count("warning") == 1
    assert "timecode 10:00:00:00 is dropped: avi cannot hold it" in said


def test_of_a_variable_rate_it_is_dropped(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ticks = tuple(i * 3600 + (i % 3) * 900 + (i // 10) * 9000 for i in range(60))
    extra = ("-timecode", "10:00:00:00")
    clip = make_clip(tmp_path / "in.mov", ticks=ticks, video=groups(20, 0), extra=extra)
    output = tmp_path / "part.mov"

    assert avio("trim", clip.path, output, "--start", "1.5") == 0

    assert not timecodes(output)
    assert "timecode 10:00:00:00 is dropped: it cannot be" in capsys.readouterr().err
