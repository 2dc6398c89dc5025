"""Player: opens the inputs, and runs the event loop until it is stopped."""

import time
from collections.abc import Sequence
from contextlib import ExitStack

from avio_cli.demux.frame_index import FrameIndex
from avio_cli.display.window import Window
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.url import printable
from avio_cli.media.frame import Frame
from avio_cli.player.capture import Capture
from avio_cli.player.commands import Commands
from avio_cli.player.cover_art import still_of
from avio_cli.player.frame_processor import FrameProcessor, load_tracks, open_page
from avio_cli.player.hud_state import player_state, shown_lines, title_of
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.playback import Playback
from avio_cli.player.playlist.dropped import sort_dropped
from avio_cli.player.playlist.playlist import Playlist
from avio_cli.player.screen import open_screen
from avio_cli.player.script import Script, read_script
from avio_cli.player.state import PlayerState
from avio_cli.player.statistics import Statistics
from avio_cli.player.subtitles.placement import look_of
from avio_cli.player.subtitles.subtitles import Subtitles
from avio_cli.player.user_input import UserInput

IDLE_SECONDS = 0.01
"""Between two polls of keys and mouse, at most."""
BUSY_SECONDS = 0.002
"""The same while a request is pending."""
NOTICE_SECONDS = 2.0
LONGEST_LEAD = 0.25


