"""Copies of a stretch: from a keyframe on, from time 0 on, with everything in it."""

import re
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avio_cli.decode.settings import AudioFormat
from avio_cli.demux.keyframes import Keyframe, keyframe_before
from avio_cli.errors import AvioError, OutputError, UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.frame import AudioBlock
from avio_cli.player.recording.copy_recorder import (
    CopyRecorder,
    recording_extension,
    recording_path,
)
from tests.clips import H264, indices, make_clip
from tests.conftest import missing
from tests.decode.reading import join, make, read_both
from tests.encode.making import left
from tests.reference import FFPROBE, stream_kinds, timeline

# A keyframe each second, and frames that are stored before earlier ones.
KEYFRAMES = (*H264, "-g", "25", "-keyint_min", "25", "-sc_threshold", "0", "-bf", "2")
MONO = AudioFormat(sample_rate=48000, channels=1)
_LEAD = Fraction(1, 10)
"""Sound in Matroska may begin that much earlier than the picture."""
NOW = datetime(2026, 11, 25, 19, 30, 15)


@pytest.fixture(scope="module", params=[".mp4", ".mkv", ".ts"])
def film(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Six seconds with a tone."""
    path = tmp_path_factory.mktemp("film") / f"film{request.param}"
    make_clip(path, frames=150, video=KEYFRAMES, sounds=2)
    return path


def _record(
    ffmpeg: FFmpeg, film: Path, path: Path, start: str, end: str
) -> CopyRecorder:
    address = parse_url(film)
    info = probe(ffmpeg, address)
    recorder = CopyRecorder(ffmpeg, address, info, path, Fraction(start))
    recorder.stop(Fraction(end))
    recorder.close()
    return recorder


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_it_begins_with_the_keyframe_before_the_start(
    suffix: str, film: Path, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    if not Path(FFPROBE).exists():
        missing("ffprobe")
    path = tmp_path / f"a{suffix}"
    recorder = _record(ffmpeg, film, path, "2.5", "4.5")
    # Sound may begin before the picture, and with it the film: by one packet.
    assert re.fullmatch(r"recording from 0:02\.0[02]\d, .*before", recorder.notice)
    assert recorder.done
    shown = indices(path, 160, 96)
    assert shown[:60] == list(range(50, 110))
    assert len(shown) <= 66  # to the frame that was shown, or a few that it needs
    told = timeline(path)
    assert told.times[0] <= (_LEAD if suffix == ".mkv" else 0)
    assert [kind for kind, _ in stream_kinds(path)] == ["video", "audio", "audio"]
    assert left(tmp_path) == [path.name]


def test_sound_stays_in_time_with_the_picture(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    film = make_clip(tmp_path / "f.mkv", frames=100, video=KEYFRAMES, sounds=1)
    chirp = "aevalsrc='sin(300*t*t)':s=48000:d=4"
    made = make(
        tmp_path / "film.mkv",
        f"-i {film.path} -f lavfi -i {chirp} -map 0:v -map 1:a -c:v copy -c:a flac",
    )
    path = tmp_path / "a.mkv"
    _record(bundled_ffmpeg, made, path, "2.1", "3.5")
    frames, blocks = read_both(bundled_ffmpeg, path, audio=MONO)
    pictures, sound = read_both(bundled_ffmpeg, made, audio=MONO)
    begin = next(f.time for f in pictures if f.index == 50)
    part = join(blocks)
    # The same sample lies as far behind the same picture as it does in the film.
    moved = replace(part, pts=0, time_base=Fraction(1, 48000))
    shift = begin - frames[0].time + part.time
    moved = replace(moved, pts=round(shift * 48000))
    whole = join(sound)
    first = moved.pts - round(whole.time * 48000)
    errors = [_difference(whole, part, first + d) for d in (-480, 0, 480)]
    assert errors[1] <= 2
    assert min(errors[0], errors[2]) > 1000


def _difference(whole: AudioBlock, part: AudioBlock, first: int) -> int:
    """How far samples differ at most, within a millisecond around a place."""
    given = part.samples[:40000].astype(int)
    places = (whole.samples[first + d :][:40000] for d in range(-48, 49))
    return min(int(np.abs(samples - given).max()) for samples in places)


def test_a_start_on_a_keyframe_needs_no_notice(
    film: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    start = "3.021" if film.suffix == ".ts" else "3"
    recorder = _record(bundled_ffmpeg, film, tmp_path / "a.mp4", start, "4")
    assert recorder.notice == ""
    assert indices(tmp_path / "a.mp4", 160, 96)[0] == 75


def test_from_the_start_to_behind_the_end_is_everything(
    film: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    _record(bundled_ffmpeg, film, tmp_path / "a.mp4", "0", "99")
    assert indices(tmp_path / "a.mp4", 160, 96) == list(range(150))


def test_closing_without_a_stop_leaves_nothing(
    film: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    address = parse_url(film)
    info = probe(bundled_ffmpeg, address)
    path = tmp_path / "a.mp4"
    recorder = CopyRecorder(bundled_ffmpeg, address, info, path, Fraction(1))
    assert not recorder.done
    recorder.close()
    assert left(tmp_path) == []


def test_an_empty_stretch_is_told(
    film: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match="nothing to record"):
        _record(bundled_ffmpeg, film, tmp_path / "a.mp4", "0", "0")
    assert left(tmp_path) == []


class TestRefusals:
    def test_a_file_that_is_there(
        self, film: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        (tmp_path / "a.mp4").write_text("mine")
        with pytest.raises(OutputError, match="exists"):
            _record(bundled_ffmpeg, film, tmp_path / "a.mp4", "0", "1")
        assert (tmp_path / "a.mp4").read_text() == "mine"

    @pytest.mark.parametrize("name", ["a.webm", "a.gif", "a.xyz"])
    def test_a_container_that_cannot_hold_the_film(
        self, name: str, film: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        with pytest.raises(UsageError):
            _record(bundled_ffmpeg, film, tmp_path / name, "0", "1")
        assert left(tmp_path) == []

    def test_a_film_that_has_gone(
        self, film: Path, bundled_ffmpeg: FFmpeg, tmp_path: Path
    ) -> None:
        source = tmp_path / film.name
        source.write_bytes(film.read_bytes())
        address = parse_url(source)
        info = probe(bundled_ffmpeg, address)
        source.unlink()
        path = tmp_path / "a.mp4"
        recorder = CopyRecorder(bundled_ffmpeg, address, info, path, Fraction(1))
        recorder.stop(Fraction(2))
        with pytest.raises(AvioError):
            recorder.close()
        assert left(tmp_path) == []


def test_what_mp4_cannot_hold_goes_into_matroska(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    plain = make_clip(tmp_path / "a.mp4", frames=5, sounds=1).path
    other = make(tmp_path / "b.mkv", f"-i {plain} -c:v ffv1 -c:a pcm_s16le")
    suffixes = [
        recording_extension(probe(bundled_ffmpeg, parse_url(path)))
        for path in (plain, other)
    ]
    assert suffixes == [".mp4", ".mkv"]


def test_names_tell_date_and_time_and_are_new(tmp_path: Path) -> None:
    first = recording_path(tmp_path, NOW)
    assert first == tmp_path / "avio-20261125-193015.mp4"
    first.touch()
    assert recording_path(tmp_path, NOW).name == "avio-20261125-193015-2.mp4"
    assert recording_path(tmp_path, NOW, ".mkv").name == "avio-20261125-193015.mkv"


@pytest.mark.parametrize(
    ("time", "shown"), [("0", 0), ("0.99", 0), ("1", 1), ("3.5", 3), ("99", 5)]
)
def test_keyframes_are_found_by_seeking(
    time: str, shown: int, film: Path, ffmpeg: FFmpeg
) -> None:
    # MPEG-TS begins at 1.48 s, which the time of its first picture tells.
    first = Fraction("1.48") if film.suffix == ".ts" else Fraction(0)
    address = parse_url(film)
    found = keyframe_before(ffmpeg, address, 0, first + Fraction(time))
    assert isinstance(found, Keyframe)
    assert abs(found.pts_seconds - first - shown) <= Fraction(1, 500)
    assert found.dts_seconds <= found.pts_seconds


def test_before_the_first_keyframe_there_is_none(film: Path, ffmpeg: FFmpeg) -> None:
    assert keyframe_before(ffmpeg, parse_url(film), 0, Fraction(-1)) is None
