"""Let an encoded video last as long as its source: the time of the last frame.

ffmpeg 5.1 gives encoders frames without durations, and NUT, in which Python sends
them, has none: the last frame would be shown as long as the one before.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction

from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings, select_video
from avio_cli.demux.ending import find_ending
from avio_cli.demux.timeline import StreamTimeline
from avio_cli.encode.settings import EncodeSettings
from avio_cli.encode.video_params import nominal_rate
from avio_cli.ffmpeg.hardware.accelerators import family_of
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.container import Container
from avio_cli.media.info import Ending, MediaInfo, Stream, VideoStream
from avio_cli.mux.command import timescale

_NOTICEABLE = Fraction(1, 10)
"""Seconds by which a result may end earlier without a warning."""
_NEAR = 0.0005
"""Seconds within which a time is that of the last frame."""
_CLOSED = {"libx265": {"forced-idr": "1"}}
"""Options of encoders whose forced keyframes may be followed by earlier frames."""
_MOST_DELAY = 65535
"""Hundredths of a second that GIF has room for."""


def with_ending(settings: EncodeSettings, source: MediaSource) -> EncodeSettings:
    """The same settings with the last frame of the source, where it is special."""
    videos, choice = source.info.videos, settings.video
    kept = settings.streams.video and settings.preset.video is not None
    if not (kept and videos) or choice.filters:  # filters may change times
        return settings
    most = settings.preset.video and settings.preset.video.max_rate
    if choice.rate or settings.container.constant_rate or most:
        ending = find_ending(source, videos[0], settings.end)  # it is repeated
    else:
        ending = special_ending(source, videos[0], settings.end)
    return replace(settings, ending=ending)


def special_ending(
    source: MediaSource, video: VideoStream, end: Fraction | None = None
) -> Ending | None:
    """The last frame of a video as `find_ending` finds it, if it is special."""
    ending = find_ending(source, video, end)
    special = ending is not None and ending.is_special(nominal_rate(video))
    return ending if special else None


class EndingLookup:
    """Looks for a special ending of a file in a thread, while a decoder starts.

    It has a child for 20 to 50 ms: `result` waits for its end. A server is asked before
    the decoder starts: it may serve one connection at a time.

    Args:
        source: what is read.
        video: see `special_ending`.
        end: likewise.
    """

    def __init__(
        self, source: MediaSource, video: VideoStream, end: Fraction | None = None
    ) -> None:
        self._wanted = (source, video, end)
        self._found: Ending | None = None
        self._done = False
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        if source.url.kind != "file":
            self._thread.join()

    def result(self) -> Ending | None:
        """Wait for it; None where the last frame is as any other."""
        self._thread.join()
        if not self._done:  # the thread stayed behind in the parent of this process
            self._look()
        return self._found

    def _look(self) -> None:
        self._found = special_ending(*self._wanted)
        self._done = True


def opened_reader(
    source: MediaSource, settings: ReaderSettings, stack: ExitStack
) -> MediaReader:
    """A reader that gives its last frame its duration; closed with the stack.

    Raises:
        InputError: there is no such video.
    """
    video = select_video(source.info, settings.video_track)
    lookup = EndingLookup(source, video, settings.end)
    stack.callback(lookup.result)  # it leaves no child behind
    reader = MediaReader(source, settings, ending=lookup.result)
    return stack.enter_context(reader)


def lost_ending(
    settings: EncodeSettings, info: MediaInfo, tracks: Sequence[StreamTimeline]
) -> str:
    """A warning where a result does not store how long its last frame is shown.

    Matroska of ffmpeg 5.1 has the length of the file, but not that of the frame.

    Args:
        settings: how it was made.
        info: its source.
        tracks: what it contains; empty where it was not read.
    """
    ending = settings.ending
    if ending is None or not tracks or settings.container.sets_timescale:
        return ""
    late = ending.end - info.origin - settings.start - (tracks[0].end() or 0)
    cadence = settings.cadences.get(info.videos[0].index)
    if cadence is not None and not settings.container.constant_rate:
        late -= cadence.late  # the result starts with the first frame
    if late <= max(ending.step, _NOTICEABLE):
        return ""
    return (
        f"the last frame is shown for {float(ending.duration):.2f} s: this ffmpeg does "
        f"not store that in {settings.container.title}, and players may end earlier"
    )


def ending_options(
    index: int, ending: Ending | None, container: Container, base: Fraction
) -> Iterator[str]:
    """ffmpeg's options that give the last frame its duration, if it can be held.

    Args:
        index: of the output stream.
        ending: the last frame, on the encoder's clock; None where nothing is special.
        container: of the output.
        base: time base of the encoder.
    """
    if container.muxer == "hls":
        yield from (f"-bsf:{index}", _segments_filter(ending))
    elif ending is None or container.form == "stream" or container.constant_rate:
        return
    elif container.muxer == "gif":  # it ignores durations in 5.1
        delay = round(ending.duration * 100)
        yield from ("-final_delay", str(min(delay, _MOST_DELAY)))
    else:
        bases = packet_bases(container, base)
        yield from (f"-bsf:{index}", last_duration_filter(ending, bases))


def copied_ending_filter(
    stream: Stream, ending: Ending | None, container: Container
) -> str:
    """Likewise for a video that is copied: ffmpeg 5.1 reads guesses from MP4."""
    if ending is None or not container.sets_timescale:
        return ""
    return last_duration_filter(ending, (stream.time_base,))


def last_keyframe_options(
    index: int, ending: Ending | None, container: Container, encoder: str
) -> Iterator[str]:
    """ffmpeg's options that make the last frame one that is decoded last.

    In MP4 each frame lasts until the next one is decoded: the time of a frame that is
    shown last and decoded earlier could not be stored.

    Args:
        index: of the output stream.
        ending: the last frame, on the encoder's clock; None where nothing is special.
        container: of the output.
        encoder: its name.
    """
    if ending is None or not container.sets_timescale:
        return
    time = float(ending.time)
    near = f"between(t,{time - _NEAR:.6f},{time + _NEAR:.6f})"
    yield from (f"-force_key_frames:{index}", f"expr:{near}")
    family = family_of(encoder)
    options = family.force_key_frames_options if family else _CLOSED.get(encoder, {})
    for key, value in options.items():
        yield from (f"-{key}:{index}", value)


def _segments_filter(ending: Ending | None) -> str:
    """The bitstream filter for playlists: a segment is as long as all of its packets.

    So says the muxer, and 5.1 has constant durations, NUT has those of the average
    rate: packets get the time to the next one, and the last one what is left.
    """
    last = "DURATION"
    if ending is not None:
        last = f"{float(ending.end):.6f}/TB-STARTPTS+STARTDTS-DTS"
    chosen = f"if(eq(NEXT_DTS,NOPTS),{last},NEXT_DTS-DTS)"
    return f"setts=pts=PTS:dts=DTS:duration='{chosen}'"


def last_duration_filter(ending: Ending, bases: Sequence[Fraction]) -> str:
    """The bitstream filter that gives the packet of the last frame its duration.

    Args:
        ending: the last frame, on the clock of the packets.
        bases: time bases that the packets may have: in ffmpeg 5.1 they are mostly
            those of the muxer, whatever TB says, in 9.0 those of the encoder. A packet
            that is taken for the last one in the wrong base is not the last: only
            that one's duration counts.
    """
    chosen = "DURATION"
    for base in sorted(set(bases)):
        first = round(ending.time / base)
        length = round(ending.end / base) - first
        chosen = f"if(between(PTS,{first - 1},{first + 1}),{length},{chosen})"
    # By default, setts takes the decoding time for both (5.1 and 9.0).
    return f"setts=pts=PTS:dts=DTS:duration='{chosen}'"


def packet_bases(container: Container, base: Fraction) -> tuple[Fraction, ...]:
    """Time bases that packets of an encoder may have on their way to the muxer."""
    if container.sets_timescale:
        return base, Fraction(1, timescale([base]))
    return base, Fraction(1, 1000), Fraction(1, 90000)
