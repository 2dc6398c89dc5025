"""Feed: one reading of a source, and the encoder of what becomes of it."""

import logging
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypedDict

from avio_cli.decode.live.health import Health
from avio_cli.decode.live.options import LiveOptions
from avio_cli.decode.opening import piped_inputs
from avio_cli.decode.settings import ReaderSettings
from avio_cli.encode.encoder import Encoder
from avio_cli.encode.live.encoder import PipedEncoder
from avio_cli.encode.live.piped_audio import LATE_FILE, LATE_LIVE, PipedAudio
from avio_cli.encode.live.reading import OneReading
from avio_cli.encode.live.streams import USUAL_RATE, PipedStreams, plan_piped
from avio_cli.encode.parts.encoder import PartsEncoder
from avio_cli.encode.settings import EncodeSettings
from avio_cli.encode.video_params import nominal_rate
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.frame import Frame
from avio_cli.media.info import AudioStream, VideoStream
from avio_cli.output.parts.parts import Parts
from avio_cli.output.target import OutputTarget

LOG = logging.getLogger("avio.live")


class _Piped(TypedDict):
    like: VideoStream
    audio: AudioStream | None


class Feed:
    """What of a source is read, for a result or only for its frames.

    Args:
        source: what is read once.
        encoding: of the result; None: there is none.
        options: how a live source is read.

    Raises:
        InputError: a requested stream is missing.
        UsageError: what is asked for needs the source itself.
    """

    def __init__(
        self, source: MediaSource, encoding: EncodeSettings | None, options: LiveOptions
    ) -> None:
        self._source, self._options = source, options
        self._streams = None if encoding is None else plan_piped(source, encoding)
        self._audio = _piped_audio(self._streams, source)
        self._reading: OneReading | None = None
        self.health = Health()
        """Of a live source."""

    @property
    def is_live(self) -> bool:
        """Whether the source is."""
        return self._source.is_live

    @property
    def is_newest(self) -> bool:
        """Whether frames that grow old are dropped."""
        return self.is_live and self._options.latency == "newest"

    def open_reader(self, settings: ReaderSettings) -> OneReading:
        """Start to read, with the audio of the result."""
        inputs = (*piped_inputs(self._source), *settings.input_options)
        settings = replace(settings, input_options=inputs)
        if self._audio is not None and self._streams is not None:
            settings = replace(settings, audio=self._streams.format)
        self._reading = OneReading(
            self._source, settings, self._audio, self._options, self.health
        )
        return self._reading

    def open_encoder(self, output: OutputTarget | Parts) -> PipedEncoder:
        """Open the encoder of the result; what is not kept is warned of."""
        streams, source = self._streams, self._source
        if streams is None:
            raise ValueError("there is no result to encode")
        for warning in streams.dropped:
            LOG.warning("%s", warning)
        encoder = self._encoder(output, streams)
        origin = None if source.is_live else source.origin
        rate = nominal_rate(streams.video) or USUAL_RATE
        return PipedEncoder(encoder, self._audio, origin, 1 / rate)

    def _encoder(
        self, output: OutputTarget | Parts, streams: PipedStreams
    ) -> Encoder | PartsEncoder:
        settings, options = streams.settings, self._options
        piped: _Piped = {"like": streams.video, "audio": streams.audio}
        ffmpeg, endless = self._source.ffmpeg, self._source.is_live
        if not isinstance(output, Parts):
            return Encoder(ffmpeg, output, settings, **piped, endless=endless)
        length = options.segment or Fraction(0)
        return PartsEncoder(
            *(ffmpeg, output, settings, length),
            **piped,
            clock_aligned=options.clock_aligned,
        )

    def processed(self, frame: Frame) -> None:
        """All is done with a frame: so late the run is."""
        self.health.processed(frame.index)

    def losses(self) -> dict[str, Any]:
        """What was lost of a live source, as JSON types; empty of another one."""
        if not self._source.is_live:
            return {}
        record = self.health.snapshot().as_record()
        if self._reading is not None:
            record["damaged_packets"] = self._reading.damaged
        if self._audio is not None:
            record["audio_silence_s"] = round(float(self._audio.silent), 3)
            record["audio_dropped_s"] = round(float(self._audio.dropped), 3)
        return record

    def summary(self) -> str:
        """The same for people; empty where nothing was lost."""
        if not self._source.is_live:
            return ""
        parts = [self.health.snapshot().summary()]
        if self._reading is not None and self._reading.damaged:
            parts.append(f"{self._reading.damaged} damaged packets")
        if self._audio is not None and self._audio.silent:
            parts.append(f"{float(self._audio.silent):.1f} s of audio are silence")
        return ", ".join(filter(None, parts))


def _piped_audio(
    streams: PipedStreams | None, source: MediaSource
) -> PipedAudio | None:
    if streams is None or streams.audio is None:
        return None
    late = LATE_LIVE if source.is_live else LATE_FILE
    return PipedAudio(streams.audio.sample_rate, streams.audio.channels, late)
