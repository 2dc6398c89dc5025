"""What a source holds: container, streams, chapters; facts only, no pixels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from avio_cli.media.pixel_names import bits_of

StreamKind = Literal["video", "audio", "subtitle", "attachment", "data"]
Mirror = Literal["", "horizontal", "vertical"]
_ROUNDING = Fraction(1, 500)
"""Seconds: containers round durations to milliseconds."""


MICROSECOND = Fraction(1, 1_000_000)
"""Containers declare start times to this precision: a time may be off by half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What every stream has."""

    index: int
    """Position in the container, counted over all kinds."""
    codec: str
    """ffmpeg's codec name (``h264``); ``unknown`` where it has none."""
    time_base: Fraction
    """Seconds in one tick of this stream's times."""
    start_pts: int | None = None
    """First time in ticks, where the container declares it."""
    duration: Fraction | None = None
    """Seconds, as the container declares it for this stream; exact."""
    language: str = ""
    """ISO 639 code, empty where none is given."""
    title: str = ""
    dispositions: frozenset[str] = frozenset()
    """ffmpeg's names: ``default``, ``forced``, ``attached_pic`` …"""
    metadata: Mapping[str, str] = field(default_factory=dict)
    bit_rate: int | None = None
    """Bits a second, where known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Color:
    """The colour properties of a video; ffmpeg's names, empty if unspecified."""

    range: str = ""
    """``tv`` (16 to 235) or ``pc`` (0 to 255)."""
    matrix: str = ""
    """``bt709``, ``smpte170m``, ``bt2020nc`` … (ffmpeg: color_space)."""
    primaries: str = ""
    transfer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoStream(Stream):
    """A video, or an image attached as cover art."""

    coded_width: int
    coded_height: int
    rotation: int = 0
    """Degrees clockwise that a player must rotate the stored frames: 0 to 270."""
    mirror: Mirror = ""
    """How a player must mirror the frames after it has rotated them: left and right
    change places (``horizontal``), or top and bottom (``vertical``)."""
    sample_aspect_ratio: Fraction = Fraction(1)
    """Width to height of one stored pixel, before rotation."""
    average_rate: Fraction | None = None
    """Frames a second over the whole stream (ffmpeg: avg_frame_rate)."""
    nominal_rate: Fraction | None = None
    """Lowest rate that holds all times exactly (ffmpeg: r_frame_rate)."""
    pixel_format: str = ""
    profile: str = ""
    color: Color = field(default_factory=Color)
    field_order: str = ""
    """``progressive``, ``tt``, ``bb`` …; empty where unknown."""
    frame_count: int | None = None
    """As the header declares it; often wrong, never relied on."""
    hdr: tuple[str, ...] = ()
    """Side data: ``mastering display``, ``content light level``, ``Dolby Vision`` …"""
    repeats_video: bool = False
    """Whether it is an image that an AVIF or HEIC sequence has beside its video."""

    closed_captions: bool = False
    """Whether its packets carry captions; only `with_closed_captions` finds out."""

    @property
    def is_cover_art(self) -> bool:
        """Whether this is cover art, not a video."""
        return "attached_pic" in self.dispositions or self.repeats_video

    @property
    def is_upright(self) -> bool:
        """Whether the frames are shown as they are stored."""
        return not (self.rotation or self.mirror)

    @property
    def width(self) -> int:
        """Pixels in a decoded row, with rotation applied."""
        rotated = self.rotation in (90, 270)
        return self.coded_height if rotated else self.coded_width

    @property
    def height(self) -> int:
        """Decoded rows, with rotation applied."""
        rotated = self.rotation in (90, 270)
        return self.coded_width if rotated else self.coded_height

    @property
    def display_sample_aspect_ratio(self) -> Fraction:
        """Width to height of one decoded pixel, with rotation applied."""
        ratio = self.sample_aspect_ratio
        return 1 / ratio if self.rotation in (90, 270) and ratio else ratio

    @property
    def alpha_apart(self) -> bool:
        """Whether alpha is stored beside the video (VP8 and VP9).

        ffmpeg's own decoders ignore it, and its libvpx decoders do not.
        """
        tags = {key.lower(): value for key, value in self.metadata.items()}
        return self.codec in ("vp8", "vp9") and tags.get("alpha_mode") == "1"

    @property
    def is_interlaced(self) -> bool:
        """Whether its frames may be interlaced."""
        return self.field_order in ("tt", "bb", "tb", "bt")

    @property
    def bit_depth(self) -> int:
        """Bits of one sample, read off the pixel format's name; 8 where unspecified."""
        return bits_of(self.pixel_format)


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioStream(Stream):
    """An audio stream."""

    sample_rate: int
    """Samples a second of one channel."""
    channels: int
    layout: str = ""
    """``mono``, ``stereo``, ``5.1`` …; empty where unspecified."""
    sample_format: str = ""
    sample_bits: int | None = None
    """Of one sample, where they are fewer than `sample_format` has room for."""
    profile: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitleStream(Stream):
    """Text or bitmaps shown over the video."""

    @property
    def is_text(self) -> bool:
        """Whether it is text, not bitmaps: only text can be converted."""
        bitmaps = {"dvd_subtitle", "hdmv_pgs_subtitle", "dvb_subtitle", "xsub"}
        return self.codec not in bitmaps


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherStream(Stream):
    """An attachment (a font, an image) or data (time codes, sensors)."""

    kind: StreamKind
    filename: str = ""
    mime_type: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """The last frame of a video."""

    time: Fraction
    """When it is shown, in seconds on the source's own clock."""
    duration: Fraction
    """Seconds for which it is shown."""
    step: Fraction
    """Seconds between it and the frame before; 0 where there is none."""

    @property
    def end(self) -> Fraction:
        """When it has been shown."""
        return self.time + self.duration

    def is_special(self, rate: Fraction | None) -> bool:
        """Whether it is shown for a time that nobody would guess.

        Args:
            rate: the video's nominal one.
        """
        guesses = (self.step, 1 / rate if rate else self.step)
        return any(abs(self.duration - guess) > _ROUNDING for guess in guesses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A named section of the video."""

    start: Fraction
    """Seconds, on the same clock as the streams' times."""
    end: Fraction
    title: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """Everything the probe found out about one source."""

    source: str
    """Path or address as the user gave it, credentials masked."""
    container: str
    """ffmpeg's demuxer names, comma separated (``mov,mp4,m4a,…``)."""
    streams: tuple[Stream, ...]
    start: Fraction | None = None
    """Seconds: the earliest time in the file; None where unknown."""
    duration: Fraction | None = None
    """Seconds from the earliest start to the latest end; None for live sources."""
    size: int | None = None
    """Bytes; None where it is not a file."""
    bit_rate: int | None = None
    chapters: tuple[Chapter, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    jumps: bool | None = None
    """Whether its clock starts again or jumps on the way; None: not known."""
    doubt: str = ""
    """Why its times may be those of damage, as one clause; empty: they are not."""

    @property
    def origin(self) -> Fraction:
        """Seconds: where times "after the source's start" begin; 0 where unknown."""
        return self.start or Fraction(0)

    @property
    def is_complete(self) -> bool:
        """Whether the probe saw all that it needs: a keyframe, and audio."""
        sizes = all(video.width and video.height for video in self.videos)
        return sizes and all(audio.sample_rate for audio in self.audios)

    @property
    def videos(self) -> tuple[VideoStream, ...]:
        """The video streams, in file order, without cover art."""
        found = (s for s in self.streams if isinstance(s, VideoStream))
        return tuple(s for s in found if not s.is_cover_art)

    @property
    def frame_duration(self) -> Fraction:
        """Seconds that a frame of the first video is shown; 0 where unknown."""
        rate = self.videos[0].average_rate if self.videos else None
        return 1 / rate if rate else Fraction(0)

    def video_number(self, track: int) -> int:
        """The number of one of `videos` for ffmpeg, whose ``V`` counts images, too."""
        found = (s for s in self.streams if isinstance(s, VideoStream))
        counted = (s for s in found if "attached_pic" not in s.dispositions)
        numbers = [i for i, video in enumerate(counted) if not video.repeats_video]
        return numbers[track]

    @property
    def covers(self) -> tuple[VideoStream, ...]:
        """Cover art: attached_pic, and images that repeat a video."""
        found = (s for s in self.streams if isinstance(s, VideoStream))
        return tuple(s for s in found if s.is_cover_art)

    @property
    def audios(self) -> tuple[AudioStream, ...]:
        """The audio tracks, in file order."""
        return tuple(s for s in self.streams if isinstance(s, AudioStream))

    @property
    def subtitles(self) -> tuple[SubtitleStream, ...]:
        """The subtitle tracks, in file order."""
        return tuple(s for s in self.streams if isinstance(s, SubtitleStream))

    @property
    def attachments(self) -> tuple[OtherStream, ...]:
        """Attached fonts and other files."""
        return tuple(s for s in self._others() if s.kind == "attachment")

    @property
    def data(self) -> tuple[OtherStream, ...]:
        """Data streams, such as time codes."""
        return tuple(s for s in self._others() if s.kind == "data")

    def _others(self) -> tuple[OtherStream, ...]:
        return tuple(s for s in self.streams if isinstance(s, OtherStream))
