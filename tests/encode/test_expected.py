"""Verification finds results that lost something, made as avio would have once.

Each result is made by a plain ffmpeg command that spoils it.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.cli.main import run as main
from avio_cli.demux.timeline import StreamTimeline, list_timeline
from avio_cli.encode.settings import EncodeSettings
from avio_cli.encode.timing import output_range
from avio_cli.ffmpeg.command import Command
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.containers import container_for
from avio_cli.mux.command import EncodePlan, PlannedStream
from avio_cli.mux.comparison import difference
from avio_cli.mux.expected import (
    ExpectedResult,
    Window,
    expected_audio,
    expected_video,
)
from avio_cli.mux.expected_result import SourceTimes, expected_result
from avio_cli.mux.frame_order import misordered
from avio_cli.mux.verify import list_file
from tests.clips import H264, Clip, make_clip

COPY = ("-map", "0", "-c", "copy")


def verdict(
    ffmpeg: FFmpeg,
    source: Path,
    result: Path,
    *,
    copied: bool = True,
    window: Window | None = None,
) -> str:
    """How a result differs from what the streams of a source demand."""
    media = MediaSource.probe(ffmpeg, parse_url(source))
    streams = [*media.info.videos, *media.info.audios]
    timeline = list_timeline(media, streams)
    planned = tuple(PlannedStream(stream=s, copied=copied) for s in streams)
    plan = EncodePlan(Command((), ()), (), (), (), streams=planned)
    counts = {line.index: len(line) for line in timeline.streams}
    times = SourceTimes(
        timeline=timeline, window=window or Window(media.origin), decoded=counts
    )
    muxer = {".mkv": "matroska", ".ts": "hls"}.get(result.suffix, result.suffix[1:])
    expected = expected_result(plan, container_for(muxer), times)
    found = list_file(ffmpeg, result)
    return difference(expected, found) or misordered(ffmpeg, result, expected, found)


def convert(
    ffmpeg: FFmpeg, source: Path, name: str, *options: str, before: Sequence[str] = ()
) -> Path:
    """What a plain ffmpeg makes of a file."""
    result = source.with_name(name)
    argv = [ffmpeg.path, "-y", "-v", "error", *before, "-i", str(source)]
    done = run([*argv, *options, str(result)])
    assert done.status == 0, done.stderr
    return result


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    return make_clip(tmp_path / "clip.mp4", frames=50, audios=1)


@pytest.mark.parametrize("name", ["same.mp4", "same.mkv", "same.mov"])
def test_a_good_copy_passes(ffmpeg: FFmpeg, clip: Clip, name: str) -> None:
    assert verdict(ffmpeg, clip.path, convert(ffmpeg, clip.path, name, *COPY)) == ""


@pytest.mark.parametrize("name", ["in.avi", "in.h264"])
@pytest.mark.parametrize("between", [1, 2])
def test_frames_shown_in_the_order_in_which_they_are_stored_are_found(
    ffmpeg: FFmpeg, tmp_path: Path, name: str, between: int
) -> None:
    video = (*H264, "-bf", str(between), "-x264-params", "b-adapt=0")
    clip = make_clip(tmp_path / name, frames=50, video=video)
    spoilt = convert(ffmpeg, clip.path, "spoilt.mp4", *COPY)
    found = verdict(ffmpeg, clip.path, spoilt)
    # Of a raw stream ffmpeg also hides the first frames behind an edit list.
    hidden, order = "of 50 frames are missing", "in the order in which they are stored"
    assert found.endswith(order if name == "in.avi" else hidden)


@pytest.mark.parametrize("name", ["in.avi", "in.h264"])
def test_frames_without_times_that_are_stored_in_order_pass(
    ffmpeg: FFmpeg, tmp_path: Path, name: str
) -> None:
    clip = make_clip(tmp_path / name, frames=50, video=(*H264, "-bf", "0"))
    good = convert(ffmpeg, clip.path, "good.mp4", *COPY)
    assert verdict(ffmpeg, clip.path, good) == ""


@pytest.mark.parametrize("later", ["0", "900"])
def test_a_clock_that_was_not_continued_is_found(
    ffmpeg: FFmpeg, tmp_path: Path, later: str
) -> None:
    shift = ("-output_ts_offset", later)
    first = make_clip(tmp_path / "1.ts", frames=50, audios=1).path
    second = make_clip(tmp_path / "2.ts", frames=50, audios=1, extra=shift).path
    both = tmp_path / "both.ts"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    good = convert(ffmpeg, both, "good.mkv", *COPY)
    spoilt = convert(ffmpeg, both, "spoilt.mkv", *COPY, before=["-copyts"])
    assert verdict(ffmpeg, both, good) == ""
    assert "is shown at" in verdict(ffmpeg, both, spoilt)


def test_audio_that_comes_late_is_found(ffmpeg: FFmpeg, clip: Clip) -> None:
    late = ["-itsoffset", "0.3", "-i", str(clip.path)]
    spoilt = convert(
        ffmpeg, clip.path, "a.mp4", *late, *"-map 0:v -map 1:a -c copy".split()
    )
    found = verdict(ffmpeg, clip.path, spoilt)
    assert found.startswith("audio track 1 starts at 0.27")


def test_a_range_that_is_empty_or_too_short_is_found(
    ffmpeg: FFmpeg, clip: Clip
) -> None:
    window = Window(Fraction(1, 2), Fraction(3, 2), cut=True)
    code = ("-c:v", "libx264", "-fps_mode", "passthrough")
    good = convert(ffmpeg, clip.path, "a.mp4", *code, "-ss", "0.5", "-t", "1")
    short = convert(ffmpeg, clip.path, "b.mp4", *code, "-ss", "0.9", "-t", "0.6")
    assert verdict(ffmpeg, clip.path, good, copied=False, window=window) == ""
    found = verdict(ffmpeg, clip.path, short, copied=False, window=window)
    assert "of 25 frames are missing" in found


def test_a_range_that_begins_too_late_gets_no_name(
    ffmpeg: FFmpeg,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is not read of a source must not count as what a decoder did not give."""
    source, result = make_clip(tmp_path / "in.mp4", frames=250).path, tmp_path / "a.mkv"

    def later(settings: EncodeSettings, origin: Fraction) -> Iterator[str]:
        start = settings.start + 1
        yield from output_range(replace(settings, start=start), origin)

    monkeypatch.setattr("avio_cli.encode.command.output_range", later)
    range_ = ("--start", "4", "--end", "6")
    assert main(["transcode", str(source), str(result), *range_]) == 1
    assert "25 of 50 frames are missing" in capsys.readouterr().err
    assert not result.exists()


