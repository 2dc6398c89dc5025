"""What the HUD shows of the player: its state, and the lines of the overlay."""

import re
import time
from collections.abc import Iterator, Mapping

from avio_cli.decode.live.health import HealthSnapshot
from avio_cli.ffmpeg.url import printable
from avio_cli.media.color import is_hdr
from avio_cli.media.info import AudioStream, MediaInfo, VideoStream
from avio_cli.player.controls import Controls
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.playback import Playback
from avio_cli.player.state import Mark, PlayerState
from avio_cli.player.statistics import Statistics

NOTICED_SECONDS = 2.0
"""Without a frame for so long, it is said: shorter ones nobody needs to know."""
BUFFERING_SECONDS = 1.0
"""A source that gives nothing for so long is said to be slow."""


def shown_lines(
    player: Controls, statistics: Statistics, hardware: str
) -> tuple[str, ...]:
    """Lines of the information overlay; none where it is off."""
    if not player.information_shown:
        return ()
    return info_lines(player.media, player.playback, statistics, hardware)


def info_lines(
    media: OpenMedia, playback: Playback, statistics: Statistics, hardware: str
) -> tuple[str, ...]:
    """Lines of the information overlay: source, codecs, position, dropped frames."""
    return tuple(_lines(media, playback, statistics, hardware))


def _lines(
    media: OpenMedia, playback: Playback, statistics: Statistics, hardware: str
) -> Iterator[str]:
    yield media.info.source
    yield from tag_lines(media.info)
    yield media.info.container
    if media.video is not None:
        stored = media.stored_video or media.video
        yield _video_line(stored)
        if line := _color_line(stored, media.settings.reading.tone_map):
            yield line
        decoder = "software" if hardware == "none" else hardware
        woven = ", deinterlaced" if media.settings.reading.deinterlace else ""
        yield f"decoder {media.video.codec}, {decoder}{woven}"
    if media.audio_track is not None:
        yield _audio_line(media.info.audios[media.audio_track])
    current, index = playback.current, media.index
    if media.video is not None and current is not None:
        yield f"time {current.seconds:.3f} s, tick {current.pts} of {current.time_base}"
        if index is not None:
            yield f"frame {index.number(current.time) + 1} of {len(index)}"
    shown, dropped = statistics.frames_shown, statistics.frames_dropped
    yield f"{shown} frames shown, {dropped} dropped"
    if media.is_live:
        yield _live_line(media.health.snapshot())
    if (offset := statistics.recent_offset()) is not None:
        yield f"video {1000 * offset:+.0f} ms after the audio"


def _live_line(health: HealthSnapshot) -> str:
    dropped, seconds = health.dropped, health.gap_seconds
    times = "once" if health.reconnects == 1 else f"{health.reconnects} times"
    back = f"interrupted {times} for {seconds:.1f} s"
    return f"{health.state}, {back}, {dropped} frames skipped"


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


def _color_line(video: VideoStream, tone_map: str) -> str:
    """The tags of the colours, and what is done with HDR; empty where untagged."""
    color = video.color
    tags = (color.range, color.matrix, color.primaries, color.transfer)
    named = " ".join(dict.fromkeys(filter(None, tags)))
    if not tone_map:
        return f"{named}, not mapped" if is_hdr(color) else named
    size = re.match(r"scale=(\d+):(\d+)", tone_map)
    smaller = f" at {size[1]}x{size[2]}" if size else ""
    return f"{named}, mapped to SDR{smaller}"


def _audio_line(audio: AudioStream) -> str:
    layout = audio.layout or f"{audio.channels} channels"
    return f"{audio.codec} {audio.sample_rate} Hz, {layout} {audio.language}".rstrip()


def player_state(
    player: Controls, information: tuple[str, ...], statistics: Statistics
) -> PlayerState:
    """Collect all that a HUD may show."""
    media, playback, capture = player.media, player.playback, player.capture
    duration, loop = media.duration, playback.loop
    trouble = _trouble(media, playback)
    return PlayerState(
        title=title_of(media.info),
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
        live=media.is_live,
        lost=media.is_live and bool(trouble),
        trouble=trouble or capture.trouble,
        message=player.message,
        information=information,
        keys_shown=player.keys_shown,
        dropped=statistics.frames_dropped,
        offset=statistics.recent_offset(),
    )


def _trouble(media: OpenMedia, playback: Playback) -> str:
    """What is wrong with a source that is played."""
    if playback.paused or playback.at_end:
        return ""
    if media.is_live:
        return describe_trouble(media.health.snapshot(), video=media.video is not None)
    since = playback.live.starved_since
    slow = since is not None and time.monotonic() - since > BUFFERING_SECONDS
    if slow and media.may_grow:
        return "Waiting for more: the list has no end"
    return "Buffering" if slow and media.source.url.kind == "url" else ""


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


def describe_trouble(health: HealthSnapshot, *, video: bool = True) -> str:
    """Why a live source gives no frames, as a sentence; empty where it does.

    Args:
        health: of the source, now.
        video: whether there is any; audio alone has no frames.
    """
    seconds = int(health.state_seconds)
    if health.state == "connecting":
        return "Connecting" if seconds >= 1 else ""
    if health.state == "lost":
        return f"Lost for {_time(seconds)}, opening it again"
    if health.state == "ended":
        return "The stream has ended"
    age = health.frame_age or 0.0
    if video and (health.state == "stalled" or age >= NOTICED_SECONDS):
        return f"No frame for {_time(int(age))}"
    return "" if video or health.state == "live" else "No audio"


def _time(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def title_of(info: MediaInfo) -> str:
    """Artist and title as tagged, else the file's name; an address is shown whole."""
    tags = _tags(info)
    title, artist = tags.get("title", ""), tags.get("artist", "")
    if title:
        return printable(f"{artist} - {title}" if artist else title)
    source = info.source
    return source if "://" in source else source.rpartition("/")[2]


def tag_lines(info: MediaInfo) -> tuple[str, ...]:
    """Title, artist and album, a line each, as far as they are tagged."""
    tags = _tags(info)
    named = (tags.get(name, "") for name in ("title", "artist", "album"))
    return tuple(printable(text) for text in named if text)


def _tags(info: MediaInfo) -> Mapping[str, str]:
    """Tags of the file; Ogg has them in its streams."""
    found: dict[str, str] = {}
    for audio in () if info.videos else info.audios[:1]:
        found |= _lower(audio.metadata)
        found |= {"title": audio.title} if audio.title else {}
    return found | _lower(info.metadata)


def _lower(metadata: Mapping[str, str]) -> dict[str, str]:
    return {key.lower(): value.strip() for key, value in metadata.items()}
