"""Detect damaged or incomplete sources: ffmpeg's exit status does not report them."""

import logging
from fractions import Fraction

from avio_cli.errors import DamagedInputError
from avio_cli.ffmpeg.damage_signs import DamageWatch, Hole
from avio_cli.ffmpeg.gaps import SHORTFALL_FRAMES, Gap
from avio_cli.media.info import AudioStream, MediaInfo, VideoStream

LOG = logging.getLogger("avio.ffmpeg")

SHORTFALL_SECONDS = Fraction(1, 2)
"""Headers are often wrong by so much, or by a frame or two."""
_COUNTED = ("mp3", "flac", "wav", "mov", "flv")
"""Containers whose headers count samples, frames or milliseconds of audio."""
LEAST_BIT_RATE = 500
"""Bits a second below which a container's duration is not believed."""
_STATED = ("matroska", "mov", "asf", "avi")
"""Containers that state at the start how long they are, of whatever size."""
_LONGEST = 24 * 60 * 60
"""Seconds above which that is not believed where nobody knows the size."""


def describe_damage(
    watch: DamageWatch,
    info: MediaInfo,
    last: Fraction | None,
    frames: int,
    furthest: Fraction | None = None,
    *,
    gap: Gap | None = None,
    zeroed: int = 0,
) -> str:
    """Describe what a source lacks, compared with what it declares.

    Args:
        watch: has read the decoder's whole log.
        info: what the container declares.
        last: end of the last decoded frame in seconds on the source's clock; None
            where reading stopped early on purpose, and nothing can be missing.
        frames: how many were decoded.
        furthest: likewise the end of the longest stream; None where only the video
            was read. It is what a container's duration is of, where no stream has
            one of its own (FLV).
        gap: the longest one between frames: it confirms what the log says.
        zeroed: packets that hold nothing but zeros.

    Returns:
        One clause for a message; empty where nothing is missing.
    """
    if watch.refused is not None:
        return (
            f"{info.source} holds a frame of {watch.limits.excess(*watch.refused)}; "
            f"{frames} frames could be read"
        )
    ends_at = _declared_end_and_last(info, last, furthest, watch)
    if last is not None and (missing := _missing_seconds(info, *ends_at)):
        end = float(last - info.origin)
        return (
            f"{info.source} is cut off: {_read(info, frames)} up to {end:.2f} s could "
            f"be read, {float(missing):.2f} s are missing"
        )
    if loss := _loss(watch, info, frames, gap, zeroed):
        place = _place(watch.place)
        return f"{info.source} is damaged: {loss}{place}{_missing_in(gap, info)}"
    if watch.cut_off:
        return f"{info.source} is cut off: {_read(info, frames)} could be read"
    return ""


def describe_doubt(
    info: MediaInfo, gap: Gap | None, watch: DamageWatch | None = None
) -> str:
    """Describe a gap or an end that may be damage, or a pause or stop of a recorder.

    Returns:
        One clause; empty where frames come at all times, or where nothing is damaged.
    """
    if watch is not None and watch.place is not None and watch.place.doubt:
        return f"{info.source} may be cut off: {watch.place.doubt}"
    if info.doubt:
        return f"{info.source} {info.doubt}"
    if gap is None or not (gap.alone and gap.missing):
        return ""
    found = _missing_in(gap, info).removeprefix(", ")
    return f"{info.source} may be damaged, or pauses: {found}"


def _read(info: MediaInfo, frames: int) -> str:
    return f"{frames} frames" if info.videos else "audio"


def _loss(
    watch: DamageWatch, info: MediaInfo, frames: int, gap: Gap | None, zeroed: int
) -> str:
    """What is known to be lost on the way; empty: nothing."""
    if watch.lost_packets:
        could = f", {frames} frames could" if info.videos else ""
        return f"{watch.lost_packets} packets could not be decoded{could}"
    if zeroed:
        return f"{zeroed} packets hold nothing but zeros"
    if watch.corrupt_frames:
        return f"{_read(info, frames)} could be read, some of them in part"
    confirmed = watch.corrupt_packets and gap is not None and gap.confirms_loss
    if watch.hole or confirmed:
        wrong = " or wrong" if watch.place is not None else ""
        return f"{_read(info, frames)} could be read, some are lost{wrong}"
    return ""


