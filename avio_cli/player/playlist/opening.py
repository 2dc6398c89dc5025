"""OpenInput: an input that is open, with all that is made for it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from avio_cli.decode.process import DecoderFactory, start_decoder
from avio_cli.decode.settings import ReaderSettings
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.audio_output import AudioPlayer
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playback.decode_session import FrameTransform
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.open_settings import OpenSettings, open_settings
from avio_cli.player.playback.playback import FRAME_CACHE_BYTES, Playback
from avio_cli.player.playback.seek import PlaybackObserver
from avio_cli.player.subtitles.choosing import (
    AvailableSubtitles,
    available_subtitles,
)
from avio_cli.player.thumbnails import ThumbnailReader
from avio_cli.vision.annotators.parts import parse_drawing

if TYPE_CHECKING:
    from avio_cli.player.live_tracking import LiveTracker

LOG = logging.getLogger("avio.player")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInput:
    """An input that is open, with all that is made for it."""

    media: OpenMedia
    playback: Playback
    thumbnails: ThumbnailReader
    subtitles: AvailableSubtitles
    tracker: "LiveTracker | None" = None
    """Tracks while it is played; None: it is not tracked."""

    def close(self) -> None:
        """Close it, and wait until its child processes have ended."""
        self.playback.close()
        self.media.close()
        self.thumbnails.close()
        if self.tracker is not None:
            self.tracker.close()


class InputOpener:
    """Opens inputs for a player.

    Args:
        clock: followed by each of them.
        audio_player: plays their audio.
        observer: receives seeks, steps and dropped frames.
        decoder_factory: starts their decoders.
    """

    def __init__(
        self,
        clock: Clock,
        audio_player: AudioPlayer,
        observer: PlaybackObserver,
        decoder_factory: DecoderFactory = start_decoder,
    ) -> None:
        self.clock, self.audio_player = clock, audio_player
        self._observer, self._start_decoder = observer, decoder_factory

    def open(
        self,
        job: PlayJob,
        source: MediaSource,
        *,
        audio: bool,
        speed: Fraction,
        await_frame: bool = False,
    ) -> OpenInput:
        """Open an input; its playback starts.

        Args:
            job: the settings of the player.
            source: what to open; closed where that fails.
            audio: whether its audio is played.
            speed: 1 for normal.
            await_frame: whether its playback starts, which takes the clock and the
                audio from what is playing, only once there is something to play.

        Raises:
            AvioError: it cannot be opened, or there is nothing to play in it.
        """
        try:
            return self._open(job, source, audio, speed, await_frame=await_frame)
        except BaseException:
            source.close()
            raise

    def _open(
        self,
        job: PlayJob,
        source: MediaSource,
        audio: bool,
        speed: Fraction,
        *,
        await_frame: bool,
    ) -> OpenInput:
        if job.start:
            from avio_cli.demux.known_jumps import with_known_jumps
            from avio_cli.encode.settings import check_range  # slow to import

            source = with_known_jumps(source)  # its duration may be wrong before
            check_range(job.start, job.end, source.info)
        settings = open_settings(job, source, audio=audio)
        subtitles = available_subtitles(source, settings)
        media, tracker = open_media(job, source, settings, self._start_decoder)
        if await_frame:
            _begin(media, tracker, speed)
        if media.may_grow:
            text = (
                "%s has no end (#EXT-X-ENDLIST): after its last part, more is awaited"
            )
            LOG.warning(text, source.name)
        tone_map = bool(settings.reading.tone_map)
        return OpenInput(
            media=media,
            playback=self._playback(media, speed),
            thumbnails=ThumbnailReader(source, tone_map=tone_map),
            subtitles=subtitles,
            tracker=tracker,
        )

    def _playback(self, media: OpenMedia, speed: Fraction) -> Playback:
        return Playback(
            media,
            self.clock,
            self.audio_player,
            self._observer,
            speed=speed,
            limit=FRAME_CACHE_BYTES,
        )


def _begin(media: OpenMedia, tracker: "LiveTracker | None", speed: Fraction) -> None:
    try:
        media.begin(speed)
    except BaseException:
        media.close()
        if tracker is not None:
            tracker.close()
        raise


def open_media(
    job: PlayJob,
    source: MediaSource,
    settings: OpenSettings,
    decoder_factory: DecoderFactory,
) -> "tuple[OpenMedia, LiveTracker | None]":
    """Open an input, with live tracking if the job asks for it.

    Args:
        job: the settings of the player.
        source: what to open.
        settings: how it is read.
        decoder_factory: starts its decoders.

    Raises:
        AvioError: it cannot be opened, or there is nothing to play in it.
    """
    if job.hardware != "none" and source.info.videos:
        settings = replace(settings, reading=_accelerated(job, source, settings))
    if job.tracking is None or not source.info.videos:
        return OpenMedia(source, settings, decoder_factory=decoder_factory), None
    from avio_cli.player.live_tracking import LiveTracker  # slow to import

    redaction = parse_drawing(job.draw).redaction
    tracker = LiveTracker(job.tracking, source.info.videos[0], redaction=redaction)
    reading = replace(settings.reading, view=tracker.view)
    stage: Callable[[], FrameTransform] = tracker.stage
    settings = replace(settings, reading=reading)
    try:
        return OpenMedia(source, settings, stage, decoder_factory), tracker
    except AvioError:
        tracker.close()
        raise


def _accelerated(
    job: PlayJob, source: MediaSource, settings: OpenSettings
) -> ReaderSettings:
    """The same settings with a hardware decoder that can decode this video."""
    from avio_cli.decode.acceleration import (
        AccelerationRequest,
        choose_decoder,  # slow to import
    )
    from avio_cli.ffmpeg.hardware.capabilities import Capabilities

    request = AccelerationRequest(wanted=job.hardware, source=source)
    return replace(
        settings.reading,
        hardware=choose_decoder(Capabilities(source.ffmpeg), request),
        may_fall_back=job.hardware == "auto",
    )
