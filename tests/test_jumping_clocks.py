"""MPEG whose clock starts again, jumps or wraps: all commands go on with its times."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.api import open_video, transcode
from avio_cli.cli.main import run
from avio_cli.decode.audio_reader import AudioReader
from avio_cli.decode.settings import ReaderSettings
from avio_cli.demux.framecrc import COPIED, listing_command
from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.demux.timeline import list_timeline
from avio_cli.ffmpeg.locate import FFmpeg, locate_ffmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.run import run as run_child
from avio_cli.ffmpeg.url import parse_url
from tests.clips import groups, indices, make_clip, read_index

TICK = Fraction(1, 90_000)
AUDIO_FRAME = Fraction(1024, 48_000)
BEFORE_WRAP = "95440"
"""Seconds: the 33 bits of an MPEG clock start again 3.7 s later."""
JUMPS = {"again": ("0", "0"), "ahead": ("0", "1000"), "back": ("1000", "0")}
"""When the clocks of two parts start."""
KINDS = [*JUMPS, "wrap"]


@dataclass(frozen=True)
class Sample:
    """A file with a frame every 25th of a second, and the numbers that they show."""

    path: Path
    numbers: tuple[int, ...]

    def shown(self, start: Fraction, end: Fraction) -> list[int]:
        """The numbers of the frames in a range, in seconds after the file's start."""
        opened = source(self.path)
        first = list_timeline(opened, opened.info.videos).streams[0].shown()[0]
        late = first - opened.origin
        times = (late + Fraction(i, 25) for i in range(len(self.numbers)))
        pairs = zip(self.numbers, times, strict=True)
        return [number for number, time in pairs if start <= time < end]


def sample(folder: Path, kind: str) -> Sample:
    if kind == "wrap":
        part = _part(folder / "wrap.ts", BEFORE_WRAP, 100)
        return Sample(part, tuple(range(100)))
    parts = [_part(folder / f"{i}.ts", at) for i, at in enumerate(JUMPS[kind])]
    path = folder / f"{kind}.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return Sample(path, (*range(50), *range(50)))


def _part(path: Path, at: str, frames: int = 50) -> Path:
    late = () if at == "0" else ("-output_ts_offset", at)
    video = groups(12, 2)
    return make_clip(path, frames=frames, audios=1, video=video, extra=late).path


def source(path: Path) -> MediaSource:
    return with_known_jumps(MediaSource.probe(locate_ffmpeg(), parse_url(path)))


def check_result(path: Path, numbers: list[int], *, like: Path | None = None) -> None:
    """Check the frames of a result and, against its source, when its audio plays.

    Args:
        path: the result.
        numbers: what its frames show; a copy may hold a few more.
        like: a source of which it holds all.
    """
    opened = source(path)
    streams = [opened.info.videos[0], opened.info.audios[0]]
    video, audio = list_timeline(opened, streams).streams
    times = video.shown()
    assert indices(path, 160, 96)[: len(numbers)] == numbers
    # Matroska counts in milliseconds.
    tick = max(TICK, video.time_base)
    for i, time in enumerate(times[: len(numbers)]):
        assert abs(time - times[0] - Fraction(i, 25)) <= tick
    ends = audio.end(), video.end()
    assert ends[0] is not None
    assert ends[1] is not None
    # A copy of a range ends where packets are decoded: B-frames are shown later.
    assert abs(ends[0] - ends[1]) < Fraction(1, 6)
    if like is not None:
        assert abs(_lead(path) - _lead(like)) <= AUDIO_FRAME


def _lead(path: Path) -> Fraction:
    """Seconds by which the first packet of audio is before the first frame."""
    opened = source(path)
    streams = [opened.info.videos[0], opened.info.audios[0]]
    video, audio = list_timeline(opened, streams).streams
    return video.shown()[0] - audio.shown()[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.sampled(4)
def test_frames_and_audio_go_on(tmp_path: Path, ffmpeg: FFmpeg, kind: str) -> None:
    clip = sample(tmp_path, kind)
    opened = source(clip.path)
    timeline = list_timeline(opened, [*opened.info.videos, *opened.info.audios])
    with open_video(clip.path) as reader:
        frames = list(reader)
    assert [frame.time for frame in frames] == timeline.streams[0].shown()
    assert [read_index(frame.pixels) for frame in frames] == list(clip.numbers)
    assert opened.info.duration == pytest.approx(Fraction(4), abs=0.05)
    audio = AudioReader(opened, ReaderSettings(start=Fraction(3)))
    first, *_, last = list(audio.items())
    assert first.time - opened.origin == pytest.approx(3, abs=0.0001)
    end = last.time + Fraction(len(last.samples), 48_000)
    assert end == pytest.approx(timeline.streams[1].end(), abs=0.03)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("start", "end"), [(1, 3), (2.5, 3.5)])
