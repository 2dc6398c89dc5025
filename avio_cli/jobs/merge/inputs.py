"""Inputs of a merge: timestamps of video and audio, packet by packet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from itertools import pairwise
from statistics import median_high, median_low

from avio_cli.demux.cut_points import decoded_times, last_duration, presentation_time
from avio_cli.demux.hidden import PRIMING
from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.demux.packet_list import Packet, list_copied_packets, start_listing
from avio_cli.demux.packet_times import is_blank, line_of_packets, refuse_far_frames
from avio_cli.demux.structure.holes import find_hole
from avio_cli.demux.structure.packets import is_compressed
from avio_cli.demux.timeline import StreamTimeline
from avio_cli.encode.ending import special_ending
from avio_cli.encode.video_params import nominal_rate
from avio_cli.errors import InputError
from avio_cli.ffmpeg.damage import describe_damage
from avio_cli.ffmpeg.damage_signs import DamageWatch
from avio_cli.ffmpeg.gaps import Gap, longest_gap
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.media.info import (
    AudioStream,
    Ending,
    Stream,
    SubtitleStream,
    VideoStream,
)

_RESTART = 25
"""Packets of one time, or one tick after the other, that no video or audio has."""


@dataclass(frozen=True, slots=True)
class AudioSpan:
    """Start and end of an audio track, in the source's timestamps."""

    start: Fraction
    end: Fraction
    packet: Fraction
    """Seconds of one of its packets: the median, as one before a gap is long."""
    pauses: bool = False
    """Whether it has gaps."""
    hides: bool = False
    """Whether an edit list hides more of its start than primes a decoder."""
    line: StreamTimeline = field(kw_only=True)
    """All packets that are played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeInput:
    """One of the files, and its position in the result."""

    source: MediaSource
    start: Fraction
    """Its own timestamp of the first frame; without video, of the first audio."""
    length: Fraction
    """Seconds until its last frame has been shown."""
    times: tuple[Fraction, ...] = ()
    """Its own timestamps of all frames, in order."""
    copy_obstacle: str = ""
    """Why its video cannot be copied, whatever the others are; empty: it can."""
    spans: tuple[AudioSpan | None, ...] = ()
    """Of each audio track; None: the track is empty."""
    cues: tuple[StreamTimeline, ...] = ()
    """Of each track of `texts`."""
    ending: Ending | None = None
    """Its last frame, where that is shown unusually long or short."""
    watch: DamageWatch = field(default_factory=DamageWatch)
    """Has read the log of the ffmpeg that listed its packets."""
    zeroed: int = 0
    """Packets that hold nothing but zeros."""
    offset: Fraction = Fraction(0)
    """When the part starts in the result."""

    @property
    def video(self) -> VideoStream | None:
        """The video stream that is joined to the others."""
        videos = self.source.info.videos
        return videos[0] if videos else None

    @property
    def gap(self) -> Gap | None:
        """The longest one between its frames."""
        base = self.video.time_base if self.video else Fraction(1)
        return longest_gap((round(time / base) for time in self.times), base)

    @property
    def audios(self) -> tuple[AudioStream, ...]:
        """The audio tracks that ffmpeg can decode."""
        return tuple(s for s in self.source.info.audios if s.sample_rate and s.channels)

    @property
    def texts(self) -> tuple[SubtitleStream, ...]:
        """The subtitle tracks that are text: only they can be joined."""
        return tuple(s for s in self.source.info.subtitles if s.is_text)

    @property
    def shifted_ending(self) -> Ending | None:
        """Its special last frame, with the time in the result."""
        ending = self.ending
        return ending and replace(ending, time=ending.time + self.shift)

    @property
    def shift(self) -> Fraction:
        """Seconds to add to its own timestamps."""
        return self.offset - self.start


def scan_input(source: MediaSource) -> MergeInput:
    """Read the timestamps of all packets of a file.

    Raises:
        InputError: it cannot be read, or has neither video nor audio.
    """
    source, watch = with_known_jumps(source), DamageWatch.of(source.url)
    start_process = partial(start_listing, watch=watch.feed)
    info = source.info
    audios = [s for s in info.audios if s.sample_rate and s.channels]
    streams = [*info.videos[:1], *audios]
    if not streams:
        raise InputError(f"{source.name}: no video and no audio to join")
    texts = [s for s in info.subtitles if s.is_text]
    listed: list[Stream] = [*streams, *texts]
    tracks: dict[int, list[Packet]] = {stream.index: [] for stream in listed}
    by_index: dict[int, Stream] = {stream.index: stream for stream in streams}
    for packet in list_copied_packets(source, listed, start_process=start_process):
        known = by_index.get(packet.stream)
        if known is None or not is_blank(known, packet.size):
            tracks[packet.stream].append(packet)
    if info.videos:
        refuse_far_frames(source, info.videos[0], tracks[info.videos[0].index])
    compressed = filter(is_compressed, streams)
    zeroed = sum(packet.zeroed for s in compressed for packet in tracks[s.index])
    if not info.jumps:  # else ffmpeg has put them in order
        for stream in streams:
            _check_order(source, stream, tracks[stream.index])
    spans = tuple(_span(audio, tracks[audio.index]) for audio in audios)
    cues = tuple(line_of_packets(text, tracks[text.index]) for text in texts)
    if info.videos:
        packets = tracks[info.videos[0].index]
        if any(packet.pts is None for packet in packets):
            times = decoded_times(source, info.videos[0])
        else:
            times = _presentation_times(info.videos[0], packets)
        part = _with_video(source, packets, times, spans)
        return replace(part, cues=cues, watch=watch, zeroed=zeroed)
    played = [span for span in spans if span is not None]
    if not played:
        raise InputError(f"{source.name}: no audio could be read")
    start = min(span.start for span in played)
    length = max(span.end for span in played) - start
    part = MergeInput(source=source, start=start, length=length, spans=spans)
    return replace(part, cues=cues, watch=watch, zeroed=zeroed)


def _with_video(
    source: MediaSource,
    packets: list[Packet],
    times: tuple[Fraction, ...],
    spans: tuple[AudioSpan | None, ...],
) -> MergeInput:
    video = source.info.videos[0]
    shown = [packet for packet in packets if not packet.discard]
    if not times or not shown:
        raise InputError(f"{source.name}: no frame could be read")
    last = max(shown, key=presentation_time)
    end = times[-1] + last_duration(last, times, nominal_rate(video), video.time_base)
    if ending := special_ending(source, video):
        end = ending.end
    return MergeInput(
        source=source,
        start=times[0],
        length=end - times[0],
        times=times,
        copy_obstacle=_copy_obstacle(packets, times),
        spans=spans,
        ending=ending,
    )


def _presentation_times(
    video: VideoStream, packets: list[Packet]
) -> tuple[Fraction, ...]:
    shown = sorted(
        presentation_time(packet) for packet in packets if not packet.discard
    )
    return tuple(time * video.time_base for time in shown)


def _copy_obstacle(packets: list[Packet], times: Sequence[Fraction]) -> str:
    if any(packet.discard for packet in packets):
        return "frames at its start are hidden"
    if not packets[0].key or min(map(presentation_time, packets)) < presentation_time(
        packets[0]
    ):
        return "it does not start with a keyframe"
    if any(packet.pts is None for packet in packets):
        return "its frames have no timestamps"
    if any(late <= early for early, late in pairwise(times)):
        return "two of its frames have the same timestamp"
    if any(late - early <= 1 for early, late in _decoding(packets)):
        return "the times of its frames go back"
    return ""


def _decoding(packets: list[Packet]) -> Iterator[tuple[int, int]]:
    """Each time of decoding and the next one: ffmpeg moves those that go back."""
    return pairwise(packet.dts for packet in packets if packet.dts is not None)


def _check_order(source: MediaSource, stream: Stream, packets: list[Packet]) -> None:
    """Refuse timestamps that start again: two recordings would be shown as one.

    ffmpeg (5.1 and 9.0) lists what follows a step back at one and the same time.

    Raises:
        InputError: many packets in a row are.
    """
    known = [packet.dts for packet in packets if packet.dts is not None]
    run = longest = 0
    for early, late in pairwise(known):
        run = run + 1 if late <= early + 1 else 0
        longest = max(longest, run)
    if longest >= _RESTART and stream.time_base < Fraction(1, 10_000):
        raise InputError(
            f"{source.name}: its timestamps start again on the way, as in several "
            "recordings in one file",
            hint="split it there, and join the pieces",
        )


def _span(stream: AudioStream, packets: list[Packet]) -> AudioSpan | None:
    played = [packet for packet in packets if not packet.discard]
    if not played:
        return None
    base = stream.time_base
    usual = median_low(packet.duration or 0 for packet in played)
    last = max(played, key=presentation_time)
    start = min(map(presentation_time, played)) * base
    return AudioSpan(
        start,
        (presentation_time(last) + (last.duration or usual)) * base,
        usual * base,
        any(_gaps(played)),
        hides=start - min(map(presentation_time, packets)) * base > PRIMING,
        line=line_of_packets(stream, played),
    )


def _gaps(packets: list[Packet]) -> Iterator[bool]:
    """Whether each packet starts later than half a packet after the one before."""
    # In MP4, ffmpeg 5.1 takes the gap after a packet for a part of it.
    usual = median_high(packet.duration or 0 for packet in packets)
    for early, late in pairwise(packets):
        end = presentation_time(early) + min(early.duration or usual, 2 * usual)
        yield 2 * (presentation_time(late) - end) > usual > 0


def output_texts(parts: Sequence[MergeInput]) -> tuple[SubtitleStream, ...]:
    """The subtitle tracks of the result; the first part that has a track decides."""
    most = max(len(part.texts) for part in parts)
    return tuple(
        next(part.texts[n] for part in parts if n < len(part.texts))
        for n in range(most)
    )


def assign_offsets(parts: Sequence[MergeInput]) -> tuple[MergeInput, ...]:
    """Start each part where the previous one ends."""
    placed: list[MergeInput] = []
    for part in parts:
        offset = placed[-1].offset + placed[-1].length if placed else Fraction(0)
        placed.append(replace(part, offset=offset))
    return tuple(placed)


def part_damage(part: MergeInput) -> str:
    """Describe what a part lacks; empty if nothing."""
    last = part.start + part.length
    furthest = max([last, *(span.end for span in part.spans if span is not None)])
    part.watch.found(find_hole(part.source))
    return describe_damage(
        part.watch,
        part.source.info,
        last,
        len(part.times),
        furthest,
        gap=part.gap,
        zeroed=part.zeroed,
    )
