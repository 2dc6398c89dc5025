"""Copy a live source into parts: each connection by one ffmpeg, one after the other."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction

from avio_cli.decode.live.connection import Silence
from avio_cli.decode.live.health import Gap, Health
from avio_cli.decode.live.interruption import Backoff, Interruption
from avio_cli.decode.process import last_words
from avio_cli.encode.command import plan_encode
from avio_cli.encode.job import LOG, EncodeResult
from avio_cli.encode.parts.copied import CopiedParts
from avio_cli.errors import (
    FFmpegError,
    InterruptionError,
    OutputError,
)
from avio_cli.ffmpeg.damage_signs import DamageWatch
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.progress import ProgressStep
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.jobs.transcode.job import TranscodeJob
from avio_cli.jobs.transcode.passed_on import by_itself
from avio_cli.monitoring.monitor import RunMonitor
from avio_cli.mux.command import EncodePlan
from avio_cli.mux.run import MuxLog, run_with_progress
from avio_cli.mux.verify import packets_written
from avio_cli.output.parts.part import PlannedPart
from avio_cli.output.parts.parts import Parts
from avio_cli.progress import Progress
from avio_cli.stopping import stops_on_request

_UTC = {"TZ": "UTC0"}
"""ffmpeg aligns parts to the local time (5.1, 9.0): a day of it may have 23 hours."""
_LOOK_SECONDS = 0.25
"""Between two looks whether anything came."""
_COUNTED = 10
"""Frames of one report that are counted as such: more say nothing of silence."""
_LATE = 2.0
"""Seconds after its end at which a connection is closed that goes on."""
_NEAR = 0.5
"""Seconds: a copy that ends so near to its end has reached it."""


@dataclass(frozen=True, slots=True)
class _PartsLog(MuxLog):
    """Passes the log on to who names the parts, too."""

    take: Callable[[str], None] = field(kw_only=True)

    def feed(self, line: str) -> None:
        """Take one log line; called in the thread that drains the log."""
        MuxLog.feed(self, line)
        self.take(line)


def _without_audio(source: MediaSource) -> MediaSource:
    return replace(source, info=replace(source.info, streams=source.info.videos))


class LiveCopy:
    """Copies until its source is to end, or is away for too long.

    Args:
        job: whose source is live, and whose streams are copied.
        parts: where they are written; closed with this.
        monitor: gets the figures.
        on_progress: called as it goes on.
    """

    def __init__(
        self,
        job: TranscodeJob,
        parts: Parts,
        monitor: RunMonitor,
        on_progress: Callable[[Progress], None] | None,
    ) -> None:
        self._job, self._monitor, self._on_progress = job, monitor, on_progress
        self._name, self._health = job.source.name, Health()
        monitor.watch(health=self._health, parts=parts)
        timeout, end = job.live.timeout, job.settings.end
        self._end = None if end is None else float(end)
        self._stopped = threading.Event()
        self._copied = CopiedParts(job.source.ffmpeg, parts, job.settings, self._stop)
        self._interruption = Interruption(
            *(self._name, self._health, Backoff()),
            timeout=None if timeout is None else float(timeout),
        )
        self._silence = Silence(float(job.source.info.frame_duration))
        self._begun: float | None = None
        """When the first packet came, on the monotonic clock."""
        self._latest = 0.0
        """When the last one came."""
        self._step = ProgressStep(0, 0.0, 0)
        self._frames = self._damaged = 0
        self._planned = job.settings.end
        """Seconds after which the connection is closed; None: it is left open."""
        self._problem = ""
        self._feeder: Process | None = None
        self._warned = set[str]()
        self._silent = False
        """Whether the source had no audio any more when it was opened again."""

    def run(self) -> EncodeResult:
        """Copy all of it.

        Raises:
            AvioError: it cannot be written, nothing came, or the source was away for
                too long; parts that were finished stay.
        """
        with self._copied, stops_on_request(self._stop):
            source = by_itself(self._job.source)
            problem = self._copy(source)
            while not self._is_over() and self._wait(problem):
                problem = self._copy(_without_audio(source) if self._silent else source)
            self._health.enter("ended")
            return self._result()

    def _copy(self, source: MediaSource) -> str:
        """Copy what one connection gives; returns why it ended.

        Raises:
            AvioError: it cannot be written, or of the first one nothing came.
        """
        plan = self._plan(source)
        log = _PartsLog(
            DamageWatch.of(source.url, source.address), take=self._copied.feed
        )
        live, length = self._job.live, self._job.live.segment or Fraction(0)
        command = self._copied.command(plan, length, aligned=live.clock_aligned)
        assert source.relay is not None, "only what a relay sends is copied in parts"
        self._problem, self._step = "", ProgressStep(0, 0.0, 0)
        self._feeder = feeder = source.relay.take(log.damage.feed)
        if self._stopped.is_set():  # while it was started
            feeder.kill()
        try:
            with self._watched(feeder, log.asked):
                run_with_progress(
                    *(source.ffmpeg, command, log, self._report),
                    stdin=feeder,
                    endless=True,
                    environment=_UTC,
                )
        except FFmpegError as error:
            if log.asked.is_set():
                self._stopped.set()
            self._refuse_failure(error)
            self._silent = any("matches no streams" in line for line in error.tail)
            self._problem = self._problem or last_words(feeder)
        self._damaged += log.damage.lost_packets + log.damage.corrupt_packets
        self._copied.finish_connection(packets_written(log.stats, plan))
        if log.asked.is_set():
            self._stopped.set()
        return self._problem or "the connection ended"

    def _plan(self, source: MediaSource) -> EncodePlan:
        settings = self._job.settings
        if self._end is not None and self._begun is not None:
            left = self._end - (time.monotonic() - self._begun)
            settings = replace(settings, end=Fraction(max(left, _NEAR)))
        self._planned = settings.end
        assert not isinstance(self._job.output, MediaUrl), "parts are files"
        target = PlannedPart(self._job.output)
        plan = plan_encode(settings, target, source.url, source.info)
        for warning in plan.warnings:
            if warning not in self._warned:
                LOG.warning("%s", warning)
        self._warned.update(plan.warnings)
        return plan

    def _refuse_failure(self, error: FFmpegError) -> None:
        """Fail where it is no matter of the source.

        Raises:
            OutputError: a part was begun, or the first connection gave nothing.
        """
        wrote = self._step.frames or self._step.seconds
        if self._stopped.is_set():
            return
        if wrote or self._begun is None:
            raise OutputError(
                f"cannot copy {self._name}: {error.message}", hint=error.hint
            ) from error

    def _report(self, step: ProgressStep) -> None:
        """Take a report of ffmpeg: whether anything came since the last one."""
        before, self._step = self._step, step
        if (step.frames, step.seconds) == (before.frames, before.seconds):
            return
        now, frames = time.monotonic(), step.frames - before.frames
        if self._begun is None:
            self._begun = now
        elif self._interruption.lasts:
            start, gone = self._latest - self._begun, now - self._latest
            self._health.came_back(Gap(Fraction(start), Fraction(gone)))
        self._interruption.over()
        for _ in range(min(frames, _COUNTED)):
            self._silence.item(now, now)
        self._latest = now
        self._health.count("frames", frames)
        self._monitor.copied(frames)
        self._frames += frames
        if self._on_progress is not None:
            size = self._copied.parts.size()
            self._on_progress(
                Progress(self._frames, now - self._begun, self._end, size)
            )

    @contextmanager
    def _watched(self, feeder: Process, asked: threading.Event) -> Iterator[None]:
        """Within the block, a connection that is silent for too long is closed.

        So is one that nothing has come from when the run is asked to end: ffmpeg waits
        for its first packet, whatever it is asked (5.1, 9.0).
        """
        done, begun = threading.Event(), time.monotonic()
        self._silence.connect()

        def watch() -> None:
            while not done.wait(_LOOK_SECONDS):
                silent, limit = self._silence.seconds(begun, time.monotonic())
                if silent > limit:
                    self._problem = f"no packet for {silent:.0f} s"
                    self._health.count("stalls")
                    break
                came = self._step.frames or self._step.seconds
                if self._is_late() or (asked.is_set() and not came):
                    break
                if silent > limit / 2 and self._begun is not None:
                    self._health.enter("stalled", f"no packet for {silent:.0f} s")
            if not done.is_set():
                feeder.kill()

        thread = threading.Thread(target=watch, name="avio-silence", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _wait(self, problem: str) -> bool:
        """Wait until the source is to be opened again; whether it is.

        Raises:
            SourceLostError: it has been away for too long.
        """
        delay = self._interruption.lost(problem)
        if self._end is not None and self._begun is not None:
            delay = min(delay, self._begun + self._end - time.monotonic())
        return not self._stopped.wait(max(delay, 0.0)) and not self._is_over()

    def _is_over(self) -> bool:
        if self._stopped.is_set():
            return True
        if self._end is None or self._begun is None:
            return False
        if time.monotonic() - self._begun > self._end - _NEAR:
            return True
        return self._planned is not None and self._step.seconds > self._planned - _NEAR

    def _is_late(self) -> bool:
        """Whether it should have ended: the source says no more, or what is old."""
        if self._end is None or self._begun is None:
            return False
        return time.monotonic() - self._begun > self._end + _LATE

    def _stop(self) -> None:
        """End it in order; from any thread."""
        self._stopped.set()
        if self._feeder is not None:
            self._feeder.kill()

    def _result(self) -> EncodeResult:
        copied, lost = self._copied, self._health.snapshot().summary()
        if not self._frames:
            raise InterruptionError(f"ended before {self._name} gave anything to keep")
        if self._damaged:
            lost = ", ".join(filter(None, (lost, f"{self._damaged} damaged packets")))
        if lost:
            LOG.warning("%s: %s", self._name, lost)
        return EncodeResult(self._frames, float(copied.seconds), copied.parts.size())
