"""A result in parts: no frame and no sample is lost or doubled, each is in sync."""

import itertools
import json
import os
import signal
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.encode.parts.encoder import PartsEncoder
from avio_cli.encode.settings import EncodeSettings, VideoOptions
from avio_cli.errors import OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.mux.streams import StreamSelection
from avio_cli.output.parts.parts import Parts
from avio_cli.player.recording.preroll import pcm_stream
from avio_cli.presets import find_preset
from tests.clips import indices
from tests.conftest import BOTH_FFMPEGS
from tests.decode.reading import ffmpeg_output
from tests.encode.making import FAST, frames
from tests.reference import timeline

RATE = 48000
BLOCK = 1024
TAGS = {".mkv": "mkv-ffv1", ".mp4": "mp4-h264"}


def opened(ffmpeg: FFmpeg, output: Path, seconds: str, **options: Any) -> PartsEncoder:
    preset = find_preset(TAGS[output.suffix])
    settings = EncodeSettings(
        preset=preset,
        video=VideoOptions(options=FAST if output.suffix == ".mp4" else {}),
        streams=StreamSelection(audio_copy=()),
    )
    clock = options.pop("clock", None)
    made = Parts(
        ffmpeg, output, settings.container, **({"clock": clock} if clock else {})
    )
    return PartsEncoder(ffmpeg, made, settings, Fraction(seconds), **options)


def entries(folder: Path, state: str = "finished") -> list[dict[str, Any]]:
    (index,) = folder.glob("*.parts.jsonl")
    lines = [json.loads(line) for line in index.read_text().splitlines()]
    last = {line["part"]: line for line in lines[1:]}
    found = [line for line in last.values() if line["state"] == state]
    return sorted(found, key=lambda line: line.get("first_frame", 0))


def blocks(samples: NDArray[np.int16], start: Fraction) -> Iterator[AudioBlock]:
    for first in range(0, len(samples), BLOCK):
        block = samples[first : first + BLOCK, None]
        pts = round(start * RATE) + first
        yield AudioBlock(block, RATE, pts, Fraction(1, RATE))


def decoded_audio(ffmpeg: FFmpeg, path: Path) -> NDArray[np.int16]:
    # 5.1 gives what is before 0 as well, at its negative time; nobody plays that.
    words = ("-copyts", "-i", str(path), "-map", "0:a", "-af", "atrim=start=0")
    return np.frombuffer(ffmpeg_output(ffmpeg, *words, "-f", "s16le", "-"), np.int16)


