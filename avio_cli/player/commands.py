"""Commands: what each verb does to the player."""

from collections.abc import Callable
from fractions import Fraction

from avio_cli.player.controls import Controls
from avio_cli.player.state import Action, Verb
from avio_cli.player.subtitles.commands import subtitle_commands
from avio_cli.progress import format_time

SLOWEST, FASTEST = Fraction(1, 4), Fraction(4)
LOUDEST = 130.0
CHAPTER_SECONDS = 3
"""Within so many seconds of a chapter's start, "previous" means the one before."""


class Commands:
    """Maps each verb to a function.

    Args:
        player: the player they act on.
    """

    def __init__(self, player: Controls) -> None:
        self._player = player
        self._table: dict[Verb, Callable[[float], None]] = {
            Verb.QUIT: lambda _: player.quit(),
            Verb.ESCAPE: lambda _: self._escape(),
            Verb.PAUSE: lambda _: self._pause(),
            Verb.SEEK_BY: self._seek_by,
            Verb.SEEK_TO: self._seek_to,
            Verb.SEEK_END: lambda _: self._seek_end(),
            Verb.STEP: self._step,
            Verb.SPEED_BY: self._speed_by,
            Verb.SPEED: self._speed,
            Verb.VOLUME_BY: self._volume_by,
            Verb.VOLUME: self._volume,
            Verb.MUTE: lambda _: self._mute(),
            Verb.FULL_SCREEN: lambda _: player.screen.toggle_full_screen(),
            Verb.RECORD: lambda _: player.toggle_recording(),
            Verb.SCREENSHOT: lambda _: player.take_screenshot(),
            Verb.LOOP: lambda _: self._loop(),
            Verb.CHAPTER: self._chapter,
            Verb.FILE: self._file,
            Verb.INFO: lambda _: self._information(),
            Verb.AUDIO_TRACK: lambda _: self._audio_track(),
            Verb.DEINTERLACE: lambda _: self._deinterlace(),
            Verb.KEYS: lambda _: self._keys(),
            Verb.PIN_HUD: lambda _: player.screen.toggle_pinned(),
            **subtitle_commands(player),
        }

    def do(self, action: Action) -> None:
        """Carry out an action."""
        self._table[action.verb](action.value)

    def _escape(self) -> None:
        if self._player.screen.full_screen:
            self._player.screen.toggle_full_screen()
        else:
            self._player.quit()

    def _pause(self) -> None:
        playback = self._player.playback
        playback.set_paused(not playback.paused)

    def _seek_by(self, seconds: float) -> None:
        self._go(self._player.playback.position + Fraction(seconds))

    def _seek_to(self, seconds: float) -> None:
        self._go(Fraction(seconds))

    def _go(self, target: Fraction) -> None:
        player = self._player
        if player.media.can_seek:
            player.playback.seek_to(target.limit_denominator(1_000_000))
            self._show_position()
        else:
            player.notice("This source is not seekable")

    def _seek_end(self) -> None:
        self._player.playback.seek_end()
        self._show_position()

    def _show_position(self) -> None:
        player = self._player
        if player.screen.show_position():
            return
        duration = float(player.media.duration or 0)
        position = format_time(float(player.playback.position), duration)
        player.notice(f"{position} / {format_time(duration)}" if duration else position)

    def _step(self, direction: float) -> None:
        self._player.playback.step(1 if direction > 0 else -1)

    def _speed_by(self, factor: float) -> None:
        self._speed(float(self._player.playback.speed) * factor)

    def _speed(self, speed: float) -> None:
        wanted = Fraction(round(100 * speed), 100)
        if abs(wanted - 1) < Fraction(1, 50):
            wanted = Fraction(1)  # up and down again is exactly normal
        wanted = min(max(wanted, SLOWEST), FASTEST)
        if wanted != self._player.playback.speed:
            self._player.playback.set_speed(wanted)
        self._player.notice(f"Speed {float(wanted):g}x")

    def _volume_by(self, points: float) -> None:
        self._volume(self._player.volume + points)

    def _volume(self, percent: float) -> None:
        player = self._player
        player.set_volume(min(max(percent, 0.0), LOUDEST), muted=False)
        player.notice(f"Volume {player.volume:.0f} %")

    def _mute(self) -> None:
        player = self._player
        player.set_volume(player.volume, muted=not player.muted)
        player.notice("Muted" if player.muted else f"Volume {player.volume:.0f} %")

    def _loop(self) -> None:
        playback = self._player.playback
        playback.toggle_ab_loop()
        start, end = playback.loop.start, playback.loop.end
        notice = "Loop off" if start is None else "Loop: end set"
        self._player.notice("Loop: start set" if start and end is None else notice)

    def _chapter(self, direction: float) -> None:
        player = self._player
        media, position = player.media, player.playback.position
        starts = sorted(chapter.start - media.origin for chapter in media.info.chapters)
        if not starts:
            player.notice("No chapters")
            return
        number = sum(start <= position for start in starts) - 1
        if direction > 0:
            number += 1
        elif number >= 0 and position - starts[number] < CHAPTER_SECONDS:
            number -= 1
        if number < len(starts):
            self._go(starts[max(number, 0)])
            title = media.info.chapters[max(number, 0)].title
            player.notice(title or f"Chapter {max(number, 0) + 1}")

    def _information(self) -> None:
        self._player.information_shown = not self._player.information_shown

    def _keys(self) -> None:
        self._player.keys_shown = not self._player.keys_shown

    def _file(self, direction: float) -> None:
        self._player.change_file(1 if direction > 0 else -1)

    def _audio_track(self) -> None:
        media = self._player.media
        count = len(media.info.audios)
        if media.audio_track is None or count < 2:
            self._player.notice("No other audio track")
            return
        media.audio_track = (media.audio_track + 1) % count
        stream = media.info.audios[media.audio_track]
        self._player.playback.change_tracks()
        name = " ".join(filter(None, (stream.language, stream.title)))
        self._player.notice(f"Audio {media.audio_track + 1}/{count} {name}".rstrip())

    def _deinterlace(self) -> None:
        player = self._player
        if player.media.video is None:
            player.notice("No video to deinterlace")
            return
        on = player.media.toggle_deinterlacing()
        player.playback.change_tracks()
        player.notice(f"Deinterlacing {'on' if on else 'off'}")
