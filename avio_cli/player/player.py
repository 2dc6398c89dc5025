"""Player: opens what is to be played, and goes round until it is told to stop."""

import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from avio_cli.display.audio_device import Speaker
from avio_cli.errors import AvioError
from avio_cli.events import Event
from avio_cli.media.frame import Frame
from avio_cli.player.capture import Keeper
from avio_cli.player.commands import Actions
from avio_cli.player.cover_picture import still_picture
from avio_cli.player.frame_processor import Painter
from avio_cli.player.hud_state import information_lines, state_of
from avio_cli.player.job import PlayJob
from avio_cli.player.key_bindings import action_of
from avio_cli.player.playback.audio_output import SilentSpeaker, open_speaker
from avio_cli.player.playback.open_media import Film
from avio_cli.player.playback.playback import Playback
from avio_cli.player.playlist import Films
from avio_cli.player.screen import open_screen
from avio_cli.player.script import Script, read_script
from avio_cli.player.state import Action, PlayerState
from avio_cli.player.statistics import Statistics

if TYPE_CHECKING:
    from avio_cli.records.reader import RecordedTracks


IDLE_SECONDS = 0.01
"""Between two looks at keys and mouse, at most."""
BUSY_SECONDS = 0.002
"""The same while something is waited for that was asked."""
NOTICE_SECONDS = 2.0
PATIENCE_SECONDS = 0.1
"""How long events wait for a callback's next frame; then it gets this one again."""
LONGEST_LEAD = 0.25