def test_audio_moved_to_the_start_of_an_avi_is_found(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=50, audios=1)
    late = convert(
        ffmpeg,
        clip.path,
        "late.mp4",
        *["-itsoffset", "0.9", "-i", str(clip.path)],
        *"-map 0:v -map 1:a -c copy".split(),
    )
    code = "-map 0 -c:v mpeg4 -bf 0 -c:a mp2 -async 0".split()
    spoilt = convert(ffmpeg, late, "a.avi", *code)
    found = verdict(ffmpeg, late, spoilt, copied=False)
    assert found.startswith("audio track 1 ")


def test_a_pause_of_the_audio_that_was_closed_is_found(
    ffmpeg: FFmpeg, clip: Clip
) -> None:
    pause = "aselect=not(between(t\\,0.5\\,1.2))"
    gap = convert(ffmpeg, clip.path, "gap.mkv", "-c:v", "copy", "-af", pause)
    spoilt = convert(ffmpeg, gap, "a.avi", *"-c:v mpeg4 -bf 0 -c:a mp2".split())
    assert "audio track 1 ends" in verdict(ffmpeg, gap, spoilt, copied=False)


def test_a_last_frame_cut_short_is_found(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    ticks = [0, 90_000, 180_000]
    plain = [*H264, "-bf", "0"]
    slides = make_clip(tmp_path / "clip.mp4", ticks=ticks, video=plain).path
    three = "setts=duration='if(eq(N,2),3/TB,DURATION)'"
    long = convert(ffmpeg, slides, "long.mp4", *COPY, "-bsf:v", three)
    assert verdict(ffmpeg, long, long) == ""
    assert "the video ends at" in verdict(ffmpeg, long, slides)


def test_a_long_first_frame_before_reordered_ones_is_no_fault(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    ticks = [0, *range(29_281, 50_000, 3_000)]
    plain = [*H264, "-bf", "0"]
    source = make_clip(tmp_path / "clip.mp4", ticks=ticks, video=plain).path
    code = "-c:v libx264 -bf 3 -b_strategy 0 -fps_mode passthrough".split()
    base = ("-enc_time_base", "1/90000", "-video_track_timescale", "90000")
    reordered = convert(ffmpeg, source, "b.mp4", *code, *base)
    assert verdict(ffmpeg, source, reordered, copied=False) == ""


def test_frames_that_are_missing_are_found(ffmpeg: FFmpeg, clip: Clip) -> None:
    code = ("-c:v", "libx264", "-fps_mode", "passthrough", "-c:a", "copy")
    some = convert(ffmpeg, clip.path, "a.mp4", *code, "-vf", "select=not(eq(n\\,7))")
    found = verdict(ffmpeg, clip.path, some, copied=False)
    assert found == "1 of 50 frames are missing, the first is that of 0.280 s"


def test_ticks_that_players_misread_are_found(ffmpeg: FFmpeg, clip: Clip) -> None:
    scale = ("-video_track_timescale", "1918080000")
    code = ("-c:v", "libx264", "-bf", "3", "-fps_mode", "passthrough", "-c:a", "copy")
    fine = convert(ffmpeg, clip.path, "a.mp4", *code, *scale)
    assert verdict(ffmpeg, clip.path, fine, copied=False) != ""


@pytest.mark.parametrize(
    ("start", "preroll", "right"),
    [
        (0, 0, True),
        (-80, 0, False),
        (-80, 80, True),
        (-160, 80, False),
        (80, 80, False),
    ],
)
def test_a_copy_may_start_when_its_keyframe_is_decoded(
    start: int, preroll: int, right: bool
) -> None:
    """Packets are copied from there on: not from before, and none may be missing."""
    ticks, lengths = array("q", range(-400, 4000, 20)), array("q", [20] * 220)
    source = StreamTimeline(0, Fraction(1, 1000), ticks, ticks, lengths)
    window = Window(Fraction(1), cut=True, preroll=Fraction(preroll, 1000))
    wanted = expected_audio("audio track 1", source, window, copied=True)
    times = array("q", range(start, 3000, 20))
    lengths = array("q", [20] * len(times))
    found = StreamTimeline(0, Fraction(1, 1000), times, times, lengths)

    problem = difference(ExpectedResult((wanted,)), [found])

    assert (problem == "") is right, problem


@pytest.mark.parametrize(("length", "found"), [(40, False), (90, True)])
def test_durations_that_a_demuxer_made_up_say_nothing(length: int, found: bool) -> None:
    """Those of the average rate, where the last frame is shown for half a second."""
    times = array("q", range(0, 400, 40))
    lengths = array("q", [length] * 10)
    line = StreamTimeline(0, Fraction(1, 1000), times, times, lengths)

    assert line.durations_are_guessed is found
    end = expected_video("the video", line, Window(Fraction(0))).end
    assert end == (None if found else Fraction(2, 5))
