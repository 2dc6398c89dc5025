"""PipedEncoder: frames and their audio into one file, which begins at 0."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from avio_cli.closing import ClosedOnExit
from avio_cli.encode.encoder import Encoder
from avio_cli.encode.live.piped_audio import PipedAudio
from avio_cli.encode.parts.encoder import PartsEncoder
from avio_cli.media.frame import Frame


class PipedEncoder(ClosedOnExit):
    """Encodes frames, and the audio that belongs to them; a `Sink`.

    Args:
        encoder: of the video, and of the audio if there is any.
        audio: the audio, as it is read; None for none.
        origin: the time of the source that is 0 in the result; None: that of the
            first frame.
        usual: seconds for which a frame is shown, where that is known.
    """

    def __init__(
        self,
        encoder: Encoder | PartsEncoder,
        audio: PipedAudio | None,
        origin: Fraction | None,
        usual: Fraction,
    ) -> None:
        self._encoder, self._audio = encoder, audio
        self._origin, self._usual, self._cut = origin, usual, origin is None
        self._ticks: int | None = None
        self._last: Fraction | None = None

    @property
    def frames_written(self) -> int:
        """As of `Encoder`."""
        return self._encoder.frames_written

    @property
    def seconds(self) -> float | None:
        """As of `Encoder`."""
        return self._encoder.seconds

    def write(self, frame: Frame) -> None:
        """Encode a frame, and the audio that came for the time up to it.

        Raises:
            AvioError: as `Encoder.write`.
        """
        ticks = self._begin(frame) if self._ticks is None else self._ticks
        moved = replace(frame, pts=frame.pts - ticks)
        self._encoder.write(moved)
        self._last = moved.time
        if self._audio is not None:
            for block in self._audio.until(moved.time):
                self._encoder.write_audio(block)

    def finish(self, verified: Callable[[Path | None], None] = lambda _: None) -> None:
        """Write the rest of the audio; then as `Encoder.finish`.

        Raises:
            OutputError: no frame was written, or the result is not complete.
        """
        if self._audio is not None and self._last is not None:
            # A live source was left in between: nothing of it goes on without video.
            end = self._last + self._usual if self._cut else None
            for block in self._audio.rest(end):
                self._encoder.write_audio(block)
        self._encoder.finish(verified)

    def close(self) -> None:
        """As of `Encoder`."""
        self._encoder.close()

    def _begin(self, frame: Frame) -> int:
        """Ticks by which all frames are moved: the audio goes with them."""
        base = frame.time_base
        origin = frame.time if self._origin is None else self._origin
        self._ticks = ticks = min(origin // base, frame.pts)
        if isinstance(self._encoder, PartsEncoder):
            self._encoder.moved_by = ticks
        if self._audio is not None:
            self._audio.begin(ticks * base)
        return ticks