class Player:
    """One run: a window, a loudspeaker, and one film after the other.

    Args:
        job: what to do.
        films: the first one is open.
        statistics: filled on the way.
        stack: closes all that is opened.
    """

    def __init__(
        self, job: PlayJob, films: Films, statistics: Statistics, stack: ExitStack
    ) -> None:
        self.job, self.films, self.statistics = job, films, statistics
        self._script = read_script(job.script) if job.script else Script([])
        recorded = _recorded(job.tracks) if job.tracks else None
        self._quit = self._ended = False
        self._events: list[Event] = []
        self._events_since = 0.0
        self._notice, self._notice_until = "", 0.0
        self.keys_shown = self.information_shown = False
        self._speaker = self._open_speaker(stack)
        self.set_volume(job.volume, muted=job.muted)
        self.keeper = Keeper(job)
        stack.callback(lambda: self.keeper.close(films.playback.position))
        films.feeder.listener = self.keeper.hear
        draw = job.draw if recorded or job.tracking else ()
        self.painter = Painter(job.callbacks, recorded, draw, self._frame_number)
        for callback in job.callbacks:
            stack.callback(callback.close)
        self.screen = open_screen(job, self.film)
        stack.callback(self.screen.window.close)
        self._show_film()
        self.actions = Actions(self)

    @property
    def film(self) -> Film:
        """The one that is open."""
        return self.films.film

    @property
    def playback(self) -> Playback:
        """How it plays."""
        return self.films.playback

    def run(self) -> None:
        """Go round until it is time to stop.

        Raises:
            AvioError: a film cannot be played, or a callback failed.
        """
        while not self._quit:
            self._turn()
        if self.job.stats is not None:
            self.statistics.write(
                self.job.stats,
                video_driver=self.screen.window.driver,
                audio_driver=self._speaker.driver,
                sdl_version=self.screen.window.sdl_version,
            )
        if self.films.failure is not None:
            raise self.films.failure

    # What actions do

    def quit(self) -> None:
        """Stop at the next turn."""
        self._quit = True

    def notice(self, text: str) -> None:
        """Say for a moment what has happened."""
        if text:
            self._notice, self._notice_until = text, time.monotonic() + NOTICE_SECONDS

    @property
    def message(self) -> str:
        """What is being said; empty for nothing."""
        return self._notice if time.monotonic() < self._notice_until else ""

    def set_volume(self, percent: float, *, muted: bool) -> None:
        """Set how loud it is."""
        self.volume, self.muted = percent, muted
        self.films.feeder.set_volume(0.0 if muted else percent / 100)

    def toggle_recording(self) -> None:
        """Begin to record, or end it."""
        self.notice(self.keeper.toggle(self.playback.position))

    def take_screenshot(self) -> None:
        """Save the frame that is shown as a picture."""
        self.notice(self.keeper.screenshot())

    def change_file(self, direction: int) -> None:
        """Go to the next file, or the one before."""
        self.keeper.stop(self.playback.position)
        if self.films.change(direction):
            self._show_film()
        elif not self.films.is_open:
            self.quit()
        else:
            self.notice(f"This is the {'last' if direction > 0 else 'first'} file")

    # One turn

    def _turn(self) -> None:
        self._take_input()
        began = time.monotonic()
        try:
            frame = self.playback.advance()
        except AvioError as error:
            self.films.fail(error)
            self._end_of_film()
            return
        self._show(frame, began)
        if not self.playback.at_end:
            self._ended = False
        elif not self._ended and self.playback.settled:
            self._ended = True
            self._end_of_film()
        time.sleep(self._idle_time())

    def _take_input(self) -> None:
        events = self.screen.poll()
        if self.screen.window.closed:
            self.quit()
        for deed in self._script_deeds():
            if isinstance(deed, Action):
                self.actions.do(deed)
            else:
                events.append(deed)
        if not events:
            return
        if not self.painter.callbacks:
            self._dispatch(events)
            return
        if not self._events:
            self._events_since = time.monotonic()
        self._events += events

    def _script_deeds(self) -> list[Event | Action]:
        idle = self.playback.settled and self.statistics.startup is not None
        return self._script.due() if idle and not self._events else []

    def _dispatch(self, events: list[Event]) -> None:
        """Give events to the HUD, and what it leaves to the keys."""
        for event in events:
            if event.consumed:
                continue
            for action in self.screen.handle(event, self.state()):
                self.actions.do(action)
            self._obey_key(event)

    def _obey_key(self, event: Event) -> None:
        action = action_of(event)
        if action is not None and not event.consumed:
            self.actions.do(action)

    def _show(self, frame: Frame | None, began: float) -> None:
        if frame is not None or self._events_wait_too_long():
            self._paint(frame or self.playback.current, new=frame is not None)
        drawn = self.screen.draw(self.state)
        if frame is not None and drawn:
            self._count(frame, began)
            self.film.make_index(background=True)  # it would delay the first picture
        elif self.statistics.startup is None and self._sound_begins():
            self.statistics.shown(None)
        self.notice(self.keeper.poll())

    def _paint(self, frame: Frame | None, *, new: bool) -> None:
        if frame is None:
            return
        events, self._events = self._events, []
        painted = self.painter.paint(frame, events)
        if painted is not None:
            self.screen.show(painted)
            if new:
                position, jumped = self.playback.position, not self.playback.in_time
                self.notice(self.keeper.show(painted, position, jumped=jumped))
        self._dispatch(events)

    def _sound_begins(self) -> bool:
        """Whether a film without picture has begun."""
        return self.film.video is None and self.playback.settled

    def _events_wait_too_long(self) -> bool:
        """Whether no new frame comes soon enough for a callback to see events."""
        if not self._events:
            return False
        waited = time.monotonic() - self._events_since
        return self.playback.paused or waited > PATIENCE_SECONDS

    def _count(self, frame: Frame, began: float) -> None:
        in_time = self.films.clock.running and self.playback.in_time
        self.statistics.shown(
            self.films.clock.now() - frame.seconds if in_time else None
        )
        took = min(time.monotonic() - began, LONGEST_LEAD)
        self.playback.lead += (took - self.playback.lead) / 8

    def _idle_time(self) -> float:
        if not self.playback.settled:
            return BUSY_SECONDS
        due = self.playback.next_due()
        return IDLE_SECONDS if due is None else min(max(due, 0.0), IDLE_SECONDS)

    def _end_of_film(self) -> None:
        more = self.films.number + 1 < self.films.count
        if self.job.loop and self.films.count == 1:
            self.playback.restart()
        elif more or self.job.loop:
            self.change_file(1)
        elif self.job.exit_at_end:
            self.quit()

    # What is shown

    def _show_film(self) -> None:
        film = self.film
        self.screen.set_film(film.video, film.info.source)
        self.screen.thumbnails = self.films.thumbnails
        self.painter.set_film(film.video, self.films.class_names)
        self.keeper.set_film(film)
        if self.job.tracks:
            film.make_index(background=False)  # it tells which tracks a frame has
        if film.video is None:
            still = still_picture(self.job.ffmpeg, film.address, film.info)
            self.playback.current = still
            self.screen.show(still)

    def _open_speaker(self, stack: ExitStack) -> Speaker | SilentSpeaker:
        speaker = open_speaker(self.film.audio_track is not None)
        stack.callback(speaker.close)
        stack.callback(self.films.feeder.close)  # before the speaker
        self.films.feeder.connect(speaker)
        if isinstance(speaker, SilentSpeaker) and self.film.audio_track is not None:
            self.films.leave_sound_out()
        return speaker

    def _frame_number(self, frame: Frame) -> int | None:
        index = self.film.index
        return None if index is None else index.number(frame.time)

    def state(self) -> PlayerState:
        """What the HUD may show."""
        information: tuple[str, ...] = ()
        if self.information_shown:
            information = information_lines(
                self.film, self.playback, self.statistics, self.job.hardware
            )
        return state_of(self, information)


def _recorded(path: Path) -> "RecordedTracks":
    from avio_cli.records.reader import read_tracks  # slow to import

    return read_tracks(path)
