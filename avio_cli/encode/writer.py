"""VideoWriter: an encoder for Python code that takes frames or NumPy arrays."""

import os
import weakref
from fractions import Fraction
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from avio_cli.encode.encoder import Encoder
from avio_cli.errors import UsageError
from avio_cli.media.frame import Frame


def _abandon(encoder: Encoder, owner: int) -> None:
    """Close a writer that nobody closed, but not in a fork of its process."""
    if os.getpid() == owner:
        encoder.close()


class VideoWriter:
    """Writes frames or arrays into a file; made by `avio_cli.api.create_video`.

    Use it as a context manager. Leaving the block finishes, verifies and renames the
    file to its final name; an exception leaves no file, nor does a writer that is never
    closed.
    """

    def __init__(self, encoder: Encoder, rate: Fraction | None) -> None:
        self._encoder, self._rate = encoder, rate
        weakref.finalize(self, _abandon, encoder, os.getpid())

    @property
    def frames_written(self) -> int:
        """Frames written so far."""
        return self._encoder.frames_written

    def write(
        self, frame: Frame | NDArray[np.uint8], like: Frame | None = None
    ) -> None:
        """Write one frame.

        Args:
            frame: a `Frame`, written at its own time; or a uint8 array, (H, W, 3)
                in bgr order or (H, W) grey.
            like: the frame whose time an array gets; without it the time follows
                from the rate that `create_video` was given.

        Raises:
            OutputError: the encoder failed, or the frame does not follow the ones
                before it in time, size or pixel format.
            UsageError: it is not an image array, or has no time.
        """
        self._encoder.write(
            frame if isinstance(frame, Frame) else self._frame(frame, like)
        )

    def finish(self) -> None:
        """Wait for the encoder, verify the file, and give it its name.

        Raises:
            OutputError: no frame was written, or the result is not complete.
        """
        self._encoder.finish()

    def close(self) -> None:
        """Stop; what is not finished is removed. Safe to call twice."""
        self._encoder.close()

    def __enter__(self) -> "VideoWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.finish()
        finally:
            self.close()

    def _frame(self, array: NDArray[np.uint8], like: Frame | None) -> Frame:
        index, time_base = self.frames_written, Fraction(1)
        if like is not None:
            pts, time_base = like.pts, like.time_base
        elif self._rate is not None:
            pts, time_base = index, 1 / self._rate
        else:
            raise UsageError(
                "an array has no time of its own",
                hint="give create_video(rate=…), or write(array, like=frame)",
            )
        try:
            pixel_format = "gray" if array.ndim == 2 else "bgr24"
            return Frame((array,), pixel_format, index, pts, time_base)
        except (AttributeError, ValueError) as error:
            raise UsageError(f"frame {index} cannot be written: {error}") from error
