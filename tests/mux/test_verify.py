"""An output is read back: missing packets are found, complete files pass."""

from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.errors import OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.mux.verify import Verification, list_file, verify_file
from tests.clips import make_clip


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """25 frames, and two audio streams of one second."""
    folder = tmp_path_factory.mktemp("verify")
    clip = make_clip(
        folder / "a.mkv",
        width=64,
        height=32,
        audios=2,
        video=("-c:v", "mpeg4"),
        audio=("-c:a", "flac"),
    )
    return clip.path


def test_every_track_is_counted_and_timed(video: Path, ffmpeg: FFmpeg) -> None:
    first, *audios = list_file(ffmpeg, video)
    assert (len(first), first.end()) == (25, 1)
    assert len(audios) == 2
    for audio in audios:
        assert abs((audio.end() or 0) - 1) < Fraction(1, 100)


def test_the_end_is_known_without_pts(bundled_ffmpeg: FFmpeg, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.avi", frames=50, extra=("-bf", "2"))
    (track,) = list_file(bundled_ffmpeg, clip.path)
    assert (len(track), track.end()) == (50, 2)


@pytest.mark.parametrize("how", ["quick", "decode"])
def test_what_is_whole_passes(video: Path, how: Verification, ffmpeg: FFmpeg) -> None:
    tracks = verify_file(ffmpeg, video, [25], how)
    assert [len(track) for track in tracks][:1] == [25]


@pytest.mark.parametrize("written", [[26], [25, 10**6], [25, 1, 1, 1]])
@pytest.mark.parametrize("how", ["quick", "decode"])
def test_what_is_missing_is_found(
    written: list[int], how: Verification, video: Path, bundled_ffmpeg: FFmpeg
) -> None:
    with pytest.raises(OutputError, match="failed verification: a track holds") as e:
        verify_file(bundled_ffmpeg, video, written, how)
    assert e.value.hint == "--verify none keeps it unchecked"


def test_none_looks_at_nothing(tmp_path: Path) -> None:
    nowhere = FFmpeg("/no/such/ffmpeg", "PATH")
    assert verify_file(nowhere, tmp_path / "gone.mp4", [5], "none") == ()


@pytest.mark.parametrize("how", ["quick", "decode"])
def test_what_is_no_media_is_an_error_of_the_result(
    how: Verification, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    (tmp_path / "a.mp4").write_bytes(b"nonsense" * 100)
    with pytest.raises(OutputError, match="the result failed verification: "):
        verify_file(ffmpeg, tmp_path / "a.mp4", [], how)


def test_damage_that_only_decoding_shows_is_found_by_it(
    video: Path, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    data = bytearray(video.read_bytes())
    middle = len(data) // 2
    for position in range(middle, middle + 2000):
        data[position] ^= 0x55
    spoilt = tmp_path / "spoilt.mkv"
    spoilt.write_bytes(data)
    with pytest.raises(OutputError, match="the result failed verification: "):
        verify_file(ffmpeg, spoilt, [], "decode")
