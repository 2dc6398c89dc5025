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
        found = self._first_playable(0, 1, job.probing)
        if found is not None:
            self._replace(*found)

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
        """Play the next or previous input that can be played; returns whether one is.

        Where there is none, the open one goes on, and `skipped` says why.
        """
        found = self._first_playable(self.number + direction, direction)
        if found is not None:
            self._replace(*found)
        return found is not None

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
            self._job = job
            self._replace(number, opened)
            return True
        return False

    def fail(self, error: AvioError) -> None:
        """Skip the open input, which cannot be played, and keep its error.

        Raises:
            AvioError: it is the only input.
        """
        if self.count == 1:
            raise error
        self._skip(self.number, error)

    def _skip(self, number: int, error: AvioError) -> None:
        self.skipped.add(self._job.urls[number].display_name, error)
        self.failure = self.failure or error

    def close(self) -> None:
        """Close the open input, and wait until its child processes have ended."""
        opened, self._open = self._open, None
        if opened is not None:
            self._speed = opened.playback.speed
            opened.close()

    def _first_playable(
        self, number: int, direction: int, probing: BackgroundProbe | None = None
    ) -> tuple[int, OpenInput] | None:
        """Open an input, or the first after it that can be played.

        Args:
            number: of the input.
            direction: 1 for those after it, -1 for those before.
            probing: of it, already started; then it is opened without looking whether
                anything in it can be decoded.

        Raises:
            AvioError: none can be played, and nothing is open.
        """
        candidate = self._wrapped_index(number)
        for _ in range(self.count):
            if candidate is None:
                break
            given, probing = probing, None
            try:
                return candidate, self._opened(
                    self._job,
                    given or _probe(self._job, candidate),
                    self._speed if self._open is None else self.playback.speed,
                    await_frame=given is None,
                )
            except AvioError as error:
                if self.count == 1 and self._open is None:
                    raise
                self._skip(candidate, error)
            candidate = self._wrapped_index(candidate + direction)
        if self._open is None and self.failure is not None:
            raise self.failure
        return None

    def _replace(self, number: int, opened: OpenInput) -> None:
        """Close the open input, and play another."""
        self.close()
        self._open = self._last = opened
        self.number = number

    def _opened(
        self,
        job: PlayJob,
        probing: BackgroundProbe,
        speed: Fraction,
        *,
        await_frame: bool,
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
