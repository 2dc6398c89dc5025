"""SoundFeeder: keeps the loudspeaker supplied, and the clock true."""

import threading
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from avio_cli.display.audio_device import AudioDevice
from avio_cli.errors import OutputError
from avio_cli.media.frame import AudioBlock
from avio_cli.player.cover_picture import LOG
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playback.decode_session import DecodeSession

QUEUED_SECONDS = 0.15
"""Sound that waits in the device: what a busy moment of ours may last."""
TICK_SECONDS = 0.01
TOLERANCE = Fraction(1, 50)
"""Seconds by which times of blocks may be wrong; more is a gap, or an overlap."""


class AudioOutput(Protocol):
    """What is fed: `Speaker`, or one like it."""

    latency: float

    @property
    def queued(self) -> float:
        """Seconds that wait."""
        ...

    def write(self, samples: NDArray[np.int16]) -> None:
        """Queue samples (n, channels)."""
        ...

    def pause(self, paused: bool) -> None:
        """Hold the device, or let it go on."""
        ...

    def clear(self) -> None:
        """Forget what waits."""
        ...


class NullAudioOutput:
    """Stands where there is no sound device; a `Loudspeaker`."""

    latency = 0.0
    queued = 0.0
    driver = ""

    def write(self, samples: NDArray[np.int16]) -> None:
        """Nothing is heard."""

    def pause(self, paused: bool) -> None:
        """Nothing to hold."""

    def clear(self) -> None:
        """Nothing to forget."""

    def close(self) -> None:
        """Nothing to give back."""


class AudioPlayer:
    """Feeds a loudspeaker from a session, in a thread of its own.

    A slow callback or a busy screen cannot stop it.

    Args:
        clock: corrected by what the device has played.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.listener: Callable[[AudioBlock], None] = lambda block: None
        """Gets what is played at normal speed, before the volume."""
        self._output: AudioOutput = NullAudioOutput()
        self._lock = threading.Lock()
        self._session: DecodeSession | None = None
        self._playing = False
        self._end: Fraction | None = None
        self._speed = 1.0
        self._volume = 1.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def connect(self, speaker: AudioOutput) -> None:
        """Feed this device from now on; it must stay open as long as the feeder."""
        with self._lock:
            self._output = speaker

    def set_volume(self, volume: float) -> None:
        """Set the volume, 1 for as recorded; heard as soon as what waits is played."""
        self._volume = volume

    def attach(self, session: DecodeSession | None, speed: float = 1.0) -> None:
        """Play another session's sound from now on, none where it is None."""
        with self._lock:
            self._session, self._speed = session, speed
            self._end = None
            self._output.pause(True)
            self._output.clear()
            self._playing = False

    def start(self, position: Fraction, *, playing: bool) -> None:
        """Set the clock to a position, and start it and the sound, if wanted."""
        with self._lock:
            self._end = position
            latency = self._output.latency * self._speed if self._session else 0.0
            self._feed()
            self._clock.set(float(position) - latency, running=playing)
            self._output.pause(not playing)
            self._playing = playing

    def pause(self, paused: bool) -> None:
        """Hold, or go on exactly where it was held."""
        with self._lock:
            self._output.pause(paused)
            self._clock.run(not paused)
            self._playing = not paused

    @property
    def is_drained(self) -> bool:
        """Whether all that was played has been heard."""
        if self._output.queued:
            return False
        return self._end is None or self._clock.now() >= float(self._end)

    def close(self) -> None:
        """Stop feeding; the speaker stays open."""
        self._stopped.set()
        self._thread.join(1)

    def _run(self) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            with self._lock:
                if self._playing:
                    self._feed()
                    self._correct()

    def _feed(self) -> None:
        session = self._session
        while session and self._output.queued < QUEUED_SECONDS:
            block = session.take_audio()
            if block is None:
                return
            self._play(session, block)

    def _play(self, session: DecodeSession, block: AudioBlock) -> None:
        expected = self._expected(block)
        gap = block.time - expected
        if gap > TOLERANCE:
            session.return_audio(block)
            silence = min(gap, Fraction(1, 10))
            count = max(1, round(silence * block.sample_rate))
            self._end = expected + silence
            self._write(np.zeros((count, block.samples.shape[1]), np.int16))
            return
        if gap < -TOLERANCE:
            block = _skip_before(block, -gap)
        if not len(block.samples):
            self._end = expected  # all of it is past
            return
        self._end = block.time + block.duration
        self._write(block.samples)
        if self._speed == 1:
            self.listener(block)

    def _expected(self, block: AudioBlock) -> Fraction:
        """When the sample that is queued next will be heard.

        Where the device ran dry only because we were late, sound goes on where it
        was, and the clock will follow it. Where the source has a gap, it goes by the
        clock.
        """
        end = self._end
        ran_dry = self._playing and self._output.queued == 0
        if end is None or (ran_dry and abs(block.time - end) > TOLERANCE):
            latency = self._output.latency * self._speed
            return Fraction(self._clock.now() + latency).limit_denominator(1_000_000)
        return end

    def _write(self, samples: NDArray[np.int16] | NDArray[np.float32]) -> None:
        if not len(samples):
            return
        self._output.write(
            apply_volume(samples.astype(np.int16, copy=False), self._volume)
        )

    def _correct(self) -> None:
        queued = self._output.queued
        if self._end is None or not queued or not self._session:
            return  # silence is no measure of time
        unheard = (queued + self._output.latency) * self._speed
        self._clock.sync(float(self._end) - unheard)


def apply_volume(samples: NDArray[np.int16], volume: float) -> NDArray[np.int16]:
    """Make sound louder or softer; what is too loud is cut off at the top."""
    if volume == 1:
        return samples
    louder = np.rint(samples * np.float32(volume))
    within: NDArray[np.int16] = np.clip(louder, -32768, 32767).astype(np.int16)
    return within


def _skip_before(block: AudioBlock, seconds: Fraction) -> AudioBlock:
    count = min(len(block.samples), round(seconds * block.sample_rate))
    passed = Fraction(count, block.sample_rate) / block.time_base
    return replace(block, samples=block.samples[count:], pts=block.pts + round(passed))


def open_audio_output(wanted: bool) -> AudioDevice | NullAudioOutput:
    """The sound device, or one that plays nothing where there is none."""
    if not wanted:
        return NullAudioOutput()
    try:
        return AudioDevice()
    except OutputError as error:
        LOG.warning("%s; playing without sound", error.message)
        return NullAudioOutput()
