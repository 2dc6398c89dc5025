"""Player: opens what is to be played, and goes round until it is told to stop."""

import logging
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from avio_cli.events import Event
from avio_cli.frame import Frame
from avio_cli.player.actions import Actions
from avio_cli.player.bindings import action_of
from avio_cli.player.clock import Clock
from avio_cli.player.film import Film
from avio_cli.player.information import information_lines
from avio_cli.player.job import PlayJob
from avio_cli.player.opening import (
    film_settings,
    open_film,
    open_speaker,
    still_picture,
)
from avio_cli.player.painter import Painter
from avio_cli.player.playback import TIMELINE_BYTES, Playback
from avio_cli.player.probing import Probing
from avio_cli.player.screen import NoHud, Screen, aspect_of, picture_size
from avio_cli.player.script import Script, read_script
from avio_cli.player.sound import SilentSpeaker, SoundFeeder
from avio_cli.player.state import Action, Mark, PlayerState
from avio_cli.player.statistics import Statistics
from avio_cli.sinks.records.reading import read_tracks
from avio_cli.sinks.speaker import Speaker
from avio_cli.sinks.window import Window

if TYPE_CHECKING:
    from avio_cli.player.tracking import LiveTracker

LOG = logging.getLogger("avio.player")

IDLE_SECONDS = 0.01
"""Between two looks at keys and mouse, at most."""
BUSY_SECONDS = 0.002
"""The same while something is waited for that was asked."""
NOTICE_SECONDS = 2.0
PATIENCE_SECONDS = 0.1
"""How long events wait for a callback's next frame; then it gets this one again."""
LONGEST_LEAD = 0.25


def play(job: PlayJob) -> None:
    """Play until the user, the script or the end of all films says stop.

    Raises:
        AvioError: something cannot be opened, played or written.
    """
    with ExitStack() as stack:
        player = Player(job, stack)
        player.run()