class Player:
    """One run: a window, an audio device, and one input after the other.

    Args:
        job: what to do.
        playlist: its first input is open.
        statistics: filled while playing.
        stack: closes all that is opened.
        window: shows the first frame already, if there is one.
        still: the image that is shown where the first input has no video.
    """

    def __init__(
        self,
        job: PlayJob,
        playlist: Playlist,
        statistics: Statistics,
        stack: ExitStack,
        window: Window,
        still: Frame | None,
    ) -> None:
        self.job, self.playlist, self.statistics = job, playlist, statistics
        script = read_script(job.script) if job.script else Script([])
        recorded = load_tracks(job.tracks) if job.tracks else None
        self._quit = self._ended = False
        self._notice, self._notice_until = "", 0.0
        self.keys_shown = self.information_shown = False
        self.set_volume(job.volume, muted=job.muted)
        self.subtitles = Subtitles()
        stack.callback(self.subtitles.close)
        self.capture = Capture(job, self.subtitles.burnt)
        stack.callback(lambda: self.capture.close(playlist.playback.position))
        playlist.audio_player.listener = self.capture.add_audio
        playlist.audio_player.at_other_speed = self.capture.leave_out_audio
        draw = job.draw if recorded or job.tracking else ()
        self.frame_processor = FrameProcessor(
            job.callbacks, recorded, draw, self._recorded_index, open_page(job, stack)
        )
        for callback in job.callbacks:
            stack.callback(callback.close)
        self.screen = open_screen(job, window)
        stack.callback(self.screen.close)
        self._show_media(still)
        self._input = UserInput(
            self.screen,
            Commands(self),
            self.state,
            self._play_dropped,
            script=script,
            for_callbacks=bool(job.callbacks),
        )

    @property
    def media(self) -> OpenMedia:
        """The open input."""
        return self.playlist.media

    @property
    def playback(self) -> Playback:
        """Playback of the open input."""
        return self.playlist.playback

    def run(self) -> None:
        """Run the event loop until the player quits.

        Raises:
            AvioError: an input cannot be played, or a callback failed.
        """
        while not self._quit:
            self._tick()
        if self.job.stats is not None:
            self.statistics.write(
                self.job.stats,
                video_driver=self.screen.window.driver,
                audio_driver=self.playlist.audio_player.driver,
                sdl_version=self.screen.window.sdl_version,
            )
        if self.playlist.failure is not None:
            raise self.playlist.failure
        self.capture.check_recorded()

    # What commands call

    def quit(self) -> None:
        """Stop at the next turn of the event loop."""
        self._quit = True

    def notice(self, text: str) -> None:
        """Show a message for a moment."""
        if text:
            self._notice, self._notice_until = text, time.monotonic() + NOTICE_SECONDS

    @property
    def message(self) -> str:
        """The message that is shown; empty for none."""
        return self._notice if time.monotonic() < self._notice_until else ""

    def set_volume(self, percent: float, *, muted: bool) -> None:
        """Set volume and mute."""
        self.volume, self.muted = percent, muted
        self.playlist.audio_player.set_volume(0.0 if muted else percent / 100)

    def toggle_recording(self) -> None:
        """Start or stop a recording."""
        self.notice(self.capture.toggle(self.playback.position))

    def take_screenshot(self) -> None:
        """Save the shown frame as an image."""
        self.notice(self.capture.screenshot())

    def change_file(self, direction: int) -> None:
        """Go to the next file that can be played, or the one before."""
        if not self._move(direction):
            self.notice(f"This is the {'last' if direction > 0 else 'first'} file")

    def _move(self, direction: int) -> bool:
        position = self.playback.position
        if not self.playlist.move(direction):
            return False
        self.capture.stop(position)
        self._show_media(still_of(self.media))
        return True

    def _play_dropped(self, names: Sequence[str]) -> None:
        """Play files that were dropped into the window; subtitles are shown with them.

        What cannot be played changes nothing.
        """
        playlist, position = self.playlist, self.playback.position
        dropped = sort_dropped(names, self.job.urls[0].limits, playlist.skipped)
        if dropped.media:
            if not playlist.play_instead(dropped.media):
                return
            self.capture.stop(position)
            self.frame_processor.forget_recorded()
            self._show_media(still_of(self.media))
        for path in dropped.subtitles:
            self.notice(self.subtitles.add_file(path))

    # One turn of the event loop

    def _tick(self) -> None:
        self._input.read(idle=self._all_is_shown)
        self.notice(self.playlist.skipped.poll())
        if self.screen.window.closed:
            self.quit()
        started = time.monotonic()
        try:
            frame = self.playback.advance()
            self.notice(self.subtitles.poll())
        except AvioError as error:
            self.playlist.fail(error)
            if not self._move(1):
                self.quit()
            return
        self._show(frame, started)
        if not self.playback.at_end:
            self._ended = False
        elif not self._ended and self.playback.is_idle and self.subtitles.is_decided:
            self._ended = True
            self._end_of_media()
        time.sleep(self._idle_time())

    @property
    def _all_is_shown(self) -> bool:
        """Whether a script may go on."""
        started = self.statistics.startup is not None
        return self.playback.is_idle and started and self.subtitles.is_ready

    def _show(self, frame: Frame | None, started: float) -> None:
        waited = self._input.waiting.waits_too_long(paused=self.playback.paused)
        if frame is not None or waited:
            self._process_frame(frame or self.playback.current, new=frame is not None)
        self._draw(frame, started)

    def _draw(self, frame: Frame | None, started: float) -> None:
        self._show_subtitles()
        drawn = self.screen.draw(self.state)
        if frame is not None and drawn:
            self._count(frame, started)
            self.media.make_index(background=True)  # it would delay the first frame
        elif self.media.video is None and self.playback.is_idle:
            self.statistics.on_audio()
        self.notice(self.capture.poll())

    def _show_subtitles(self) -> None:
        look = look_of(self.screen.window.viewport, self.media.video)
        image = self.subtitles.image(self.playback.shown_time, look)
        self.screen.show_subtitles(image, self.subtitles.adjustment.offset)

    def _process_frame(self, frame: Frame | None, *, new: bool) -> None:
        if frame is None:
            return
        events = self._input.waiting.take()
        processed = self.frame_processor.process(frame, events)
        if processed is not None:
            self.screen.show(processed)
            if new:
                position, jumped = self.playback.position, not self.playback.was_due
                self.notice(self.capture.add_frame(processed, position, jumped=jumped))
        self._input.dispatch(events)

    def _count(self, frame: Frame, started: float) -> None:
        in_time = self.playlist.clock.running and self.playback.was_due
        self.statistics.on_frame(
            self.playlist.clock.now() - frame.seconds if in_time else None
        )
        took = min(time.monotonic() - started, LONGEST_LEAD)
        self.playback.display_latency += (took - self.playback.display_latency) / 8

    def _idle_time(self) -> float:
        if not self.playback.is_idle:
            return BUSY_SECONDS
        due = self.playback.next_due()
        return IDLE_SECONDS if due is None else min(max(due, 0.0), IDLE_SECONDS)

    def _end_of_media(self) -> None:
        if self.job.loop and self.playlist.count == 1:
            self.playback.restart()
        elif not self._move(1) and self.job.exit_at_end:
            self.quit()

    # What is shown

    def _show_media(self, still: Frame | None) -> None:
        media = self.media
        if (
            media.audio_track is not None
            and not self.playlist.audio_player.open_device()
        ):
            self.playlist.disable_audio()
        self.screen.set_video(media.video, title_of(media.info))
        self.screen.thumbnails = self.frame_processor.previews(self.playlist.thumbnails)
        self.frame_processor.set_media(
            media.video, self.playlist.class_names, title_of(media.info)
        )
        self.notice(self.capture.set_media(media))
        self.subtitles.set_media(media, self.playlist.subtitles)
        if self.job.tracks:
            media.make_index(background=False)  # it maps frames to tracks
            name = printable(str(self.job.tracks))
            self.frame_processor.name_recorded(name, media.info.source)
        if still is not None:
            self.playback.current = still
            self.screen.set_still(still, title_of(media.info))
            self.screen.show(self.frame_processor.still(still))
            self.notice(title_of(media.info))

    def _recorded_index(self) -> FrameIndex | None:
        """The frames of the first input, of which the recorded tracks are."""
        return None if self.playlist.number else self.media.index

    def state(self) -> PlayerState:
        """What the HUD may show."""
        lines = shown_lines(self, self.statistics, self.job.hardware)
        return player_state(self, lines, self.statistics)
