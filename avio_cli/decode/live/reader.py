"""LiveReader: a camera or stream that is opened again when it ends, or falls silent."""

import itertools
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from fractions import Fraction
from functools import partial

from avio_cli.closing import ClosedOnExit
from avio_cli.decode.frame_filter import FrameFilter, until_first
from avio_cli.decode.live.connection import Connection, ItemReader, Silence
from avio_cli.decode.live.hand_over import Arrival, Ended, HandOver, Item
from avio_cli.decode.live.health import Gap, Health
from avio_cli.decode.live.interruption import Backoff, Interruption
from avio_cli.decode.live.kinds import LiveRules
from avio_cli.decode.live.resumption import Resumption
from avio_cli.decode.live.timeline import Timeline
from avio_cli.errors import AvioError, FFmpegError, InputError
from avio_cli.ffmpeg.url import mask_credentials
from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.time_range import TimeRange

TICK_SECONDS = 0.5
"""Between two looks at the clock, at most."""
FIRST_SECONDS = 10.0
"""For so long a source is tried that never gave anything: the probe may have been its
only client."""
LATE_SECONDS = 1.0
"""What belongs before the end may arrive so much later."""


class _SilentError(Exception):
    """A connection stands, and gives nothing."""


class LiveReader(ClosedOnExit):
    """Yields the items of one connection after the other, on one clock.

    Args:
        open_reader: opens the source, with its audio or without; called in a thread of
            the connection.
        rules: what is known of it.
        health: gets the counters.
        silence: how long it may be silent; None: for ever.
        backoff: when it is tried again.
    """

    def __init__(
        self,
        open_reader: Callable[[bool], ItemReader],
        rules: LiveRules | None = None,
        health: Health | None = None,
        silence: Silence | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self._open, self._rules = open_reader, rules or LiveRules()
        self._with_audio = self._rules.audio
        self.health, self._silence = health or Health(), silence
        self._timeline = Timeline(
            paced=not self._rules.ends,
            by_arrival=self._rules.by_arrival,
            on_jump=self._on_jump,
        )
        self._resumption = Resumption(video=self._rules.video)
        self._backoff = backoff or Backoff()
        self._interruption = Interruption(
            self._rules.name, self.health, self._backoff, self._rules.timeout
        )
        self._kind: type[Item] = Frame if self._rules.video else AudioBlock
        self._abandoned = threading.Event()
        self._connection: Connection | None = None
        self._numbers, self._started = itertools.count(), time.monotonic()
        self._end: Fraction | None = None
        self._latest: Fraction | None = None
        self._damage = ""

    def items(self) -> Generator[Item, None, None]:
        """Yield frames and audio, once; their times never go back.

        Raises:
            SourceLostError: it was away for longer than the timeout.
            InputError: it gave nothing from the start, or what `ends` cannot be read.
        """
        try:
            if self._rules.length is None:
                yield from self._items()
            else:
                yield from self._within(self._rules.length)
        finally:
            self.close()
            self.health.enter("ended")

    def damage(self) -> str:
        """What a body that has ended lacks; interruptions are logged as they happen."""
        return self._damage

    @property
    def disconnected(self) -> bool:
        """Whether the network broke it off in the end: never, it goes on."""
        return False

    def abandon(self) -> None:
        """End the iteration at once; from any thread."""
        self._abandoned.set()
        connection = self._connection
        if connection is not None:
            connection.abandon()

    def close(self) -> None:
        """Release the connection; safe to call twice."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _on_jump(self) -> None:
        self.health.count("jumps")

    def _on_drop(self) -> None:
        self.health.frame_arrived()
        self.health.count("dropped")

    def _within(self, length: Fraction) -> Generator[Item, None, None]:
        with closing(self._items()) as items:
            held = until_first(items, self._kind)
            if not held:
                return
            wanted = TimeRange.lasting(held[-1].time, length)
            self._end = wanted.end
            chosen = FrameFilter(wanted, audio=self._rules.audio)
            yield from chosen.select(itertools.chain(held, items))

    def _items(self) -> Generator[Item, None, None]:
        while not self._is_over():
            connection = self._connect()
            try:
                yield from self._arrivals(connection)
                if self._has_ended(connection) or self._is_over():
                    return
                problem = self._how_it_ended(connection)
            except _SilentError as silence:
                problem = self._silent(silence)
            except AvioError as error:
                if self._is_final(error, connection):
                    raise
                refused = self._interruption.lasts and _lacks_audio(error)
                self._with_audio = not refused
                problem = mask_credentials(error.message)
                problem = problem.removeprefix(f"{self._rules.name}: ")
                # What it passed through holds the reader, and what was read last.
                error.__traceback__ = error.__context__ = None
            finally:
                self.close()
            self._wait(problem, time.monotonic() - connection.begun)

    def _connect(self) -> Connection:
        self._timeline.connect(time.monotonic())
        for part in (self._resumption, self._silence):
            if part is not None:
                part.connect()
        hand_over = HandOver(
            newest=self._rules.newest,
            admit=self._admit,
            on_drop=self._on_drop,
            numbers=self._numbers,
        )
        open_reader = partial(self._open, self._with_audio)
        self._with_audio = self._rules.audio  # it may come back
        connection = self._connection = Connection(open_reader, hand_over)
        if self._abandoned.is_set():  # meanwhile
            connection.abandon()
        return connection

    def _arrivals(self, connection: Connection) -> Generator[Item, None, None]:
        """Yield what a connection gives until it ends, or is silent for too long."""
        while not self._abandoned.is_set():
            try:
                arrival = connection.take(TICK_SECONDS)
            except Ended as ended:
                cause = ended.__cause__
                if cause is not None:
                    raise cause from cause.__cause__  # what ffmpeg's log says stays
                return
            if arrival is not None:
                yield self._accepted(arrival)
            if arrival is not None and isinstance(arrival.item, self._kind):
                continue
            if arrival is None and self._is_over():
                return
            self._check_silence(connection)  # audio alone is none

    def _admit(self, item: Item, arrival: float) -> Item | None:
        """Place an item on the clock of the run; in the thread of its connection.

        What is dropped later counts, too: else the clock would seem to leap.
        """
        if self._rules.ends and self._resumption.is_known(item):
            return None
        if self._resumption.resumed:
            self._timeline.resume()
        placed = self._timeline.place(item, arrival)
        empty = isinstance(placed, AudioBlock) and not len(placed.samples)
        return None if empty else placed

    def _accepted(self, arrival: Arrival) -> Item:
        item, now = arrival.item, time.monotonic()
        if isinstance(item, self._kind) and self._silence is not None:
            self._silence.item(arrival.time, now)
        if isinstance(item, self._kind):
            self._note(item)
        self.health.count("decoded_bytes", item.nbytes)
        if isinstance(item, Frame):
            self.health.frame_arrived()
            self.health.handed_on(item.index, arrival.time)
        return item

    def _note(self, item: Item) -> None:
        """Note that an interruption is over."""
        if self._interruption.lasts and self._latest is not None:
            self.health.came_back(Gap(self._latest, item.time - self._latest))
        self._interruption.over()
        self._latest = item.time

    def _check_silence(self, connection: Connection) -> None:
        self._interruption.left()
        if self._silence is None:
            return
        silent, limit = self._silence.seconds(connection.begun, time.monotonic())
        kind = "frame" if self._rules.video else "audio"
        problem = f"no {kind} for {silent:.0f} s"
        if silent >= limit:
            raise _SilentError(problem)
        if silent >= limit / 2 and self._latest and not self._interruption.lasts:
            self.health.enter("stalled", problem)

    def _silent(self, silence: _SilentError) -> str:
        """Count a connection that gave nothing more; returns the problem."""
        if self._latest is None:
            raise InputError(f"{self._rules.name}: {silence}") from None
        self.health.count("stalls")
        return str(silence)

    def _has_ended(self, connection: Connection) -> bool:
        """Whether the source ended in order."""
        reader = connection.reader
        if not self._rules.ends or reader is None or reader.disconnected:
            return False
        self._damage = reader.damage()
        return True

    def _how_it_ended(self, connection: Connection) -> str:
        reader = connection.reader
        broken = reader is not None and reader.disconnected
        return "the network broke it off" if broken else "it ended"

    def _is_final(self, error: AvioError, connection: Connection) -> bool:
        """Whether an error will not go away: the source never was there, or is bad."""
        if self._interruption.gave_up:
            return True
        reader = connection.reader
        if reader is not None and reader.disconnected and self._is_known():
            return False
        if self._latest is None:
            return True
        return self._rules.ends and not self._interruption.happened

    def _is_known(self) -> bool:
        """Whether it gave something, or was tried for a short time only."""
        tried = time.monotonic() - self._started
        return self._latest is not None or tried < FIRST_SECONDS

    def _is_over(self) -> bool:
        """Whether nothing more is wanted."""
        if self._abandoned.is_set():
            return True
        now = self._timeline.now(time.monotonic() - LATE_SECONDS)
        return self._end is not None and now is not None and now >= self._end

    def _wait(self, problem: str, lasted: float) -> None:
        """Wait before the next attempt."""
        if self._is_over():
            return
        if not self._interruption.lasts:
            self._backoff.succeeded(lasted)
        delay = self._interruption.lost(problem)
        until = time.monotonic() + delay
        while (left := until - time.monotonic()) > 0 and not self._is_over():
            self._abandoned.wait(min(left, TICK_SECONDS))


def _lacks_audio(error: AvioError) -> bool:
    """Whether a source was opened that has no audio any more (5.1, 9.0).

    Its decoder says so, and the relay before it that the pipe is broken.
    """
    cause = error.__cause__
    lines = cause.tail if isinstance(cause, FFmpegError) else ()
    words = ("matches no streams", "Broken pipe")
    return any(word in line for word in words for line in (error.message, *lines))