@pytest.mark.sampled(4)
def test_a_range_of_frames(
    tmp_path: Path, ffmpeg: FFmpeg, kind: str, start: float, end: float
) -> None:
    clip = sample(tmp_path, kind)
    with open_video(clip.path, start=start, end=end) as reader:
        numbers = [read_index(frame.pixels) for frame in reader]
    assert numbers == clip.shown(Fraction(start), Fraction(end))
    assert len(numbers) == (end - start) * 25


@pytest.mark.all_cases
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("words", ["", "--copy", "--callback"])
@pytest.mark.sampled(8)
def test_all_of_it_is_transcoded(
    tmp_path: Path, ffmpeg: FFmpeg, kind: str, words: str
) -> None:
    clip, output = sample(tmp_path, kind), tmp_path / "out.mp4"
    callback = (lambda frame: frame) if words == "--callback" else ()
    transcode(clip.path, output, callback=callback, copy=words == "--copy")
    check_result(output, list(clip.numbers), like=clip.path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("callback", [False, True])
@pytest.mark.parametrize(("start", "end"), [(0.5, 1.5), (1, 3), (2.5, 3.5)])
@pytest.mark.sampled(8)
def test_a_range_is_transcoded(
    tmp_path: Path, ffmpeg: FFmpeg, kind: str, callback: bool, start: float, end: float
) -> None:
    clip, output = sample(tmp_path, kind), tmp_path / "out.mp4"
    steps = (lambda frame: frame) if callback else ()
    transcode(clip.path, output, callback=steps, start=start, end=end)
    check_result(output, clip.shown(Fraction(start), Fraction(end)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["trim", "--exact", "--copy"])
@pytest.mark.parametrize(
    ("start", "end"), [("0.6", "1.5"), ("1.1", "3"), ("2.6", "3.5")]
)
@pytest.mark.sampled(12)
def test_a_range_is_cut(
    tmp_path: Path, ffmpeg: FFmpeg, kind: str, how: str, start: str, end: str
) -> None:
    clip, output = sample(tmp_path, kind), tmp_path / "out.mp4"
    ends = ("--start", start, "--end", end, "--quiet")
    command = "transcode" if how == "--copy" else "trim"
    words = () if how == "trim" else (how,)
    assert run([command, str(clip.path), str(output), *ends, *words]) == 0
    numbers = clip.shown(Fraction(start), Fraction(end))
    if how != "--exact":  # it starts at the keyframe before
        whole = list(clip.numbers)
        at = whole.index(numbers[0], 0 if float(start) < 2 else 50)
        part = 50 if kind != "wrap" and at >= 50 else 0
        numbers = whole[at - (at - part) % 12 : at] + numbers
    check_result(output, numbers)


def test_a_copy_with_an_end_alone_keeps_its_first_frames(
    tmp_path: Path, ffmpeg: FFmpeg
) -> None:
    """They are decoded before the file's start: ffmpeg would drop the first GOP."""
    video, output = groups(12, 2), tmp_path / "out.mkv"
    clip = make_clip(tmp_path / "in.ts", frames=50, audios=1, video=video)
    transcode(clip.path, output, copy=True, end=1.5)
    check_result(output, list(range(37)))
    lead = _lead(output) - _lead(clip.path)
    assert abs(lead) <= AUDIO_FRAME


@pytest.mark.slow
def test_audio_stays_with_its_frames(tmp_path: Path, ffmpeg: FFmpeg) -> None:
    """Cut off in the middle of both parts, where their streams do not end at once."""
    noise = ("-c:a", "mp2", "-af", "aeval=random(0)/2")
    parts = [
        make_clip(
            tmp_path / f"{at}.ts",
            frames=150,
            audios=1,
            audio=noise,
            extra=("-output_ts_offset", at),
        ).path.read_bytes()
        for at in ("0", "500")
    ]
    path, packet = tmp_path / "cut.ts", 188
    half = len(parts[0]) // packet // 2 * packet
    path.write_bytes(parts[0][:half] + parts[1][half:])
    for ends in (), ("--start", "2.2", "--end", "5"), ("--start", "4"):
        output = tmp_path / f"out{len(ends)}.mkv"
        words = ["transcode", str(path), str(output), "--copy", "--allow-damaged"]
        assert run([*words, *ends, "--quiet"]) == 0
        before, after = packets(path), packets(output)
        late = [after[key] - before[key] for key in after if key in before]
        assert len(late) > 50
        assert max(late) - min(late) < Fraction(2, 1000)  # Matroska: milliseconds


def packets(path: Path) -> dict[tuple[int, str], Fraction]:
    """When the packets of video and audio are shown, by their checksums."""
    opened = source(path)
    words = ["-map", "0:V:0", "-map", "0:a:0", *COPIED, "-bsf:v", "h264_mp4toannexb"]
    argv = listing_command(opened, words).argv(opened.ffmpeg.path)
    rows = [
        line.split(",")
        for line in run_child(argv).stdout.decode().splitlines()
        if line[:1].isdigit()
    ]
    base = [opened.info.videos[0].time_base, opened.info.audios[0].time_base]
    found: dict[tuple[int, str], Fraction] = {}
    twice = set()
    for stream, _dts, pts, _duration, _size, checksum, *_ in rows:
        key = int(stream), checksum
        twice |= {key} & found.keys()
        found[key] = int(pts) * base[int(stream)]
    return {key: time for key, time in found.items() if key not in twice}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.slow
def test_it_is_merged(tmp_path: Path, ffmpeg: FFmpeg, kind: str) -> None:
    clip, output = sample(tmp_path, kind), tmp_path / "out.mp4"
    plain = make_clip(tmp_path / "plain.mp4", frames=25, audios=1)
    files = [str(path) for path in (plain.path, clip.path, clip.path)]
    assert run(["merge", str(output), *files, "--quiet"]) == 0
    check_result(output, [*range(25), *clip.numbers, *clip.numbers])


def test_a_part_that_jumps_is_never_one_of_several_inputs(
    tmp_path: Path, bundled_ffmpeg: FFmpeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All its streams are mapped: ffmpeg 9.0 then waited for itself, now and then.
    started: list[list[str]] = []

    def process(argv: Sequence[str]) -> Process:
        started.append(list(argv))
        return Process(argv)

    monkeypatch.setattr("avio_cli.jobs.merge.audio.Process", process)
    clip, output = sample(tmp_path, "ahead"), tmp_path / "out.mp4"
    plain = make_clip(tmp_path / "plain.mp4", frames=25, audios=1)
    files = [str(path) for path in (plain.path, clip.path, clip.path)]
    assert run(["merge", str(output), *files, "--encode", "--quiet"]) == 0
    inputs = [argv.count("-i") for argv in started]
    assert inputs == [1, 1, 3]
    assert "null" not in started[-1]
    assert sorted(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("how", [(), ("--exact",)])
def test_a_range_is_cut_into_mpeg_ts(
    tmp_path: Path, ffmpeg: FFmpeg, how: tuple[str, ...]
) -> None:
    # Where the parts are joined, packets of audio overlap: they are read moved apart.
    clip, output = sample(tmp_path, "ahead"), tmp_path / "out.ts"
    words = ["trim", str(clip.path), str(output), "--start", "0.5", *how, "--quiet"]
    assert run(words) == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.sampled(4)
def test_a_snapshot_is_of_the_second_half(
    tmp_path: Path, ffmpeg: FFmpeg, kind: str
) -> None:
    clip, output = sample(tmp_path, kind), tmp_path / "frame.png"
    words = ["snapshot", str(clip.path), str(output), "--at", "3.1", "--quiet"]
    assert run(words) == 0
    shown = clip.shown(Fraction(0), Fraction(31, 10))[-1]
    assert indices(output, 160, 96) == [shown]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.sampled(4)
def test_records_have_the_times(tmp_path: Path, ffmpeg: FFmpeg, kind: str) -> None:
    clip, records = sample(tmp_path, kind), tmp_path / "tracks.jsonl"
    boxes = tmp_path / "boxes.txt"
    boxes.write_text("1,-1,20,20,30,40,0.9,-1,-1,-1\n")
    words = ["track", str(clip.path), "--detections", str(boxes), "--quiet"]
    assert run([*words, "--records", str(records)]) == 0
    times = [json.loads(line)["time"] for line in records.read_text().splitlines()]
    steps = [time - times[0] for time in times]
    assert steps == pytest.approx([i / 25 for i in range(100)], abs=1e-4)


def test_info_says_how_long_it_really_is(
    tmp_path: Path, ffmpeg: FFmpeg, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = sample(tmp_path, "ahead")
    assert run(["info", str(clip.path), "--json"]) == 0
    duration = json.loads(capsys.readouterr().out)["duration"]
    assert Fraction(duration) == pytest.approx(4, abs=0.05)


def test_audio_that_pauses_is_no_jump(tmp_path: Path, ffmpeg: FFmpeg) -> None:
    """Else ffmpeg would close the gap, and play all that follows too early."""
    path = tmp_path / "pause.ts"
    pause = ("-af", "aselect='lt(t,1)+gt(t,13)'", "-g", "25")
    make_clip(path, frames=350, audios=1, extra=pause)
    opened = source(path)
    streams = [*opened.info.videos, *opened.info.audios]
    audio = list_timeline(opened, streams).streams[1].shown()
    assert opened.info.jumps is False
    assert audio[-1] - audio[0] > 13
    transcode(path, tmp_path / "out.mp4", copy=True)
    result = source(tmp_path / "out.mp4")
    line = list_timeline(result, [result.info.audios[0]]).streams[0].shown()
    assert line[-1] - line[0] == pytest.approx(audio[-1] - audio[0], abs=0.05)
