"""What the HUD shows of the player: its state, and the lines of the overlay."""

from collections.abc import Iterator

from avio_cli.media.info import AudioStream, VideoStream
from avio_cli.player.controls import Controls
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.playback import Playback
from avio_cli.player.state import Mark, PlayerState
from avio_cli.player.statistics import Statistics


def info_lines(
    media: OpenMedia, playback: Playback, statistics: Statistics, hardware: str
) -> tuple[str, ...]:
    """Lines of the information overlay: source, codecs, position, dropped frames."""
    return tuple(_lines(media, playback, statistics, hardware))


def _lines(
    media: OpenMedia, playback: Playback, statistics: Statistics, hardware: str
) -> Iterator[str]:
    yield media.info.source
    yield media.info.container
    if media.video is not None:
        yield _video_line(media.video)
        decoder = "software" if hardware == "none" else hardware
        yield f"decoder {media.video.codec}, {decoder}"
    if media.audio_track is not None:
        yield _audio_line(media.info.audios[media.audio_track])
    current, index = playback.current, media.index
    if media.video is not None and current is not None:
        yield f"time {current.seconds:.3f} s, tick {current.pts} of {current.time_base}"
        if index is not None:
            yield f"frame {index.number(current.time) + 1} of {len(index)}"
    shown, dropped = statistics.frames_shown, statistics.frames_dropped
    yield f"{shown} frames shown, {dropped} dropped"
    if (offset := statistics.recent_offset()) is not None:
        yield f"video {1000 * offset:+.0f} ms after the audio"


def _video_line(video: VideoStream) -> str:
    rate = video.average_rate
    parts = [f"{video.codec} {video.width}x{video.height}"]
    if rate:
        parts.append(f"{float(rate):.5g} frames/s")
    if video.rotation:
        parts.append(f"rotated by {video.rotation} degrees")
    if video.mirror:
        parts.append(f"mirrored {video.mirror}ly")
    return ", ".join([*parts, video.pixel_format])


def _audio_line(audio: AudioStream) -> str:
    layout = audio.layout or f"{audio.channels} channels"
    return f"{audio.codec} {audio.sample_rate} Hz, {layout} {audio.language}".rstrip()


def player_state(player: Controls, information: tuple[str, ...]) -> PlayerState:
    """Collect all that a HUD may show."""
    media, playback, capture = player.media, player.playback, player.capture
    duration, loop = media.duration, playback.loop
    return PlayerState(
        title=media.info.source,
        position=float(playback.position),
        duration=None if duration is None else float(duration),
        frame_number=_number(player),
        paused=playback.paused,
        at_end=playback.at_end,
        can_seek=media.can_seek,
        can_step_back=media.can_seek and media.video is not None,
        speed=float(playback.speed),
        has_audio=media.audio_track is not None,
        volume=player.volume,
        muted=player.muted,
        full_screen=player.screen.full_screen,
        can_record=capture.can_record,
        recording=capture.recording,
        marks=_marks(media),
        loop_a=None if loop.start is None else float(loop.start),
        loop_b=None if loop.end is None else float(loop.end),
        file_number=player.playlist.number + 1,
        file_count=player.playlist.count,
        message=player.message,
        information=information,
        keys_shown=player.keys_shown,
    )


def _number(player: Controls) -> int | None:
    current, index = player.playback.current, player.media.index
    if current is None or index is None:
        return None
    return index.number(current.time) + 1


def _marks(media: OpenMedia) -> tuple[Mark, ...]:
    return tuple(
        Mark(float(chapter.start - media.origin), chapter.title)
        for chapter in media.info.chapters
    )
