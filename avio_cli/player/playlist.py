"""The playlist: the input that is open, how it is opened, and which comes next."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from avio_cli.decode.background_probe import Probing
from avio_cli.decode.process import Launch, start_decoder
from avio_cli.decode.settings import ReaderSettings
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.url import Address
from avio_cli.media.info import MediaInfo
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.audio_output import SoundFeeder
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playback.decode_session import FrameStage
from avio_cli.player.playback.open_media import Film
from avio_cli.player.playback.open_settings import (
    FilmSettings,
    film_settings,
    live_options,
)
from avio_cli.player.playback.playback import TIMELINE_BYTES, Playback
from avio_cli.player.playback.seeker import Watcher
from avio_cli.player.thumbnails import ThumbnailReader

if TYPE_CHECKING:
    from avio_cli.player.live_tracking import LiveTracker


def open_film(
    job: PlayJob,
    address: Address,
    info: MediaInfo,
    settings: FilmSettings,
    launch: Launch,
) -> "tuple[Film, LiveTracker | None]":
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
        return Film(job.ffmpeg, address, info, settings, launch=launch), None
    from avio_cli.player.live_tracking import LiveTracker  # slow to import

    tracker = LiveTracker(job.tracking, info.videos[0])
    reading = replace(settings.reading, view=tracker.view)
    stage: Callable[[], FrameStage] = tracker.stage
    settings = replace(settings, reading=reading)
    try:
        return Film(job.ffmpeg, address, info, settings, stage, launch), tracker
    except AvioError:
        tracker.close()
        raise


def _accelerated(
    job: PlayJob, address: Address, info: MediaInfo, settings: FilmSettings
) -> ReaderSettings:
    """The same reading by a device that decodes this film."""
    from avio_cli.decode.acceleration import (
        Request,
        choose_decoder,  # slow to import
    )
    from avio_cli.ffmpeg.hardware.capabilities import Capabilities

    request = Request(wanted=job.hardware, address=address, info=info)
    return replace(
        settings.reading,
        hardware=choose_decoder(Capabilities(job.ffmpeg), request),
        may_fall_back=job.hardware == "auto",
    )


LOG = logging.getLogger("avio.player")


class Films:
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
        feeder: SoundFeeder,
        watcher: Watcher,
        launch: Launch = start_decoder,
    ) -> None:
        self._job, self._watcher, self._launch = job, watcher, launch
        self.clock, self.feeder = clock, feeder
        self._sound, self._speed = job.sound, job.speed
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

    def leave_sound_out(self) -> None:
        """Play this one and all others without sound."""
        self._sound = False
        self.playback.leave_sound_out()

    def change(self, direction: int) -> bool:
        """Open the next or previous one that can be; returns whether there is one.

        Where there is none, the one that is open stays; but none is open where all
        that were tried have failed.
        """
        number = self._place(self.number + direction)
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
        self.film.close()
        self.thumbnails.close()
        if self._tracker is not None:
            self._tracker.close()

    def _open_from(self, number: int, direction: int, probing: Probing) -> None:
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
            place = self._place(place + direction)

    def _probe(self, number: int) -> Probing:
        job, address = self._job, self._job.addresses[number]
        options = live_options(address, low_latency=job.low_latency)
        return Probing(job.ffmpeg, address, options)

    def _place(self, number: int) -> int | None:
        """A number within the list, wrapped around where it loops."""
        if self._job.loop:
            return number % self.count
        return number if 0 <= number < self.count else None

    def _open(self, probing: Probing) -> None:
        job, info = self._job, probing.result()
        settings = film_settings(job, probing.address, sound=self._sound)
        film, tracker = open_film(job, probing.address, info, settings, self._launch)
        self.film: Film = film
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
