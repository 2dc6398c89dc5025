"""What a player tells its HUD."""

from typing import TYPE_CHECKING

from avio_cli.player.film import Film
from avio_cli.player.state import Mark, PlayerState

if TYPE_CHECKING:
    from avio_cli.player.player import Player


def state_of(player: "Player", information: tuple[str, ...]) -> PlayerState:
    """Gather all that a HUD may show."""
    film, playback, keeper = player.film, player.playback, player.keeper
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
        file_number=player.films.number + 1,
        file_count=player.films.count,
        message=player.message,
        information=information,
        keys_shown=player.keys_shown,
    )


def _number(player: "Player") -> int | None:
    current, index = player.playback.current, player.film.index
    if current is None or index is None:
        return None
    return index.number(current.time) + 1


def _marks(film: Film) -> tuple[Mark, ...]:
    return tuple(
        Mark(float(chapter.start - film.origin), chapter.title)
        for chapter in film.info.chapters
    )