class Player:
    """One run: a window, a loudspeaker, and one film after the other.

    Args:
        job: what to do.
        stack: closes all that is opened.
    """

    def __init__(self, job: PlayJob, stack: ExitStack) -> None:
        self.job, self._stack = job, stack
        self.statistics = Statistics(
            detailed=job.stats is not None, process_start=job.process_start
        )
        self._script = read_script(job.script) if job.script else Script([])
        recorded = read_tracks(job.tracks) if job.tracks else None
        self.clock = Clock()
        self.volume, self.muted = job.volume, job.muted
        self._quit = self._ended = False
        self._events: list[Event] = []
        self._events_since = 0.0
        self._notice, self._notice_until = "", 0.0
        self._keys = self._information = False
        self._number = 0
        self._speed = job.speed
        self._open_film: Film | None = None
        self._sound = job.sound
        self.feeder = SoundFeeder(self.clock)
        self._tracker: LiveTracker | None = None
        self._open(job.probing)  # ffmpeg begins while window and sound are opened
        stack.callback(self._close_film)
        self._speaker = self._open_speaker()
        self.set_volume(job.volume, muted=job.muted)
        self.painter = Painter(
            job.callbacks,
            recorded,
            job.draw if recorded or job.tracking else (),
            self._frame_number,
        )
        for callback in job.callbacks:
            stack.callback(callback.close)
        self.screen = self._open_screen()
        self._show_film()
        self.actions = Actions(self)

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

    # What actions do

    def quit(self) -> None:
        """Stop at the next turn."""
        self._quit = True

    def notice(self, text: str) -> None:
        """Say for a moment what has happened."""
        self._notice, self._notice_until = text, time.monotonic() + NOTICE_SECONDS

    def set_volume(self, percent: float, *, muted: bool) -> None:
        """Set how loud it is."""
        self.volume, self.muted = percent, muted
        self.feeder.set_volume(0.0 if muted else percent / 100)

    def toggle_keys(self) -> None:
        """Show or hide the list of keys."""
        self._keys = not self._keys

    def toggle_information(self) -> None:
        """Show or hide what is known of the film and of playing."""
        self._information = not self._information

    def toggle_recording(self) -> None:
        """Begin to record, or end it."""
        self.notice("This cannot be recorded")

    def take_screenshot(self) -> None:
        """Save the current frame as a picture."""
        self.notice("No screenshot")

    def change_file(self, direction: int) -> None:
        """Go to the next file, or the one before."""
        number = self._number + direction
        if self.job.loop:
            number %= len(self.job.addresses)
        if not 0 <= number < len(self.job.addresses):
            self.notice("This is the last file" if direction > 0 else "The first file")
            return
        self._open(Probing(self.job.ffmpeg, self.job.addresses[number]))
        self._number = number
        self._show_film()

    # One turn

    def _turn(self) -> None:
        self._take_input()
        began = time.monotonic()
        frame = self.playback.advance()
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
        again = self._events_wait_too_long()
        shown = frame or (self.playback.current if again else None)
        if shown is not None:
            events, self._events = self._events, []
            painted = self.painter.paint(shown, events)
            self._dispatch(events)
            if painted is not None:
                self.screen.show(painted)
        drawn = self.screen.draw(self.state())
        if frame is not None and drawn:
            self._count(frame, began)
        elif self.statistics.startup is None and self._sound_begins():
            self.statistics.shown(None)

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
        in_time = self.clock.running and self.playback.in_time
        self.statistics.shown(self.clock.now() - frame.seconds if in_time else None)
        took = min(time.monotonic() - began, LONGEST_LEAD)
        self.playback.lead += (took - self.playback.lead) / 8

    def _idle_time(self) -> float:
        if not self.playback.settled:
            return BUSY_SECONDS
        due = self.playback.next_due()
        return IDLE_SECONDS if due is None else min(max(due, 0.0), IDLE_SECONDS)

    def _end_of_film(self) -> None:
        addresses = self.job.addresses
        if self.job.loop and len(addresses) == 1:
            self.playback.restart()
        elif self._number + 1 < len(addresses) or self.job.loop:
            self.change_file(1)
        elif self.job.exit_at_end:
            self.quit()

    # Films

    def _open(self, probing: Probing) -> None:
        """Make a source the film that is played."""
        self._close_film()
        info = probing.result()
        settings = film_settings(self.job, sound=self._sound)
        film, self._tracker = open_film(self.job, probing.address, info, settings)
        self.film, self._open_film = film, film
        self.playback = Playback(
            film,
            self.clock,
            self.feeder,
            self.statistics,
            speed=self._speed,
            limit=TIMELINE_BYTES,
        )

    def _show_film(self) -> None:
        film = self.film
        self.screen.set_film(film.video, film.info.source)
        names = self._tracker.class_names if self._tracker else ()
        self.painter.set_film(film.video, names)
        film.index_in_background()
        if film.video is None:
            still = still_picture(self.job.ffmpeg, film.address, film.info)
            self.playback.current = still
            self.screen.show(still)

    def _close_film(self) -> None:
        if self._open_film is None:
            return
        self._speed = self.playback.speed
        self.playback.close()
        self._open_film.close()
        if self._tracker is not None:
            self._tracker.close()
        self._open_film = self._tracker = None

    def _open_speaker(self) -> Speaker | SilentSpeaker:
        speaker = open_speaker(self._sound and self.film.audio_track is not None)
        self._stack.callback(speaker.close)
        self._stack.callback(self.feeder.close)
        self.feeder.connect(speaker)
        if isinstance(speaker, SilentSpeaker) and self.film.audio_track is not None:
            self._sound = False
            self.playback.leave_sound_out()
        return speaker

    def _open_screen(self) -> Screen:
        video, job = self.film.video, self.job
        window = Window(
            self.film.info.source,
            picture_size(video),
            aspect_of(video),
            size=job.size,
            full_screen=job.full_screen,
        )
        self._stack.callback(window.close)
        return Screen(window, NoHud())

    def _frame_number(self, frame: Frame) -> int | None:
        index = self.film.index
        return None if index is None else index.number(frame.time)

    def state(self) -> PlayerState:
        """What the HUD may show."""
        film, playback = self.film, self.playback
        duration, (loop_a, loop_b) = film.duration, playback.loop
        noticed = time.monotonic() < self._notice_until
        return PlayerState(
            title=film.info.source,
            position=float(playback.position),
            duration=None if duration is None else float(duration),
            frame_number=self._shown_number(),
            paused=playback.paused,
            at_end=playback.at_end,
            can_seek=film.can_seek,
            can_step_back=film.can_seek and film.video is not None,
            speed=float(playback.speed),
            has_audio=film.audio_track is not None,
            volume=self.volume,
            muted=self.muted,
            full_screen=self.screen.full_screen,
            marks=self._marks,
            loop_a=None if loop_a is None else float(loop_a),
            loop_b=None if loop_b is None else float(loop_b),
            file_number=self._number + 1,
            file_count=len(self.job.addresses),
            message=self._notice if noticed else "",
            information=self._information_lines(),
            keys_shown=self._keys,
        )

    def _shown_number(self) -> int | None:
        current = self.playback.current
        if current is None or self.film.index is None:
            return None
        return self.film.index.number(current.time) + 1

    @property
    def _marks(self) -> tuple[Mark, ...]:
        film = self.film
        return tuple(
            Mark(float(chapter.start - film.origin), chapter.title)
            for chapter in film.info.chapters
        )

    def _information_lines(self) -> tuple[str, ...]:
        if not self._information:
            return ()
        hardware = self.job.hardware
        return information_lines(self.film, self.playback, self.statistics, hardware)
