"""Subtitles of a cut: what is on screen at its ends starts and ends there."""

from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run as run_program
from tests.clips import groups, make_clip
from tests.reference import duration, packets

LONG = "1\n00:00:00,500 --> 00:00:03,500\nlong <i>one</i>\n\n"
INSIDE = "1\n00:00:02,000 --> 00:00:02,400\ninside\n\n"
OVERLAPPING = LONG + "2\n00:00:02,000 --> 00:00:03,000\nover it\n\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("videos")
    make_clip(path / "video.mp4", frames=100, audios=0, video=groups(25, 2))
    return path


def subtitled(folder: Path, name: str, text: str, codec: str) -> Path:
    path, cues = folder / name, folder / f"{name}.srt"
    cues.write_text(text)
    argv = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-y",
        "-i",
        folder / "video.mp4",
        "-i",
        cues,
    ]
    argv += ["-map", "0", "-map", "1", "-c", "copy", "-c:s", codec, path]
    assert run_program(argv).status == 0
    return path


def avio(*words: str | Path) -> int:
    return run(list(map(str, words)))


def cues(path: Path) -> list[tuple[str, str]]:
    """Start and end of each cue that shows something."""
    return [
        (f"{float(packet.pts):.3f}", f"{float(packet.pts + packet.duration):.3f}")
        for packet in packets(path, "s:0")
        if packet.size > 2 and packet.duration and packet.pts is not None
    ]


@pytest.mark.parametrize(
    ("codec", "source", "output"),
    [
        ("mov_text", "in.mp4", "out.mp4"),
        ("mov_text", "in.mp4", "out.mkv"),
        ("subrip", "in.mkv", "out.mkv"),
        ("ass", "ass.mkv", "out.mkv"),
        ("webvtt", "vtt.mkv", "out.mkv"),
    ],
)
@pytest.mark.parametrize(
    "words",
    [
        ("trim", "--start", "1", "--end", "2"),
        ("trim", "--start", "1", "--end", "2", "--exact"),
        ("transcode", "--start", "1", "--end", "2"),
        ("transcode", "--start", "1", "--end", "2", "--copy"),
    ],
)
@pytest.mark.sampled(7)
def test_a_long_cue_starts_and_ends_with_the_cut(
    folder: Path,
    codec: str,
    source: str,
    output: str,
    words: tuple[str, ...],
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clip, result = subtitled(folder, source, LONG, codec), tmp_path / output

    assert avio(words[0], clip, result, *words[1:]) == 0

    ((start, end),) = cues(result)
    assert start == "0.000"
    assert 0.98 <= float(end) <= 1.121
    assert duration(result) <= 1.121
    assert "warning" not in capsys.readouterr().err


@pytest.mark.parametrize("output", ["out.mp4", "out.mkv"])
def test_a_cue_in_the_range_moves_with_it(
    folder: Path, output: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    for name, codec in (("inside.mkv", "subrip"), ("inside.mp4", "mov_text")):
        clip = subtitled(folder, name, INSIDE, codec)

        assert avio("transcode", clip, tmp_path / output, "--start", "1.5", "-y") == 0

        assert cues(tmp_path / output) == [("0.500", "0.900")]


@pytest.mark.parametrize("command", ["trim", "transcode", "merge"])
def test_cues_that_overlap_are_warned_of_in_mp4(
    folder: Path,
    command: str,
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clip = subtitled(folder, "overlap.mkv", OVERLAPPING, "subrip")
    words = {
        "trim": ("trim", clip, tmp_path / "out.mp4", "--end", "3"),
        "transcode": ("transcode", clip, tmp_path / "out.mp4"),
        "merge": ("merge", tmp_path / "out.mp4", clip, clip),
    }[command]

    assert avio(*words) == 0

    count = 2 if command == "merge" else 1
    assert (
        f"cues that overlap others: {count}; MP4 shows one" in capsys.readouterr().err
    )
    if command != "merge":
        assert avio(*(str(word).replace("out.mp4", "out.mkv") for word in words)) == 0
        assert "warning" not in capsys.readouterr().err
