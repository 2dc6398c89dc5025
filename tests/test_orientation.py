"""Rotated and mirrored videos are shown as ffmpeg and mpv show them, on every way."""

from pathlib import Path

import numpy as np
import pytest

from avio_cli import api
from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.display_matrix import matrix_from_text, orientation
from tests.clips import make_clip
from tests.oriented import MATRICES, first_pixels, oriented_clip, shown

MIRRORED = ["hflip", "vflip", "transpose", "transverse"]


def assert_shown(path: Path, name: str) -> None:
    """The first frame of a file looks like that of the clip, as `name` says."""
    plain = make_clip(path.with_name("plain.mp4"), frames=10, extra=("-g", "5")).path
    wanted = shown(first_pixels(plain), name).astype(int)
    found = first_pixels(path).astype(int)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).mean() < 6


@pytest.mark.all_cases
@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.sampled(5)
def test_the_probe_says_how_it_is_shown(
    ffmpeg: FFmpeg, tmp_path: Path, name: str
) -> None:
    path = oriented_clip(tmp_path / "in.mp4", name)
    video = api.probe(path).videos[0]
    _, rotation, mirror = MATRICES[name]
    assert (video.rotation, video.mirror) == (rotation, mirror)
    assert (video.width > video.height) == (rotation in (0, 180))
    assert_shown(path, name)


@pytest.mark.parametrize("name", MIRRORED)
def test_info_does_not_call_it_turned(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = oriented_clip(tmp_path / "in.mp4", name)
    assert run(["info", str(path)]) == 0
    text = capsys.readouterr().out
    _, rotation, mirror = MATRICES[name]
    assert f"mirrored {mirror}ly" in text
    assert ("rotated" in text) == bool(rotation)


@pytest.mark.parametrize("name", ["hflip", "transverse"])
@pytest.mark.parametrize(
    "words",
    [
        "transcode IN OUT.mp4",
        "trim --exact IN OUT.mp4 --end 0.3",
        "merge OUT.mp4 IN IN",
        "snapshot IN OUT.png --at 0",
        "track IN -o OUT.mp4 --model motion --no-draw",
    ],
)
@pytest.mark.sampled(4)
def test_what_is_encoded_is_upright(
    ffmpeg: FFmpeg, tmp_path: Path, words: str, name: str
) -> None:
    path = oriented_clip(tmp_path / "in.mp4", name)
    out = tmp_path / "out"
    places = {"IN": str(path), "OUT": str(out)}
    argv = [places.get(w, w.replace("OUT", places["OUT"])) for w in words.split()]
    assert run([*argv, "--force"]) == 0
    (output,) = tmp_path.glob("out.*")
    assert api.probe(output).videos[0].is_upright
    assert_shown(output, name)


@pytest.mark.parametrize("name", MIRRORED)
@pytest.mark.sampled(4)
def test_a_callback_gets_it_as_it_is_shown(
    ffmpeg: FFmpeg, tmp_path: Path, name: str
) -> None:
    path = oriented_clip(tmp_path / "in.mp4", name)
    api.transcode(path, tmp_path / "out.mp4", callback=lambda frame: None)
    assert api.probe(tmp_path / "out.mp4").videos[0].is_upright
    assert_shown(tmp_path / "out.mp4", name)


@pytest.mark.parametrize("name", ["90", "vflip", "transpose"])
@pytest.mark.parametrize("words", ["transcode --copy IN OUT", "trim IN OUT --end 0.3"])
@pytest.mark.parametrize("extension", [".mov", ".mkv"])
@pytest.mark.sampled(4)
def test_a_copy_is_shown_like_its_source_or_refused(
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    extension: str,
    words: str,
    name: str,
) -> None:
    """ffmpeg 5.1 stores no display matrix in Matroska, 9.0 does."""
    path, out = oriented_clip(tmp_path / "in.mp4", name), tmp_path / f"out{extension}"
    places = {"IN": str(path), "OUT": str(out)}
    status = run([places.get(word, word) for word in words.split()])
    if status == 0:
        before, after = api.probe(path).videos[0], api.probe(out).videos[0]
        assert (after.rotation, after.mirror) == (before.rotation, before.mirror)
        assert_shown(out, name)
    else:
        assert extension == ".mkv"
        assert "the copy would be shown differently: this ffmpeg stores no" in (
            capsys.readouterr().err
        )
        assert not out.exists()


def test_what_ffprobe_prints() -> None:
    text = (
        "\n00000000:       -65536           0           0"
        "\n00000001:            0       65536           0"
        "\n00000002:            0           0  1073741824\n"
    )
    matrix = matrix_from_text(text)
    assert matrix == (-65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
    assert orientation(matrix, -180) == (0, "horizontal")
    assert orientation((), -180) == (180, "")
    assert orientation(matrix, float("nan")) == (0, "horizontal")
