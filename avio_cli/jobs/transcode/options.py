"""What a user can ask of a transcode: the same for command line and Python."""

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction

from avio_cli.callbacks.step import CallbackStep
from avio_cli.decode.live.options import LiveOptions
from avio_cli.encode.limits import check_quality, check_rate
from avio_cli.encode.settings import AudioOptions, EncodeSettings, VideoOptions
from avio_cli.errors import UsageError
from avio_cli.media.containers import container_for
from avio_cli.media.filters import check_filtered_range
from avio_cli.mux.streams import StreamSelection
from avio_cli.mux.verify import Verification
from avio_cli.presets import Preset, find_preset, preset_for

COPY = "copy"
"""The encoder that encodes nothing."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscodeOptions:
    """All options of a transcode; checked when they are made.

    Raises:
        UsageError: there is no such preset, they contradict each other, or one would be
            ignored.
    """

    output: str
    """A file, which appears under this name when it is complete, or a server's URL."""
    preset: str = ""
    """One of ``avio presets``; empty: the one for the extension of `output`."""
    video_options: VideoOptions = field(default_factory=VideoOptions)
    """Size, quality, encoder and filters other than the preset's."""
    audio_options: AudioOptions = field(default_factory=AudioOptions)
    """Encoder and filters other than the preset's; with either, all audio is encoded.
    The encoder ``copy`` copies all that the container can hold."""
    video: bool = True
    """Whether video is kept."""
    audio: bool = True
    subtitles: bool = True
    audio_track: str = ""
    """The only one to keep: a number counted from 0, or a language."""
    subtitle_track: str = ""
    """Likewise."""
    copy: bool = False
    """Change the container only."""
    start: Fraction = Fraction(0)
    """Seconds after the source's start."""
    end: Fraction | None = None
    """Likewise; nothing at or after it is kept."""
    verify: Verification = "quick"
    """How the result is verified before it gets its name."""
    hwaccel: str = "none"
    """``auto``: devices that work; ``none``; or one by name, which must work."""
    force: bool = False
    """Whether an existing file may be replaced."""
    allow_damaged: bool = False
    """Whether the result of a damaged source is kept."""
    callbacks: tuple[CallbackStep, ...] = ()
    live: LiveOptions = field(default_factory=LiveOptions)
    """How a live source is read, and written."""
    serve: str = ""
    """``[HOST:]PORT`` of a page that shows what callbacks make of each frame."""
    _found: Preset = field(init=False, repr=False, compare=False)
    """What `preset` and `output` name: read once, as it may need all preset files."""

    def __post_init__(self) -> None:
        _check_encoder(self.video_options.encoder, "--video-codec")
        _check_encoder(self.audio_options.encoder, "--audio-codec")
        found = find_preset(self.preset) if self.preset else preset_for(self.output)
        object.__setattr__(self, "_found", found)
        _check_contradictions(self, found)

    @property
    def settings(self) -> EncodeSettings:
        """What to encode and how."""
        preset, audio, video = self._found, self.audio_options, self.video_options
        copies = audio.encoder == COPY
        if video.encoder == COPY:  # allowed only where everything is copied
            video = replace(video, encoder="")
        return EncodeSettings(
            preset=preset,
            video=video,
            audio=AudioOptions(filters=audio.filters) if copies else audio,
            streams=self._streams(preset),
            start=self.start,
            end=self.end,
            verify=self.verify,
        )

    @property
    def reread(self) -> str:
        """Why the source must be readable several times; empty: once is enough."""
        if self.start:
            return "--start searches it"
        return "--hwaccel auto may start again" if self.hwaccel == "auto" else ""

    def _streams(self, preset: Preset) -> StreamSelection:
        return StreamSelection(
            video=self.video,
            audio=self.audio,
            subtitles=self.subtitles,
            audio_track=self.audio_track,
            subtitle_track=self.subtitle_track,
            audio_copy=self._audio_copy(preset),
            must_copy_audio=self.audio_options.encoder == COPY,
            remux=self.copy,
        )

    def _audio_copy(self, preset: Preset) -> tuple[str, ...]:
        """Codecs of audio that is copied."""
        audio = self.audio_options
        if audio.encoder == COPY:
            return ("any",)
        return () if audio.encoder or audio.filters else preset.audio_copy


def _check_encoder(name: str, option: str) -> None:
    """Refuse a name with options in it."""
    if name and not _NAME.fullmatch(name):
        raise UsageError(
            f"{option} {name!r} is not the name of an encoder",
            hint="options go into --encoder-option key=value",
        )


def _check_contradictions(options: TranscodeOptions, preset: Preset) -> None:
    """Refuse options that would be ignored, or mean something else.

    Raises:
        UsageError: one would; the message names it and the reason.
    """
    if options.copy:
        _check_copy(options)
    else:
        _check_codecs(options)
        _check_kept(options, preset)
        check_quality(preset, options.video_options)
        check_rate(preset, options.video_options)
        filters = (options.video_options.filters, options.audio_options.filters)
        check_filtered_range(options.start, options.end, *filters)
    _check_tracks(options)


def _check_copy(options: TranscodeOptions) -> None:
    if options.callbacks:
        raise UsageError(
            "copy changes no frames: it cannot be combined with a callback"
        )
    changed = [*options.video_options.given()]
    changed += options.audio_options.given()
    if options.video_options.encoder == COPY:
        changed.remove("--video-codec")
    if options.audio_options.encoder == COPY:
        changed.remove("--audio-codec")
    changed += _hardware(options)
    if changed:
        raise UsageError(
            f"--copy encodes nothing: it cannot be combined with {_listed(changed)}",
            hint="omit --copy to encode",
        )


def _check_codecs(options: TranscodeOptions) -> None:
    video, audio = options.video_options, options.audio_options
    if video.encoder == COPY:
        raise UsageError(
            "--video-codec copy: video is copied only with all other streams",
            hint="--copy does so; --audio-codec copy copies audio beside new video",
        )
    if audio.encoder == COPY and audio.filters:
        raise UsageError(
            "--audio-codec copy encodes nothing: it cannot be combined with --af",
            hint="omit one of them",
        )
    if video.upscale and video.width is None and video.height is None:
        raise UsageError("--upscale needs --width or --height")


def _check_kept(options: TranscodeOptions, preset: Preset) -> None:
    """Refuse options for streams that will not be there."""
    video = [*options.video_options.given()]
    video += ["--callback"] if options.callbacks else []
    video += _hardware(options)
    audio = [*options.audio_options.given()]
    if not options.video:
        _refuse(video, "--no-video keeps none")
    if preset.video is None:
        _refuse(video, f"{preset.name} has no video")
    if not options.audio:
        _refuse(audio, "--no-audio keeps none")
    if not container_for(preset.container).audio:
        _refuse(audio, f"{preset.name} has no audio")


def _hardware(options: TranscodeOptions) -> list[str]:
    """The option for hardware, where the user set it."""
    return [] if options.hwaccel == "none" else ["--hwaccel"]


def _check_tracks(options: TranscodeOptions) -> None:
    if options.audio_track and not options.audio:
        _refuse(["--audio-track"], "--no-audio keeps none")
    if options.subtitle_track and not options.subtitles:
        _refuse(["--subtitle-track"], "--no-subtitles keeps none")


def _refuse(names: list[str], reason: str) -> None:
    if names:
        raise UsageError(f"{_listed(names)}: nothing to change, {reason}")


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
