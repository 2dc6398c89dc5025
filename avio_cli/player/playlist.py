"""The playlist: the input that is open, how it is opened, and which comes next."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from avio_cli.decode.background_probe import BackgroundProbe
from avio_cli.decode.process import DecoderFactory, start_decoder
from avio_cli.decode.settings import ReaderSettings
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import MediaInfo
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.audio_output import AudioPlayer
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playback.decode_session import FrameTransform
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.open_settings import (
    OpenSettings,
    live_options,
    open_settings,
)
from avio_cli.player.playback.playback import TIMELINE_BYTES, Playback
from avio_cli.player.playback.seeker import PlaybackObserver
from avio_cli.player.thumbnails import ThumbnailReader

if TYPE_CHECKING:
    from avio_cli.player.live_tracking import LiveTracker


def open_media(
    job: PlayJob,
    address: MediaUrl,
    info: MediaInfo,
    settings: OpenSettings,
    launch: DecoderFactory,
) -> "tuple[OpenMedia, LiveTracker | None]":
    """Open a source, with what tracks in it, if that is wanted.

    Args:
        job: what else is wanted.
        address: what to open.
        info: what the probe found there.
        settings: how it is read.
        launch: starts its decoders.

    Raises:
        AvioError: it cannot be opened, or there is nothing to play in it.
    """
    if job.hardware != "none" and info.videos:
        settings = replace(settings, reading=_accelerated(job, address, info, settings))
    if job.tracking is None or not info.videos:
        return OpenMedia(job.ffmpeg, address, info, settings, launch=launch), None
    from avio_cli.player.live_tracking import LiveTracker  # slow to import

    tracker = LiveTracker(job.tracking, info.videos[0])
    reading = replace(settings.reading, view=tracker.view)
    stage: Callable[[], FrameTransform] = tracker.stage
    settings = replace(settings, reading=reading)
    try:
        return OpenMedia(job.ffmpeg, address, info, settings, stage, launch), tracker
    except AvioError:
        tracker.close()
        raise


def _accelerated(
    job: PlayJob, address: MediaUrl, info: MediaInfo, settings: OpenSettings
) -> ReaderSettings:
    """The same reading by a device that decodes this film."""
    from avio_cli.decode.acceleration import (
        AccelerationRequest,
        choose_decoder,  # slow to import
    )
    from avio_cli.ffmpeg.hardware.capabilities import Capabilities

    request = AccelerationRequest(wanted=job.hardware, address=address, info=info)
    return replace(
        settings.reading,
        hardware=choose_decoder(Capabilities(job.ffmpeg), request),
        may_fall_back=job.hardware == "auto",
    )


LOG = logging.getLogger("avio.player")


class Playlist:
    """Opens one input after the other; the first one at once.

    Args:
        job: names them.
        clock: followed by each of them.
        feeder: plays their sound.
        watcher: is told what happens.
        launch: starts their decoders.

    Raises:
        AvioError: the first one cannot be opened.
    """

    def __init__(
        self,
        job: PlayJob,
        clock: Clock,
        feeder: AudioPlayer,
        watcher: PlaybackObserver,
        launch: DecoderFactory = start_decoder,
    ) -> None:
        self._job, self._watcher, self._start_decoder = job, watcher, launch
        self.clock, self.feeder = clock, feeder
        self._audio, self._speed = job.audio, job.speed
        self.is_open = False
        self.number = 0
        """Of the open one, from 0."""
        self.failure: AvioError | None = None
        """Of the first one that could not be played, where there are several."""
        self._open_from(0, 1, job.probing)
        if not self.is_open and self.failure is not None:
            raise self.failure

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._job.addresses)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of what is tracked in the open one while it plays."""
        return self._tracker.class_names if self._tracker else ()

    def disable_audio(self) -> None:
        """Play this one and all others without sound."""
        self._audio = False
        self.playback.disable_audio()

    def move(self, direction: int) -> bool:
        """Open the next or previous one that can be; returns whether there is one.

        Where there is none, the one that is open stays; but none is open where all
        that were tried have failed.
        """
        number = self._wrapped_index(self.number + direction)
        if number is None:
            return False
        probing = self._probe(number)
        self.close()
        self._open_from(number, direction, probing)
        return self.is_open

    def fail(self, error: AvioError) -> None:
        """Pass over one that cannot be played, and remember it.

        Raises:
            AvioError: it is the only one.
        """
        if self.count == 1:
            raise error
        LOG.warning("%s", error.message)
        self.failure = self.failure or error

    def close(self) -> None:
        """Close what is open, and wait until its children are gone."""
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
        """Open one, or the first after it that can be."""
        place: int | None = number
        for _ in range(self.count):
            if place is None:
                return
            try:
                self._open(probing if place == number else self._probe(place))
                self.number = place
                return
            except AvioError as error:
                self.fail(error)
            place = self._wrapped_index(place + direction)

    def _probe(self, number: int) -> BackgroundProbe:
        job, address = self._job, self._job.addresses[number]
        options = live_options(address, low_latency=job.low_latency)
        return BackgroundProbe(job.ffmpeg, address, options)

    def _wrapped_index(self, number: int) -> int | None:
        """A number within the list, wrapped around where it loops."""
        if self._job.loop:
            return number % self.count
        return number if 0 <= number < self.count else None

    def _open(self, probing: BackgroundProbe) -> None:
        job, info = self._job, probing.result()
        settings = open_settings(job, probing.address, sound=self._audio)
        film, tracker = open_media(
            job, probing.address, info, settings, self._start_decoder
        )
        self.media: OpenMedia = film
        self._tracker: LiveTracker | None = tracker
        self.thumbnails = ThumbnailReader(job.ffmpeg, film.address, film.info)
        self.playback = Playback(
            film,
            self.clock,
            self.feeder,
            self._watcher,
            speed=self._speed,
            limit=TIMELINE_BYTES,
        )
        self.is_open = True
