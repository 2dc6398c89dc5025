"""What an encoding command reads: its inputs, and the times inside it."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from avio_cli.encode.pixel_format import keeps_alpha
from avio_cli.encode.settings import EncodeSettings, PipedVideo
from avio_cli.encode.timing import PREROLL
from avio_cli.encode.video_params import VideoParams, color_arguments
from avio_cli.ffmpeg.clock import (
    Clock,
    clock_of,
    in_seconds,
    is_read_from_start,
    may_jump,
)
from avio_cli.ffmpeg.command import Input, resuming_options, source_input
from avio_cli.ffmpeg.hardware.accelerators import ACCELERATORS, family_of
from avio_cli.ffmpeg.seeking import range_options, seek_margin
from avio_cli.ffmpeg.url import MediaUrl, file_url
from avio_cli.media.info import MediaInfo
from avio_cli.mux.command import is_video
from avio_cli.mux.cut_subtitles import CutSubtitles
from avio_cli.mux.streams import StreamPlan

_BEYOND = 10
"""Seconds after a range: streams are interleaved loosely."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The inputs of a command, and the times that they have inside it."""

    settings: EncodeSettings
    url: MediaUrl | None
    info: MediaInfo
    piped: PipedVideo | None
    seeking: tuple[str, ...]
    clock: Clock
    shift: int
    """Seconds added to all times of the source, so that a range starts after 0."""

    @classmethod
    def of(
        cls,
        settings: EncodeSettings,
        url: MediaUrl | None,
        info: MediaInfo,
        piped: PipedVideo | None,
    ) -> "Reading":
        """Decide how a source is read.

        Args:
            settings: what to encode and how.
            url: the source; None for none.
            info: what it contains.
            piped: set where the frames of the first video stream come from a pipe.
        """
        unsearched = is_read_from_start(info) or _is_unknown_pipe(url, info)
        lead = max(settings.audio_lead, settings.video_lead)
        position = settings.start - lead - seek_margin(info)
        seeking = () if unsearched else range_options(info, position)
        number, alone = int(piped is not None), piped is None
        clock = clock_of(info, seeking, number=number, all_mapped=alone)
        ranged = settings.start or settings.end is not None
        early = clock.zero - info.origin
        shift = ceil(early + PREROLL) if ranged and early > 0 else 0
        return cls(settings, url, info, piped, seeking, clock, shift)

    @property
    def origin(self) -> Fraction:
        """When the source starts inside the command."""
        return self.info.origin - self.clock.zero + self.shift

    def inputs(self) -> Iterator[Input]:
        """The pipe, if there is one, and the source, if there is one."""
        if self.piped is not None:
            yield Input("pipe:0", tuple(self._piped(self.piped)))
        if self.url is not None:
            yield source_input(self.url, tuple(self._options()))

    def timed(self, texts: CutSubtitles) -> Iterator[Input]:
        """The subtitles that come from files, with times of this command."""
        yield from texts.timed(self.clock, self.shift)
        for added in self.settings.streams.added:
            yield Input(file_url(added.path), (*_later(self.origin), *added.format))

    def _options(self) -> Iterator[str]:
        if self.url is not None:
            yield from resuming_options(self.url, self.info.duration is not None)
        if self.settings.generate_pts:
            yield from ("-fflags", "+genpts")
        yield from _decoding(self.settings, self.info, self.piped)
        yield from self.seeking
        yield from _later(self.shift)
        yield from self._until()

    def _piped(self, piped: PipedVideo) -> Iterator[str]:
        # Raw frames carry no colour tags: set them again.
        yield from color_arguments(piped.params.color, "")
        late = self.shift - piped.shift - self.clock.zero
        if self.clock.continues:
            late += piped.first  # ffmpeg counts from there
        yield from _later(late)
        if self.settings.container.form == "stream":
            yield "-re"
        yield from ("-f", "nut")

    def _until(self) -> Iterator[str]:
        """Let the outputs that only read end soon after the range."""
        if self.clock.outputs and self.settings.end is not None:
            yield from ("-t", in_seconds(self.settings.end + _BEYOND))


def devices(settings: EncodeSettings, plan: StreamPlan) -> tuple[str, ...]:
    """Global options that open the device of the decoder and encoder."""
    if not any(c.action == "encode" for c in plan.mapped if is_video(c.stream)):
        return ()
    preset = settings.preset.video
    encoder = settings.video.encoder or (preset.encoder if preset else "")
    if family := family_of(encoder):
        return family.device_options()
    if settings.decoder:
        return ACCELERATORS[settings.decoder].device_options()
    return ()


def _is_unknown_pipe(url: MediaUrl | None, info: MediaInfo) -> bool:
    """Whether a clock may jump where ffmpeg reads all of it anyway."""
    return url is not None and url.kind == "stdin" and may_jump(info)


def _later(seconds: Fraction | int) -> Iterator[str]:
    if seconds:
        yield from ("-itsoffset", in_seconds(seconds))


def _decoding(
    settings: EncodeSettings, info: MediaInfo, piped: PipedVideo | None
) -> Iterator[str]:
    if alpha := piped is None and _alpha_decoder(settings, info):
        yield from alpha
    elif settings.decoder and piped is None and not settings.streams.remux:
        yield from ACCELERATORS[settings.decoder].input_options()
    if settings.container.form == "stream" and piped is None:
        yield "-re"  # a server expects data at the speed of playback


def _alpha_decoder(settings: EncodeSettings, info: MediaInfo) -> tuple[str, ...]:
    """Options for the one decoder that reads alpha stored beside a video."""
    preset, videos = settings.preset.video, info.videos
    if preset is None or settings.streams.remux or not videos:
        return ()
    video = videos[0]
    if video.alpha_apart and keeps_alpha(VideoParams.of_stream(video), preset):
        decoder = "libvpx-vp9" if video.codec == "vp9" else "libvpx"
        return (f"-c:{video.index}", decoder)
    return ()
