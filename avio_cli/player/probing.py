"""Probing: asks what a source holds, while other things are done.

Light to import: the first source is asked before numpy is there.
"""

import threading

from avio_cli.errors import InputError
from avio_cli.ffmpeg.address import Address
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe import probe
from avio_cli.media import MediaInfo
from avio_cli.sources.streaming import StreamedInput


class Probing:
    """Asks what a source holds, while other things are done.

    Args:
        ffmpeg: the binary to ask.
        address: what to ask of.
    """

    def __init__(self, ffmpeg: FFmpeg, address: Address) -> None:
        self.address = address
        self._ffmpeg = ffmpeg
        self._info: MediaInfo | None = None
        self._error: BaseException | None = None
        self._streamed = StreamedInput() if address.kind == "stdin" else None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def result(self) -> MediaInfo:
        """Wait for the answer.

        Raises:
            InputError: it cannot be opened.
        """
        self._thread.join()
        if self._streamed is not None:
            self._streamed.begin()
            self._streamed.keep_no_more()
        if self._info is None:
            raise self._error or InputError(f"{self.address.shown} cannot be opened")
        return self._info

    def _run(self) -> None:
        try:
            if self._streamed is not None:
                self._streamed.begin()
            self._info = probe(self._ffmpeg, self.address)
        except BaseException as error:  # raised again where the answer is wanted
            self._error = error
