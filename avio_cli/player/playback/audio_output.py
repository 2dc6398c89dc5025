"""AudioPlayer: keeps the audio device filled and the clock in sync with it."""

import logging
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
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playback.decode_session import DecodeSession

LOG = logging.getLogger("avio.player")

QUEUED_SECONDS = 0.15
"""Audio queued in the device: a stall of ours may last that long."""
TICK_SECONDS = 0.01
TOLERANCE = Fraction(1, 50)
"""Seconds by which a block's time may be off; more is a gap or an overlap."""


class AudioOutput(Protocol):
    """What plays the samples: `AudioDevice`, or one like it."""

    latency: float

    @property
    def queued(self) -> float:
        """Seconds of audio in the queue."""
        ...

    def write(self, samples: NDArray[np.int16]) -> None:
        """Queue samples (n, channels)."""
        ...

    def pause(self, paused: bool) -> None:
        """Pause the device, or resume it."""
        ...

    def clear(self) -> None:
        """Drop what is queued."""
        ...


class NullAudioOutput:
    """Plays nothing, where there is no audio device; an `AudioOutput`."""

    latency = 0.0
    queued = 0.0
    driver = ""

    def write(self, samples: NDArray[np.int16]) -> None:
        """Do nothing: nothing is played."""

    def pause(self, paused: bool) -> None:
        """Do nothing: nothing is playing."""

    def clear(self) -> None:
        """Do nothing: nothing is queued."""

    def close(self) -> None:
        """Do nothing: no device is open."""


class AudioPlayer:
    """Plays the audio of a decode session, in a thread of its own.

    A slow callback or slow rendering cannot stop it.

    Args:
        clock: synced to what the device has played.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.listener: Callable[[AudioBlock], None] = lambda block: None
        """Receives what is played at normal speed, before the volume is applied."""
        self.at_other_speed: Callable[[AudioBlock], None] = lambda block: None
        """Receives what is played at another."""
        self._output: AudioOutput = NullAudioOutput()
        self._device: AudioDevice | NullAudioOutput | None = None
        self._lock = threading.Lock()
        self._session: DecodeSession | None = None
        self._playing = False
        self._end: Fraction | None = None
        self._speed = 1.0
        self._volume = 1.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def driver(self) -> str:
        """SDL's name of the audio driver; empty where no device is open."""
        return self._device.driver if self._device is not None else ""

    def open_device(self) -> bool:
        """Open the audio device, once; returns whether there is one."""
        if self._device is None:
            self._device = open_audio_output()
            self.connect(self._device)
        return not isinstance(self._device, NullAudioOutput)

    def connect(self, output: AudioOutput) -> None:
        """Play on this output from now on; it must stay open until `close`."""
        with self._lock:
            self._output = output

    def set_volume(self, volume: float) -> None:
        """Set the volume, 1 for unchanged; queued audio keeps the old one."""
        self._volume = volume

    def attach(self, session: DecodeSession | None, speed: float = 1.0) -> None:
        """Play another session's audio from now on; None for none."""
        with self._lock:
            self._session, self._speed = session, speed
            self._end = None
            self._output.pause(True)
            self._output.clear()
            self._playing = False

    def start(self, position: Fraction, *, playing: bool) -> None:
        """Set the clock to a position; with `playing`, start it and the audio."""
        with self._lock:
            self._end = position
            latency = self._output.latency * self._speed if self._session else 0.0
            self._feed()
            self._clock.set(float(position) - latency, running=playing)
            self._output.pause(not playing)
            self._playing = playing

    def pause(self, paused: bool) -> None:
        """Pause, or resume exactly where it was paused."""
        with self._lock:
            self._output.pause(paused)
            self._clock.run(not paused)
            self._playing = not paused

    @property
    def is_drained(self) -> bool:
        """Whether the device has played all that was queued."""
        if self._output.queued:
            return False
        return self._end is None or self._clock.now() >= float(self._end)

    def close(self) -> None:
        """Stop the thread, and close the device; safe to call twice."""
        self._stopped.set()
        self._thread.join(1)
        if self._device is not None:
            self._device.close()

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
            self._end = expected  # the whole block is late
            return
        self._end = block.time + block.duration
        self._write(block.samples)
        if self._speed == 1:
            self.listener(block)
        else:
            self.at_other_speed(block)

    def _expected(self, block: AudioBlock) -> Fraction:
        """The media time at which the next queued sample will be played.

        If the device ran dry only because we were late, audio continues where it
        was, and the clock will follow it. If the source has a gap, the clock decides.
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
            return  # nothing playing to measure
        unplayed = (queued + self._output.latency) * self._speed
        self._clock.sync(float(self._end) - unplayed)


def apply_volume(samples: NDArray[np.int16], volume: float) -> NDArray[np.int16]:
    """Scale samples by the volume, clipped to 16 bits."""
    if volume == 1:
        return samples
    scaled = np.rint(samples * np.float32(volume))
    clipped: NDArray[np.int16] = np.clip(scaled, -32768, 32767).astype(np.int16)
    return clipped


def _skip_before(block: AudioBlock, seconds: Fraction) -> AudioBlock:
    count = min(len(block.samples), round(seconds * block.sample_rate))
    passed = Fraction(count, block.sample_rate) / block.time_base
    return replace(block, samples=block.samples[count:], pts=block.pts + round(passed))


def open_audio_output() -> AudioDevice | NullAudioOutput:
    """Open the audio device; without one, return an output that plays nothing."""
    try:
        return AudioDevice()
    except OutputError as error:
        LOG.warning("%s; playing without audio", error.message)
        return NullAudioOutput()
