"""Speaker: sound out of SDL, and how much of it has not been heard yet."""

import ctypes
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from avio_cli.display.sdl import last_error, load_sdl, muffled
from avio_cli.errors import OutputError

SAMPLES = 1024
"""Samples that the device takes at a time."""
PERIODS_UNHEARD = 1.5
"""Of what the device has taken, on average not heard yet: SDL keeps two of these."""


@dataclass(frozen=True, slots=True)
class DeviceFormat:
    """What a device plays: 16-bit samples, interleaved."""

    sample_rate: int = 48000
    channels: int = 2


class AudioDevice:
    """An opened sound device; begins paused.

    Args:
        form: what will be written; SDL converts where the device wants another.

    Raises:
        OutputError: there is no device, or it cannot be opened.
    """

    def __init__(self, form: DeviceFormat | None = None) -> None:
        self.format = form = form or DeviceFormat()
        self._sdl = sdl = load_sdl()
        with muffled():
            self._device = _open(sdl, form)
        self._bytes_a_second = form.sample_rate * form.channels * 2
        self.latency = PERIODS_UNHEARD * SAMPLES / form.sample_rate
        """Seconds from leaving the queue to being heard, on average."""

    @property
    def driver(self) -> str:
        """SDL's name of the sound system."""
        return str((self._sdl.SDL_GetCurrentAudioDriver() or b"").decode())

    @property
    def queued(self) -> float:
        """Seconds of sound that the device has not taken yet."""
        waiting: int = self._sdl.SDL_GetQueuedAudioSize(self._device)
        return waiting / self._bytes_a_second

    def write(self, samples: NDArray[np.int16]) -> None:
        """Queue sound: (n, channels)."""
        data = np.ascontiguousarray(samples)
        pointer = data.ctypes.data_as(ctypes.c_void_p)
        self._sdl.SDL_QueueAudio(self._device, pointer, data.nbytes)

    def pause(self, paused: bool) -> None:
        """Hold the device, or let it go on; what is queued stays."""
        self._sdl.SDL_PauseAudioDevice(self._device, int(paused))

    def clear(self) -> None:
        """Forget what is queued."""
        self._sdl.SDL_ClearQueuedAudio(self._device)

    def close(self) -> None:
        """Give the device back; safe to call twice."""
        if self._device:
            self._sdl.SDL_CloseAudioDevice(self._device)
            self._sdl.SDL_QuitSubSystem(self._sdl.SDL_INIT_AUDIO)
            self._device = 0


def _open(sdl: ModuleType, form: DeviceFormat) -> int:
    if sdl.SDL_InitSubSystem(sdl.SDL_INIT_AUDIO) != 0:
        raise OutputError(f"no sound device: {last_error(sdl)}")
    wanted = sdl.SDL_AudioSpec(
        form.sample_rate, sdl.AUDIO_S16SYS, form.channels, SAMPLES
    )
    device: int = sdl.SDL_OpenAudioDevice(None, 0, wanted, None, 0)
    if not device:
        reason = last_error(sdl)
        sdl.SDL_QuitSubSystem(sdl.SDL_INIT_AUDIO)
        raise OutputError(f"no sound device: {reason}")
    return device
