"""Films: the one that is open, all that belongs to it, and which comes next."""

from typing import TYPE_CHECKING

from avio_cli.player.clock import Clock
from avio_cli.player.film import Film
from avio_cli.player.job import PlayJob
from avio_cli.player.opening import film_settings, open_film
from avio_cli.player.playback import TIMELINE_BYTES, Playback
from avio_cli.player.probing import Probing
from avio_cli.player.reading import Watcher
from avio_cli.player.sound import SoundFeeder
from avio_cli.player.thumbnails import ThumbnailReader

if TYPE_CHECKING:
    from avio_cli.player.tracking import LiveTracker


class Films:
    """Opens one input after the other; the first one at once.

    Args:
        job: names them.
        clock: followed by each of them.
        feeder: plays their sound.
        watcher: is told what happens.

    Raises:
        AvioError: the first one cannot be opened.
    """

    def __init__(
        self, job: PlayJob, clock: Clock, feeder: SoundFeeder, watcher: Watcher
    ) -> None:
        self._job, self._watcher = job, watcher
        self.clock, self.feeder = clock, feeder
        self._sound, self._speed = job.sound, job.speed
        self._is_open = False
        self.number = 0
        """Of the open one, from 0."""
        self._open(job.probing)

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
        """Open the next or previous one; returns whether there is one."""
        number = self.number + direction
        if self._job.loop:
            number %= self.count
        if not 0 <= number < self.count:
            return False
        probing = Probing(self._job.ffmpeg, self._job.addresses[number])
        self.close()
        self.number = number
        self._open(probing)
        return True

    def close(self) -> None:
        """Close what is open, and wait until its children are gone."""
        if not self._is_open:
            return
        self._is_open = False
        self._speed = self.playback.speed
        self.playback.close()
        self.film.close()
        self.thumbnails.close()
        if self._tracker is not None:
            self._tracker.close()

    def _open(self, probing: Probing) -> None:
        job, info = self._job, probing.result()
        settings = film_settings(job, sound=self._sound)
        film, tracker = open_film(job, probing.address, info, settings)
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
        self._is_open = True
