"""AudioDevice: plays audio with SDL, and knows how much is not played yet."""

import ctypes
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from avio_cli.display.sdl import last_error, load_sdl, silence_stderr
from avio_cli.errors import OutputError

SAMPLES = 1024
"""Samples that the device takes at a time."""
PERIODS_UNPLAYED = 1.5
"""Periods that the device has taken but, on average, not played: SDL buffers two."""


@dataclass(frozen=True, slots=True)
class DeviceFormat:
    """The sample format of a device: 16 bits, interleaved."""

    sample_rate: int = 48000
    channels: int = 2


class AudioDevice:
    """An opened audio device; starts paused.

    Args:
        device_format: what will be written; SDL converts it if the device differs.

    Raises:
        OutputError: there is no device, or it cannot be opened.
    """

    def __init__(self, device_format: DeviceFormat | None = None) -> None:
        self.format = device_format = device_format or DeviceFormat()
        self._sdl = sdl = load_sdl()
        with silence_stderr():
            self._device = _open(sdl, device_format)
        self._bytes_a_second = device_format.sample_rate * device_format.channels * 2
        self.latency = PERIODS_UNPLAYED * SAMPLES / device_format.sample_rate
        """Seconds from leaving the queue to being played, on average."""

    @property
    def driver(self) -> str:
        """SDL's name of the audio driver."""
        return str((self._sdl.SDL_GetCurrentAudioDriver() or b"").decode())

    @property
    def queued(self) -> float:
        """Seconds of queued audio that the device has not taken yet."""
        waiting: int = self._sdl.SDL_GetQueuedAudioSize(self._device)
        return waiting / self._bytes_a_second

    def write(self, samples: NDArray[np.int16]) -> None:
        """Queue samples (n, channels)."""
        data = np.ascontiguousarray(samples)
        pointer = data.ctypes.data_as(ctypes.c_void_p)
        self._sdl.SDL_QueueAudio(self._device, pointer, data.nbytes)

    def pause(self, paused: bool) -> None:
        """Pause the device, or resume it; what is queued stays."""
        self._sdl.SDL_PauseAudioDevice(self._device, int(paused))

    def clear(self) -> None:
        """Drop what is queued."""
        self._sdl.SDL_ClearQueuedAudio(self._device)

    def close(self) -> None:
        """Close the device; safe to call twice."""
        if self._device:
            self._sdl.SDL_CloseAudioDevice(self._device)
            self._sdl.SDL_QuitSubSystem(self._sdl.SDL_INIT_AUDIO)
            self._device = 0


def _open(sdl: ModuleType, device_format: DeviceFormat) -> int:
    if sdl.SDL_InitSubSystem(sdl.SDL_INIT_AUDIO) != 0:
        raise OutputError(f"no audio device: {last_error(sdl)}")
    wanted = sdl.SDL_AudioSpec(
        device_format.sample_rate, sdl.AUDIO_S16SYS, device_format.channels, SAMPLES
    )
    device: int = sdl.SDL_OpenAudioDevice(None, 0, wanted, None, 0)
    if not device:
        reason = last_error(sdl)
        sdl.SDL_QuitSubSystem(sdl.SDL_INIT_AUDIO)
        raise OutputError(f"no audio device: {reason}")
    return device
