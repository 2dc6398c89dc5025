"""Playlist: the open input, how it is opened, and which comes next."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from avio_cli.decode.background_probe import BackgroundProbe
from avio_cli.decode.process import DecoderFactory, start_decoder
from avio_cli.decode.settings import ReaderSettings
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.audio_output import AudioPlayer
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playback.decode_session import FrameTransform
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.open_settings import (
    OpenSettings,
    open_settings,
    probe_options,
)
from avio_cli.player.playback.playback import FRAME_CACHE_BYTES, Playback
from avio_cli.player.playback.seek import PlaybackObserver
from avio_cli.player.subtitles.choosing import (
    AvailableSubtitles,
    available_subtitles,
)
from avio_cli.player.thumbnails import ThumbnailReader

if TYPE_CHECKING:
    from avio_cli.player.live_tracking import LiveTracker


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

    tracker = LiveTracker(job.tracking, source.info.videos[0])
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


LOG = logging.getLogger("avio.player")


class Playlist:
    """Opens one input after the other; the first one at once.

    Args:
        job: lists them.
        clock: followed by each of them.
        audio_player: plays their audio.
        observer: receives seeks, steps and dropped frames.
        decoder_factory: starts their decoders.

    Raises:
        AvioError: the first one cannot be opened.
    """

    def __init__(
        self,
        job: PlayJob,
        clock: Clock,
        audio_player: AudioPlayer,
        observer: PlaybackObserver,
        decoder_factory: DecoderFactory = start_decoder,
    ) -> None:
        self._job, self._observer, self._start_decoder = job, observer, decoder_factory
        self.clock, self.audio_player = clock, audio_player
        self._audio, self._speed = job.audio, job.speed
        self.is_open = False
        self.number = 0
        """Index of the open input, from 0."""
        self.failure: AvioError | None = None
        """Error of the first input that failed, where there are several."""
        self._open_from(0, 1, job.probing)
        if not self.is_open and self.failure is not None:
            raise self.failure

    @property
    def count(self) -> int:
        """Number of inputs."""
        return len(self._job.urls)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Class names of the live tracking in the open input."""
        return self._tracker.class_names if self._tracker else ()

    def disable_audio(self) -> None:
        """Play this input and all others without audio."""
        self._audio = False
        self.playback.disable_audio()

    def move(self, direction: int) -> bool:
        """Open the next or previous input that can be opened; returns whether one was.

        Where there is no such input, the open one stays open; where all that were
        tried have failed, none is open.
        """
        number = self._wrapped_index(self.number + direction)
        if number is None:
            return False
        probing = self._probe(number)
        self.close()
        self._open_from(number, direction, probing)
        return self.is_open

    def fail(self, error: AvioError) -> None:
        """Skip an input that cannot be played, and keep its error.

        Raises:
            AvioError: it is the only input.
        """
        if self.count == 1:
            raise error
        LOG.warning("%s", error.message)
        self.failure = self.failure or error

    def close(self) -> None:
        """Close the open input, and wait until its child processes have ended."""
        if not self.is_open:
            return
        self.is_open = False
        self._speed = self.playback.speed
        self.playback.close()
        self.media.close()
        self.thumbnails.close()
        if self._tracker is not None:
            self._tracker.close()

    def _open_from(self, number: int, direction: int, probing: BackgroundProbe) -> None:
        """Open an input, or the first after it that can be opened."""
        candidate: int | None = number
        for _ in range(self.count):
            if candidate is None:
                return
            try:
                self._open(probing if candidate == number else self._probe(candidate))
                self.number = candidate
                return
            except AvioError as error:
                self.fail(error)
            candidate = self._wrapped_index(candidate + direction)

    def _probe(self, number: int) -> BackgroundProbe:
        job, url = self._job, self._job.urls[number]
        options = probe_options(
            url, low_latency=job.low_latency, ignore_times=job.ignore_times
        )
        return BackgroundProbe(job.ffmpeg, url, options)

    def _wrapped_index(self, number: int) -> int | None:
        """A number within the list, wrapped around where it loops."""
        if self._job.loop:
            return number % self.count
        return number if 0 <= number < self.count else None

    def _open(self, probing: BackgroundProbe) -> None:
        source = probing.result()
        try:
            self._open_source(source)
        except BaseException:
            source.close()
            raise

    def _open_source(self, source: MediaSource) -> None:
        job = self._job
        if job.start:
            from avio_cli.demux.known_jumps import with_known_jumps
            from avio_cli.encode.settings import check_range  # slow to import

            source = with_known_jumps(source)  # its duration may be wrong before
            check_range(job.start, job.end, source.info)
        settings = open_settings(job, source, audio=self._audio)
        subtitles = available_subtitles(source, settings)
        media, tracker = open_media(job, source, settings, self._start_decoder)
        self.subtitles: AvailableSubtitles = subtitles
        self.media: OpenMedia = media
        self._tracker: LiveTracker | None = tracker
        if media.may_grow:
            text = (
                "%s has no end (#EXT-X-ENDLIST): after its last part, more is awaited"
            )
            LOG.warning(text, source.name)
        self.thumbnails = ThumbnailReader(
            source, tone_map=bool(settings.reading.tone_map)
        )
        self.playback = Playback(
            media,
            self.clock,
            self.audio_player,
            self._observer,
            speed=self._speed,
            limit=FRAME_CACHE_BYTES,
        )
        self.is_open = True
