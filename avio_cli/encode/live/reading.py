"""OneReading: the frames of a source that is read once; its audio goes another way."""

import logging
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from avio_cli.closing import ClosedOnExit
from avio_cli.decode.live.health import Health
from avio_cli.decode.live.kinds import is_one_body
from avio_cli.decode.live.opening import live_reader, with_audio
from avio_cli.decode.live.options import LiveOptions
from avio_cli.decode.live.reader import LiveReader
from avio_cli.decode.process import Decoder, DecodeRequest, start_decoder
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings
from avio_cli.encode.damage import read_damage
from avio_cli.encode.live.piped_audio import PipedAudio
from avio_cli.ffmpeg.damage_signs import DamageWatch
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.frame import AudioBlock, Frame

LOG = logging.getLogger("avio.live")


class OneReading(ClosedOnExit):
    """Reads a source once: iterate the frames; audio is put where it is wanted.

    A live source is read until `stop`, its end, or the time that is asked for after its
    first frame, and is opened again where it breaks off.

    Args:
        source: what to read.
        settings: how; the end of a live source counts from its first frame.
        audio: what gets the audio; None: none is read.
        options: how a live source is read.
        health: gets the counters of a live source.
    """

    def __init__(
        self,
        source: MediaSource,
        settings: ReaderSettings,
        audio: PipedAudio | None,
        options: LiveOptions,
        health: Health,
    ) -> None:
        self._source, self._audio, self._settings = source, audio, settings
        self._stopped, self._watch, self._damaged = False, DamageWatch(), 0
        self._plain: MediaReader | None = None
        self._reader: MediaReader | LiveReader
        if source.is_live:
            self._settings = replace(settings, end=None)
            self._reader = live_reader(source, settings, options, health, self._open)
        else:
            self._reader = self._open(True)

    @property
    def reordered(self) -> int:
        """As of `MediaReader`; of a live source, since it was last opened."""
        return self._plain.reordered if self._plain else 0

    @property
    def damaged(self) -> int:
        """Packets and frames that could not be decoded, or not wholly."""
        return self._damaged + self._watch.lost_packets + self._watch.corrupt_frames

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames, once.

        Raises:
            InputError: the source cannot be read.
        """
        with closing(self._reader.items()) as items:
            while (item := self._next(items)) is not None:
                if isinstance(item, Frame):
                    yield item
                else:
                    self._put(item)

    def stop(self) -> None:
        """End the iteration soon, as if the source had ended; from any thread."""
        self._stopped = True
        self._reader.abandon()

    def damage(self) -> str:
        """What a source that was read to its end failed to deliver; empty if nothing.

        Of a live source nothing is: that is counted, or warned of. The body of a
        response is a file where it is shorter than the server had said, and it was
        not us who ended it.
        """
        if isinstance(self._reader, MediaReader):
            return read_damage(self._reader, self._source)
        ended = is_one_body(self._source) and not self._stopped
        damage = self._reader.damage() if ended else ""
        if damage and not self._watch.is_short:
            LOG.warning("%s", damage)
            return ""
        return damage

    def close(self) -> None:
        """Release everything; safe to call twice."""
        self._reader.close()

    def _next(self, items: Iterator[Frame | AudioBlock]) -> Frame | AudioBlock | None:
        """The next item; how long it took counts as waiting for audio, too."""
        begun = time.monotonic()
        item = next(items, None)
        if self._audio is not None:
            self._audio.waited(time.monotonic() - begun)
        return item

    def _put(self, block: AudioBlock) -> None:
        if self._audio is not None:
            self._audio.put(block)

    def _open(self, audio: bool) -> MediaReader:
        """A reader of one connection, with its audio or without."""
        settings = with_audio(self._settings, audio)
        self._plain = MediaReader(self._source, settings, self._start)
        return self._plain

    def _start(self, request: DecodeRequest) -> Decoder:
        decoder = start_decoder(request)
        self._damaged, self._watch = self.damaged, decoder.watch
        return decoder
