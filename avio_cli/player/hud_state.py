"""What the HUD is told of the player: its state, and the lines of the overlay."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from avio_cli.media.info import AudioStream, VideoStream
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.playback import Playback
from avio_cli.player.state import Mark, PlayerState
from avio_cli.player.statistics import Statistics

if TYPE_CHECKING:
    from avio_cli.player.player import Player


def info_lines(
    film: OpenMedia, playback: Playback, statistics: Statistics, hardware: str
) -> tuple[str, ...]:
    """Say what is played, and how well."""
    return tuple(_lines(film, playback, statistics, hardware))


def _lines(
    film: OpenMedia, playback: Playback, statistics: Statistics, hardware: str
) -> Iterator[str]:
    yield film.info.source
    yield film.info.container
    if film.video is not None:
        yield _video_line(film.video)
        decoder = "software" if hardware == "none" else hardware
        yield f"decoder {film.video.codec}, {decoder}"
    if film.audio_track is not None:
        yield _audio_line(film.info.audios[film.audio_track])
    current, index = playback.current, film.index
    if film.video is not None and current is not None:
        yield f"time {current.seconds:.3f} s, tick {current.pts} of {current.time_base}"
        if index is not None:
            yield f"frame {index.number(current.time) + 1} of {len(index)}"
    shown, dropped = statistics.frames_shown, statistics.frames_dropped
    yield f"{shown} frames shown, {dropped} dropped"
    if (offset := statistics.recent_offset()) is not None:
        yield f"picture {1000 * offset:+.0f} ms after the sound"


def _video_line(video: VideoStream) -> str:
    rate = video.average_rate
    parts = [f"{video.codec} {video.width}x{video.height}"]
    if rate:
        parts.append(f"{float(rate):.5g} frames/s")
    if video.rotation:
        parts.append(f"turned by {video.rotation} degrees")
    return ", ".join([*parts, video.pixel_format])


def _audio_line(audio: AudioStream) -> str:
    layout = audio.layout or f"{audio.channels} channels"
    return f"{audio.codec} {audio.sample_rate} Hz, {layout} {audio.language}".rstrip()


def player_state(player: "Player", information: tuple[str, ...]) -> PlayerState:
    """Gather all that a HUD may show."""
    film, playback, keeper = player.media, player.playback, player.capture
    duration, (loop_a, loop_b) = film.duration, playback.loop
    return PlayerState(
        title=film.info.source,
        position=float(playback.position),
        duration=None if duration is None else float(duration),
        frame_number=_number(player),
        paused=playback.paused,
        at_end=playback.at_end,
        can_seek=film.can_seek,
        can_step_back=film.can_seek and film.video is not None,
        speed=float(playback.speed),
        has_audio=film.audio_track is not None,
        volume=player.volume,
        muted=player.muted,
        full_screen=player.screen.full_screen,
        can_record=keeper.can_record,
        recording=keeper.recording,
        marks=_marks(film),
        loop_a=None if loop_a is None else float(loop_a),
        loop_b=None if loop_b is None else float(loop_b),
        file_number=player.playlist.number + 1,
        file_count=player.playlist.count,
        message=player.message,
        information=information,
        keys_shown=player.keys_shown,
    )


def _number(player: "Player") -> int | None:
    current, index = player.playback.current, player.media.index
    if current is None or index is None:
        return None
    return index.number(current.time) + 1


def _marks(film: OpenMedia) -> tuple[Mark, ...]:
    return tuple(
        Mark(float(chapter.start - film.origin), chapter.title)
        for chapter in film.info.chapters
    )