def _place(hole: Hole | None) -> str:
    """Where in the file that is; empty where nothing says."""
    if hole is None or hole.doubt:
        return ""
    if hole.stop > hole.start:
        return f" in bytes {hole.start} to {hole.stop} of the file"
    return f" at byte {hole.start} of the file"


def _missing_in(gap: Gap | None, info: MediaInfo) -> str:
    if gap is None or not gap.missing:
        return ""
    after = float(gap.start - info.origin)
    return f", {float(gap.missing):.2f} s are missing after {after:.2f} s"


def _declared_end_and_last(
    info: MediaInfo,
    last: Fraction | None,
    furthest: Fraction | None,
    watch: DamageWatch,
) -> tuple[Fraction | None, Fraction | None]:
    """When the last frame or sample should end, and when it does; None: unknown."""
    if not info.videos:
        ends = [time for time in (last, furthest) if time is not None]
        return None if watch.estimates else _audio_end(info), max(ends, default=None)
    end = _declared_end(info, info.videos[0])
    if end is None and furthest is not None:
        return _container_end(info), furthest
    return end, last


def _missing_seconds(
    info: MediaInfo, end: Fraction | None, last: Fraction | None
) -> Fraction:
    if end is None or last is None or not _is_plausible(info):
        return Fraction(0)
    missing = end - last
    tolerance = max(SHORTFALL_SECONDS, SHORTFALL_FRAMES * info.frame_duration)
    return missing if missing > tolerance else Fraction(0)


def _audio_end(info: MediaInfo) -> Fraction | None:
    """When audio without video should end; None where that is only estimated."""
    if not info.container.startswith(_COUNTED) or info.duration is None:
        return None
    end = info.origin + info.duration  # of chapters or subtitles, too
    own = [_own_end(info, audio) for audio in info.audios]
    known = [time for time in own if time is not None]
    return min(end, max(known)) if known and len(known) == len(own) else end


def _own_end(info: MediaInfo, audio: AudioStream) -> Fraction | None:
    if audio.duration is None:
        return None
    ticks, base = audio.start_pts, audio.time_base
    return (info.origin if ticks is None else ticks * base) + audio.duration


def _declared_end(info: MediaInfo, video: VideoStream) -> Fraction | None:
    """When the last frame should end, on the source's clock; None where unknown."""
    start = min(info.origin, Fraction(0))  # before 0 where the clock wraps (MPEG)
    if video.start_pts is not None:
        start = video.start_pts * video.time_base
    declared = video.duration
    if declared is not None and not info.container.startswith(("matroska", "nut")):
        return start + declared
    if declared is None and len(info.streams) == 1:
        declared = info.duration  # else it may be that of the audio
    if declared is None or start <= 0:
        return None if declared is None else start + declared
    # Matroska and NUT call the end the duration; ffmpeg 5.1 does so with mov, too.
    return max(start, declared)


def _container_end(info: MediaInfo) -> Fraction | None:
    """When the longest stream should end; None where a stream has its own duration."""
    known = any(stream.duration is not None for stream in info.streams)
    if known or info.duration is None:
        return None
    return info.duration + min(info.origin, Fraction(0))


def _is_plausible(info: MediaInfo) -> bool:
    # Fragmented files may declare days: no video has so few bits a second.
    if not info.duration:
        return False
    if info.size is None:  # what is piped, or sent without its length
        return info.container.startswith(_STATED) and info.duration < _LONGEST
    return info.size * 8 / info.duration >= LEAST_BIT_RATE


def check_damage(damage: str, *, allowed: bool, kept: str = "decoded") -> str:
    """Fail on damage unless it is allowed; then warn of it.

    Args:
        damage: from `describe_damage`; empty: there is none.
        allowed: whether the user wants what can be read.
        kept: what is done with that, for the hint.

    Returns:
        The damage.

    Raises:
        DamagedInputError: it is not allowed.
    """
    if damage and not allowed:
        hint = f"--allow-damaged keeps what can be {kept}"
        raise DamagedInputError(damage, hint=hint)
    if damage:
        LOG.warning("%s", damage)
    return damage
