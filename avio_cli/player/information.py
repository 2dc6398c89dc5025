"""The lines of the information overlay."""

from collections.abc import Iterator

from avio_cli.media import AudioStream, VideoStream
from avio_cli.player.film import Film
from avio_cli.player.playback import Playback
from avio_cli.player.statistics import Statistics


def information_lines(
    film: Film, playback: Playback, statistics: Statistics, hardware: str
) -> tuple[str, ...]:
    """Say what is played, and how well."""
    return tuple(_lines(film, playback, statistics, hardware))


def _lines(
    film: Film, playback: Playback, statistics: Statistics, hardware: str
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
