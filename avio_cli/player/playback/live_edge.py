"""LiveEdge: keeps the playback of a slow or live source close to now."""

import time

from avio_cli.player.playback.audio_output import AudioPlayer
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playback.decode_session import DecodeSession
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.seek import PlaybackObserver
from avio_cli.player.playback.seeker import Seeker

START_SECONDS = 3.0
"""After its start playback goes to now: opening a source takes seconds, and what was
sent meanwhile comes first."""
BEHIND_SECONDS = 1.0
"""What was sent so long ago, and more than a frame, is skipped."""


class LiveEdge:
    """Notices that playback is behind, or stands before an interruption that is over.

    After a pause, or where the network was slow, frames wait. After an interruption
    times go on by the wall clock, while the clock of playback stood.

    Args:
        media: what is played.
        seeker: has the session that decodes it.
        clock: of the playback; stands while nothing comes.
        audio_player: plays its audio, and sets the clock.
        observer: gets the frames that are skipped.
    """

    def __init__(
        self,
        media: OpenMedia,
        seeker: Seeker,
        clock: Clock,
        audio_player: AudioPlayer,
        observer: PlaybackObserver,
    ) -> None:
        self._media, self._seeker, self._clock = media, seeker, clock
        self.starved_since: float | None = None
        """Since when a slow source gives nothing; on the monotonic clock."""
        self._audio_player, self._observer = audio_player, observer
        self._reconnects, self._starts = 0, False
        self._begun = time.monotonic()

    def follow(self) -> None:
        """Go on with the newest frame where playback is behind."""
        now = self._clock.now()
        if self._media.is_live and self._is_behind(now):
            self._starts = time.monotonic() - self._begun < START_SECONDS
            self.rejoin()

    def pause_on_underrun(self, session: DecodeSession) -> None:
        """Stop the clock while a slow source or decoder delivers nothing."""
        starved = session.is_underrun and self._audio_player.is_drained
        if not starved or self.starved_since is None:
            self.starved_since = time.monotonic() if starved else None
        if starved == self._clock.running:
            self._clock.run(not starved)

    def is_start(self) -> bool:
        """Whether the frame that is taken now begins the playback that lasts.

        What a source sent before it was shown for a moment only, and left.
        """
        starts, self._starts = self._starts, False
        return starts

    def rejoin(self) -> None:
        """Go on with the newest frame: skip what waits before it."""
        seeker, session = self._seeker, self._seeker.session
        newest = session.newest_time if session and seeker.can_continue else None
        if session is None or newest is None:
            return
        self._audio_player.attach(None)
        if skipped := session.skip_frames(newest):
            self._observer.on_drop(skipped)
        session.skip_audio(newest)
        audio = session if session.has_audio else None
        self._audio_player.attach(audio, float(seeker.speed))
        self._audio_player.start(newest, playing=True)

    def _is_behind(self, now: float) -> bool:
        session = self._seeker.session
        newest = session.newest_time if session else None
        limit = BEHIND_SECONDS + float(self._media.frame_duration)
        if newest is None or float(newest) - now <= limit:
            return False
        return self._media.is_paced or self._is_back()

    def _is_back(self) -> bool:
        """Whether it was interrupted since the last time."""
        reconnects = self._media.health.snapshot().reconnects
        known, self._reconnects = self._reconnects, reconnects
        return reconnects > known