@BOTH_FFMPEGS
@pytest.mark.parametrize("audio_is", ["early", "late"])
def test_each_frame_and_sample_is_in_one_part(
    audio_is: str, ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """With a lossless preset, at times that are on no second and on no sample."""
    base = Fraction(1001, 30000)
    given = list(frames(range(100, 180), base))
    start, length = given[0].time, 80 * base
    samples = np.arange(int(length * RATE), dtype=np.int64) % 30011
    samples = samples.astype(np.int16)
    audio = list(blocks(samples, start))
    ahead = Fraction(1, 2) if audio_is == "early" else Fraction(-1, 2)
    with opened(ffmpeg, tmp_path / "a.mkv", "0.9", audio=pcm_stream(RATE, 1)) as sink:
        for frame in given:
            sink.write(frame)
            while audio and audio[0].time <= frame.time + ahead:
                sink.write_audio(audio.pop(0))
        for block in audio:
            sink.write_audio(block)
        sink.finish()
    listed = entries(tmp_path)
    assert len(listed) == 3
    shown = [indices(tmp_path / entry["part"], 64, 32) for entry in listed]
    assert list(itertools.chain(*shown)) == list(range(80))
    heard = [decoded_audio(ffmpeg, tmp_path / entry["part"]) for entry in listed]
    assert np.array_equal(np.concatenate(heard), samples)
    for entry, numbers, own in zip(listed, shown, heard, strict=True):
        assert (entry["first_frame"], entry["last_frame"]) == (
            numbers[0] + 1,
            numbers[-1] + 1,
        )
        assert entry["frames"] == len(numbers)
        assert entry["first_pts"] == given[numbers[0]].pts
        assert entry["bytes"] == (tmp_path / entry["part"]).stat().st_size
        # In sync: it starts and ends with the frames, to the sample.
        assert abs(len(own) - len(numbers) * base * RATE) <= 1


def test_audio_that_comes_parts_later_is_in_its_parts(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    base = Fraction(1, 10)
    given = list(frames(range(50), base))
    samples = np.arange(5 * RATE, dtype=np.int64) % 30011 + 1
    samples = samples.astype(np.int16)
    options = {"audio": pcm_stream(RATE, 1)}
    with opened(bundled_ffmpeg, tmp_path / "a.mkv", "1", **options) as sink:
        for frame in given:
            sink.write(frame)
        for block in blocks(samples, given[0].time):
            sink.write_audio(block)
        sink.finish()
    listed = entries(tmp_path)
    assert len(listed) == 5
    heard = [decoded_audio(bundled_ffmpeg, tmp_path / e["part"]) for e in listed]
    assert np.array_equal(np.concatenate(heard), samples)


@BOTH_FFMPEGS
def test_parts_of_mp4_start_with_both_at_zero(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    """The encoder's delay of audio is hidden, or before 0, in each part."""
    tone = (8000 * np.sin(np.arange(3 * RATE) ** 1.5 / 4000)).astype(np.int16)
    with opened(ffmpeg, tmp_path / "a.mp4", "1", audio=pcm_stream(RATE, 1)) as sink:
        audio = blocks(tone, Fraction(0))
        for frame in frames(range(75)):
            sink.write(frame)
            for block in itertools.islice(audio, 2):
                sink.write_audio(block)
        sink.finish()
    for entry in entries(tmp_path):
        path = tmp_path / entry["part"]
        assert timeline(path).times[0] == 0
        heard = decoded_audio(ffmpeg, path)[: RATE // 2].astype(float)
        first = (entry["first_frame"] - 1) * RATE // 25
        expected = tone[first : first + RATE // 2].astype(float)
        best = max(range(-1100, 1100), key=lambda lag: _alike(heard, expected, lag))
        assert abs(best) <= RATE // 1000


def _alike(heard: NDArray[Any], expected: NDArray[Any], lag: int) -> float:
    inner = slice(2000, 12000)
    return float(heard[2000 + lag : 12000 + lag] @ expected[inner])


def test_audio_that_stops_for_longer_than_a_part_is_silence(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    tone = np.full(RATE, 3000, np.int16)
    with opened(bundled_ffmpeg, tmp_path / "a.mkv", "1", audio=pcm_stream(RATE, 1)) as (
        sink
    ):
        audio = [*blocks(tone[: RATE // 2], Fraction(0)), *blocks(tone, Fraction(4))]
        for frame in frames(range(125)):
            sink.write(frame)
            while audio and audio[0].time <= frame.time:
                sink.write_audio(audio.pop(0))
        for block in audio:
            sink.write_audio(block)
        sink.finish()
    paths = [tmp_path / entry["part"] for entry in entries(tmp_path)]
    heard = [decoded_audio(bundled_ffmpeg, path) for path in paths]
    assert [len(part) for part in heard] == [RATE] * 5
    assert [int((part != 0).sum()) for part in heard] == [RATE // 2, 0, 0, 0, RATE]


def test_aligned_parts_start_at_multiples_of_the_clock(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    now = 1_000_000_000 - 0.59

    with opened(
        bundled_ffmpeg,
        tmp_path / "a.mkv",
        "2",
        clock_aligned=True,
        clock=lambda: now,
    ) as sink:
        for frame in frames(range(75)):
            sink.write(frame)
            now += 0.04
        sink.finish()
    assert [entry["frames"] for entry in entries(tmp_path)] == [15, 50, 10]


def test_a_clock_that_is_set_back_starts_another_aligned_part(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    times = iter([1000.5] * 12 + [500.5] * 100)
    options = {"clock_aligned": True, "clock": lambda: next(times)}
    with opened(bundled_ffmpeg, tmp_path / "a.mkv", "10", **options) as sink:
        for frame in frames(range(20)):
            sink.write(frame)
        sink.finish()
    listed = entries(tmp_path)
    assert len(listed) == 2
    assert sum(entry["frames"] for entry in listed) == 20


def test_another_size_starts_another_part(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    small, large = frames(range(5)), frames(range(5, 9), size=(96, 64))
    with opened(bundled_ffmpeg, tmp_path / "a.mkv", "10") as sink:
        for frame in (*small, *large):
            sink.write(frame)
        sink.finish()
    first, second = (tmp_path / entry["part"] for entry in entries(tmp_path))
    assert indices(first, 64, 32) == [0, 1, 2, 3, 4]
    assert indices(second, 96, 64) == [0, 1, 2, 3]


def test_a_gap_longer_than_a_part_is_in_none(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    with opened(bundled_ffmpeg, tmp_path / "a.mkv", "1") as sink:
        for frame in frames([*range(30), *range(600, 640)]):
            sink.write(frame)
        sink.finish()
    assert [entry["frames"] for entry in entries(tmp_path)] == [25, 5, 25, 15]


def test_an_encoder_that_dies_ends_the_run_and_leaves_what_there_is(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    with opened(bundled_ffmpeg, tmp_path / "a.mp4", "1") as sink:
        given = frames(range(2000))
        for frame in itertools.islice(given, 40):
            sink.write(frame)
        assert sink._current is not None
        process = sink._current.encoder._process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(OutputError, match="cannot write"):
            write_all(sink, given)
    (finished,) = entries(tmp_path)
    assert len(indices(tmp_path / finished["part"], 64, 32)) == 25


def write_all(sink: PartsEncoder, given: Iterator[Frame]) -> None:
    for frame in given:
        sink.write(frame)


SCRIPT = """
import os, signal, sys, time
from pathlib import Path
from avio_cli.ffmpeg.locate import locate_ffmpeg
from tests.encode.making import frames
from tests.encode.parts.test_parts_encoder import opened
sink = opened(locate_ffmpeg(), Path(sys.argv[1]), "60")
started = time.monotonic()
for number, frame in enumerate(frames(range(150), size=(320, 240))):
    time.sleep(max(0, started + number / 25 - time.monotonic()))
    sink.write(frame)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
@BOTH_FFMPEGS
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_run_loses_less_than_two_seconds(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    output = tmp_path / "front.mp4"
    run([sys.executable, "-c", SCRIPT, str(output)], timeout=60)
    (growing,) = tmp_path.glob("*.recording.mp4")
    shown = indices(growing, 320, 240)
    assert shown == list(range(len(shown)))
    assert len(shown) > 100
    with opened(ffmpeg, output, "60"):
        (entry,) = entries(tmp_path, "interrupted")
    assert indices(tmp_path / entry["part"], 320, 240) == shown
