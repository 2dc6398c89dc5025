"""Run the ffmpeg that writes an output, and report its progress."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event
from typing import IO

from avio_cli.ffmpeg.command import Command
from avio_cli.ffmpeg.damage_signs import DamageWatch
from avio_cli.ffmpeg.ignored_options import IgnoredOptions
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.spawn import StandardInput
from avio_cli.ffmpeg.progress import MuxerStats, ProgressParser, ProgressStep
from avio_cli.ffmpeg.time_order import MovedFrames
from avio_cli.stopping import stops_on_request

_PROGRESS = ("-progress", "pipe:1", "-stats_period", "0.5")


@dataclass(frozen=True, slots=True)
class MuxLog:
    """What ffmpeg's log says of damage, packets, ignored options and moved frames."""

    damage: DamageWatch = field(default_factory=DamageWatch)
    stats: MuxerStats = field(default_factory=MuxerStats)
    ignored: IgnoredOptions = field(default_factory=IgnoredOptions)
    moved: MovedFrames = field(default_factory=MovedFrames)
    asked: Event = field(default_factory=Event)
    """Set where the run was asked to end, of a live source."""

    def feed(self, line: str) -> None:
        """Take one log line; called in the thread that drains the log."""
        self.damage.feed(line)
        self.stats.feed(line)
        self.ignored.feed(line)
        self.moved.feed(line)


def run_with_progress(
    ffmpeg: FFmpeg,
    command: Command,
    log: MuxLog,
    on_step: Callable[[ProgressStep], None] | None = None,
    *,
    stdin: StandardInput | Process = "null",
    endless: bool = False,
    environment: Mapping[str, str] | None = None,
) -> ProgressStep:
    """Run a command to its end; returns the last step.

    Args:
        ffmpeg: the binary to run.
        command: writes nothing to stdout itself.
        log: gets each log line.
        on_step: called with each of ffmpeg's progress reports, in this thread.
        stdin: of the child.
        endless: whether a request to stop is its end.
        environment: further variables of the child.

    Raises:
        FFmpegError: it failed.
    """
    parser, step = ProgressParser(), ProgressStep(0, 0.0, 0)
    reporting = replace(command, options=(*command.options, *_PROGRESS))
    argv = reporting.argv(ffmpeg.path)
    with ExitStack() as stack:
        child = Process(
            argv,
            stdin=stdin,
            stdout=True,
            watch=log.feed,
            environment=environment,
        )
        process = stack.enter_context(child)
        if endless:
            stack.enter_context(stops_on_request(partial(_ask, process, log)))
        for chunk in iter(lambda: process.stdout.read(4096), b""):
            for step in parser.feed(chunk):
                if on_step is not None:
                    on_step(step)
        process.finish(leaves_feeder=endless)
    return step


def _ask(process: Process, log: MuxLog) -> None:
    log.asked.set()
    process.ask()


def run_with_pipe(
    ffmpeg: FFmpeg, command: Command, log: MuxLog, feed: Callable[[IO[bytes]], None]
) -> None:
    """Run a command whose stdin `feed` writes.

    Raises:
        FFmpegError: it failed.
    """
    with Process(command.argv(ffmpeg.path), stdin="pipe", watch=log.feed) as process:
        # Where the pipe breaks, ffmpeg has failed: its log says why.
        with suppress(BrokenPipeError, ConnectionResetError):
            feed(process.stdin)
        process.finish()
