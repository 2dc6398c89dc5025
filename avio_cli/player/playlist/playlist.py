"""Playlist: the open input, and which comes next."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from avio_cli.decode.background_probe import BackgroundProbe
from avio_cli.decode.process import DecoderFactory, start_decoder
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.audio_output import AudioPlayer
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.open_settings import probe_options
from avio_cli.player.playback.playback import Playback
from avio_cli.player.playback.seek import PlaybackObserver
from avio_cli.player.playback.track_choice import NONE, TrackChoice
from avio_cli.player.playlist.inputs import Skipped
from avio_cli.player.playlist.opening import InputOpener, OpenInput
from avio_cli.player.subtitles.choosing import AvailableSubtitles
from avio_cli.player.thumbnails import ThumbnailReader


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
        self._job, self.clock, self.audio_player = job, clock, audio_player
        self._opener = InputOpener(clock, audio_player, observer, decoder_factory)
        self._audio, self._speed = job.audio, job.speed
        self._open: OpenInput | None = None
        self._last: OpenInput
        """The open input, or the last one that was."""
        self.number = 0
        """Index of the open input, from 0."""
        self.failure: AvioError | None = None
        """Error of the first input that failed, where there are several."""
        self.skipped = Skipped()
        """All that failed, to be said on the screen."""
        self._open_from(0, 1, job.probing)
        if not self.is_open and self.failure is not None:
            raise self.failure

    @property
    def is_open(self) -> bool:
        """Whether an input is open."""
        return self._open is not None

    @property
    def media(self) -> OpenMedia:
        """The open input, or the last one that was."""
        return self._last.media

    @property
    def playback(self) -> Playback:
        """Its playback."""
        return self._last.playback

    @property
    def thumbnails(self) -> ThumbnailReader:
        """Its previews."""
        return self._last.thumbnails

    @property
    def subtitles(self) -> AvailableSubtitles:
        """Its subtitles."""
        return self._last.subtitles

    @property
    def count(self) -> int:
        """Number of inputs."""
        return len(self._job.urls)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Class names of the live tracking in the open input."""
        tracker = self._last.tracker
        return tracker.class_names if tracker else ()

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
        probing = _probe(self._job, number)
        self.close()
        self._open_from(number, direction, probing)
        return self.is_open

    def play_instead(self, urls: Sequence[MediaUrl]) -> bool:
        """Play other inputs from now on, beginning with the first that can be played.

        The range of time and the tracks that the job asks for are those of its own
        inputs; that no subtitles are shown stays.

        Returns:
            Whether one can be; else the list stays, and what is open goes on.
        """
        asked = self._job.choice.subtitle_track
        choice = TrackChoice(subtitle_track=asked if asked == NONE else "")
        job = replace(
            self._job, urls=tuple(urls), start=Fraction(0), end=None, choice=choice
        )
        for number, url in enumerate(job.urls):
            probing, speed = _probe(job, number), self.playback.speed
            try:
                opened = self._opened(job, probing, speed, await_frame=True)
            except AvioError as error:
                self.skipped.add(url.display_name, error)
                continue
            self.close()
            self._job, self.number = job, number
            self._open = self._last = opened
            return True
        return False

    def fail(self, error: AvioError) -> None:
        """Skip the open input, which cannot be played, and keep its error.

        Raises:
            AvioError: it is the only input.
        """
        self._skip(self.number, error)

    def _skip(self, number: int, error: AvioError) -> None:
        if self.count == 1:
            raise error
        self.skipped.add(self._job.urls[number].display_name, error)
        self.failure = self.failure or error

    def close(self) -> None:
        """Close the open input, and wait until its child processes have ended."""
        opened, self._open = self._open, None
        if opened is not None:
            self._speed = opened.playback.speed
            opened.close()

    def _open_from(self, number: int, direction: int, probing: BackgroundProbe) -> None:
        """Open an input, or the first after it that can be opened."""
        candidate: int | None = number
        for _ in range(self.count):
            if candidate is None:
                return
            try:
                if candidate != number:
                    probing = _probe(self._job, candidate)
                self._last = self._opened(self._job, probing, self._speed)
                self._open = self._last
                self.number = candidate
                return
            except AvioError as error:
                self._skip(candidate, error)
            candidate = self._wrapped_index(candidate + direction)

    def _opened(
        self,
        job: PlayJob,
        probing: BackgroundProbe,
        speed: Fraction,
        *,
        await_frame: bool = False,
    ) -> OpenInput:
        return self._opener.open(
            job,
            probing.result(),
            audio=self._audio,
            speed=speed,
            await_frame=await_frame,
        )

    def _wrapped_index(self, number: int) -> int | None:
        """A number within the list, wrapped around where it loops."""
        if self._job.loop:
            return number % self.count
        return number if 0 <= number < self.count else None


def _probe(job: PlayJob, number: int) -> BackgroundProbe:
    """Probe one of a job's inputs in the background."""
    url = job.urls[number]
    options = probe_options(
        url, low_latency=job.low_latency, ignore_times=job.ignore_times
    )
    return BackgroundProbe(job.ffmpeg, url, options)
