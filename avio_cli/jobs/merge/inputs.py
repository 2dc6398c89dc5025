"""What is joined: each file's film and sound, measured packet by packet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from avio_cli.demux.cut_points import decoded_times, last_duration, presentation_time
from avio_cli.demux.packet_list import Packet, list_copied_packets
from avio_cli.encode.video_params import nominal_rate
from avio_cli.errors import DamagedInputError, InputError
from avio_cli.ffmpeg.damage import DamageWatch, describe_damage
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import AudioStream, MediaInfo, VideoStream


@dataclass(frozen=True, slots=True)
class AudioSpan:
    """From when to when a sound track can be heard, on the clock of its source."""

    start: Fraction
    end: Fraction
    packet: Fraction
    """Seconds of its longest packet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeInput:
    """One of the files, and where it lies in the result."""

    address: MediaUrl
    info: MediaInfo
    start: Fraction
    """When its first picture is shown, on its own clock; without a film, its start."""
    length: Fraction
    """Seconds until its last picture has been shown."""
    times: tuple[Fraction, ...] = ()
    """When each picture is shown, on its own clock, in order."""
    copy_obstacle: str = ""
    """Why its film cannot be copied, whatever the others are; empty: it can."""
    spans: tuple[AudioSpan | None, ...] = ()
    """Of each sound track; None: it holds no sound."""
    offset: Fraction = Fraction(0)
    """When the part begins in the result."""

    @property
    def video(self) -> VideoStream | None:
        """The film that is joined to the others."""
        return self.info.videos[0] if self.info.videos else None

    @property
    def audios(self) -> tuple[AudioStream, ...]:
        """The sound tracks that ffmpeg knows how to read."""
        return tuple(s for s in self.info.audios if s.sample_rate and s.channels)

    @property
    def shift(self) -> Fraction:
        """What must be added to its own times."""
        return self.offset - self.start


def scan_input(ffmpeg: FFmpeg, address: MediaUrl, info: MediaInfo) -> MergeInput:
    """Look through all packets of a file.

    Raises:
        InputError: it cannot be read, or has neither film nor sound.
    """
    audios = [s for s in info.audios if s.sample_rate and s.channels]
    streams = [*info.videos[:1], *audios]
    if not streams:
        raise InputError(f"{info.source}: no picture and no sound to join")
    tracks: dict[int, list[Packet]] = {stream.index: [] for stream in streams}
    for packet in list_copied_packets(ffmpeg, address, streams):
        tracks[packet.stream].append(packet)
    spans = tuple(_span(audio, tracks[audio.index]) for audio in audios)
    if info.videos:
        film = tracks[info.videos[0].index]
        if any(packet.pts is None for packet in film):
            times = decoded_times(ffmpeg, address, info.videos[0])
        else:
            times = _presentation_times(info.videos[0], film)
        return _with_video(address, info, film, times, spans)
    heard = [span for span in spans if span is not None]
    if not heard:
        raise InputError(f"{info.source}: no sound could be read")
    begin = min(span.start for span in heard)
    length = max(span.end for span in heard) - begin
    return MergeInput(
        address=address, info=info, start=begin, length=length, spans=spans
    )


def _with_video(
    address: MediaUrl,
    info: MediaInfo,
    packets: list[Packet],
    times: tuple[Fraction, ...],
    spans: tuple[AudioSpan | None, ...],
) -> MergeInput:
    film = info.videos[0]
    shown = [packet for packet in packets if not packet.discard]
    if not times or not shown:
        raise InputError(f"{info.source}: no picture could be read")
    last = max(shown, key=presentation_time)
    end = times[-1] + last_duration(last, times, nominal_rate(film), film.time_base)
    return MergeInput(
        address=address,
        info=info,
        start=times[0],
        length=end - times[0],
        times=times,
        copy_obstacle=_flaw(packets, times),
        spans=spans,
    )


def _presentation_times(
    film: VideoStream, packets: list[Packet]
) -> tuple[Fraction, ...]:
    shown = sorted(
        presentation_time(packet) for packet in packets if not packet.discard
    )
    return tuple(time * film.time_base for time in shown)


def _flaw(packets: list[Packet], times: Sequence[Fraction]) -> str:
    if any(packet.discard for packet in packets):
        return "pictures at its beginning are hidden"
    if not packets[0].key or min(map(presentation_time, packets)) < presentation_time(
        packets[0]
    ):
        return "it does not begin with a keyframe"
    if any(packet.pts is None for packet in packets):
        return "its pictures have no times"
    if any(late <= early for early, late in pairwise(times)):
        return "two of its pictures have the same time"
    return ""


def _span(stream: AudioStream, packets: list[Packet]) -> AudioSpan | None:
    heard = [packet for packet in packets if not packet.discard]
    if not heard:
        return None
    base = stream.time_base
    longest = max((packet.duration or 0 for packet in heard), default=0)
    last = max(heard, key=presentation_time)
    return AudioSpan(
        min(map(presentation_time, heard)) * base,
        (presentation_time(last) + (last.duration or longest)) * base,
        longest * base,
    )


def assign_offsets(parts: Sequence[MergeInput]) -> tuple[MergeInput, ...]:
    """Put each part where the one before it ends."""
    found: list[MergeInput] = []
    for part in parts:
        before = found[-1].offset + found[-1].length if found else Fraction(0)
        found.append(replace(part, offset=before))
    return tuple(found)


def missing_duration(part: MergeInput) -> str:
    """Say what a part lacks of what its container promises; empty if nothing."""
    if part.video is None:
        return ""
    last = part.start + part.length
    return describe_damage(DamageWatch(), part.info, last, len(part.times))


def check_damage(damage: str, *, allowed: bool) -> None:
    """Fail on damage unless it is allowed.

    Raises:
        DamagedInputError: it is not.
    """
    if damage and not allowed:
        raise DamagedInputError(
            damage, hint="--allow-damaged joins what can be read of it"
        )
