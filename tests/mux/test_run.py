"""A muxing ffmpeg is run to its end, and its progress and packets are counted."""

from pathlib import Path
from typing import IO

import pytest

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.command import VERBOSE_LOG, Command, Input, Output
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.progress import ProgressStep
from avio_cli.ffmpeg.url import file_url
from avio_cli.mux.run import MuxLog, run_with_pipe, run_with_progress

FRAMES = Input("testsrc=s=64x48:r=10:d=2", ("-f", "lavfi"))


def command(source: Input, path: Path) -> Command:
    output = Output(file_url(path), ("-c:v", "ffv1", "-f", "matroska"))
    return Command((source,), (output,), (*VERBOSE_LOG, "-y"))


def test_the_last_step_has_all_frames_and_bytes(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    path, steps, log = tmp_path / "out.mkv", list[ProgressStep](), MuxLog()
    last = run_with_progress(ffmpeg, command(FRAMES, path), log, steps.append)
    assert last == steps[-1]
    assert (last.frames, last.size) == (20, path.stat().st_size)
    assert log.stats.muxed == {0: ("video", 20)}
    assert not log.damage.lost_packets


def test_a_failure_is_raised(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    nowhere = command(FRAMES, tmp_path / "no" / "out.mkv")
    with pytest.raises(FFmpegError):
        run_with_progress(ffmpeg, nowhere, MuxLog())


def test_what_is_fed_is_muxed(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    raw = Input("pipe:0", tuple("-f rawvideo -pix_fmt gray -s 4x4".split()))
    log = MuxLog()

    def feed(pipe: IO[bytes]) -> None:
        pipe.write(bytes(16 * 7))

    run_with_pipe(ffmpeg, command(raw, tmp_path / "out.mkv"), log, feed)
    assert log.stats.muxed == {0: ("video", 7)}


def test_a_broken_pipe_is_explained_by_the_log(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    def feed(pipe: IO[bytes]) -> None:
        for _ in range(1000):
            pipe.write(bytes(1 << 16))

    raw = Input("pipe:0", ("-f", "matroska"))
    with pytest.raises(FFmpegError, match="not a media file"):
        run_with_pipe(ffmpeg, command(raw, tmp_path / "out.mkv"), MuxLog(), feed)
