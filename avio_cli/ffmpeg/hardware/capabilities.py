"""What an ffmpeg can really do here: tested with a few frames, not read off a list."""

import re
from collections.abc import Callable, Sequence

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.command import QUIET, Command, Input, Output, source_input
from avio_cli.ffmpeg.diagnosis import diagnose, is_error, strip_prefixes
from avio_cli.ffmpeg.hardware.accelerators import ACCELERATORS, Accelerator, family_of
from avio_cli.ffmpeg.hardware.results_cache import Support, default_cache
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import Completed, run
from avio_cli.ffmpeg.url import MediaUrl

SECONDS = 10
"""A trial that takes longer has failed."""
SIZE = (256, 256)
"""Of trial frames: hardware encoders refuse small ones, some below 145 pixels."""
_SAMPLES = (("libx264", "h264"), ("mpeg2video", "mpegvideo"))
"""Encoder and muxer of the video that decoders are tried with; the first that works."""

_REASONS: tuple[tuple[str, str], ...] = (
    (r"cannot load (lib|nv)cuda", "there is no NVIDIA driver"),
    (r"cuda_error_no_device|no cuda-capable device", "there is no NVIDIA card"),
    (r"cannot load (lib)?nv(idia-)?encode", "the NVIDIA driver lacks its encoder part"),
    (r"unsupported device \(2\)", "this NVIDIA card has no encoder"),
    (r"no capable devices found", "this NVIDIA card cannot encode that"),
    (
        r"does not support the required nvenc api",
        "the NVIDIA driver is too old for this ffmpeg",
    ),
    (
        r"openencodesession.*(out of memory|incompatible client)",
        "the NVIDIA card is busy: too many encoders run at once",
    ),
    (r"no va display found|failed to open .*/dri/", "there is no VA-API device"),
    (r"libamfrt64|amfrt64\.dll", "there is no AMD AMF driver"),
    (r"no matching profile|profile .* not supported", "the device cannot do that"),
    (r"unrecognized option", "this ffmpeg has no such encoder"),
    (r"device creation failed: -12\b", "this ffmpeg is built without it"),
    (r"device creation failed|device setup failed", "there is no such device"),
    (r"impossible to convert between|hwdownload", "the device cannot decode that"),
)
"""The meaning of ffmpeg's messages, most specific first; the message is kept, too."""
_CODE = re.compile(r"device creation failed: -?\d+", re.IGNORECASE)
"""A message that says no more than a number: it is not kept."""


class Capabilities:
    """Tries what one ffmpeg can do on this machine, each thing once.

    Args:
        ffmpeg: the binary.
        remember: take results from earlier runs, and keep those of this one, as long
            as binary, devices and drivers are the same; else try everything again.
    """

    def __init__(self, ffmpeg: FFmpeg, *, remember: bool = True) -> None:
        self._ffmpeg = ffmpeg
        self._store = default_cache(ffmpeg) if remember else None
        self._tried: dict[str, Support] = {}
        self._sample: tuple[bytes, str] | None = None

    def encoder(
        self, name: str, *, deep: bool = False, size: tuple[int, int] = SIZE
    ) -> Support:
        """Encode two black frames, with the filter chain of its family.

        Args:
            name: ffmpeg's, of a hardware or a software encoder.
            deep: with 10 bits a sample.
            size: width and height; devices have limits at both ends.
        """
        command = encoder_test_command(name, deep=deep, size=size)
        shape = "" if size == SIZE else f" {size[0]}x{size[1]}"
        label = f"encoder {name}{' 10 bit' if deep else ''}{shape}"
        return self._remembered(label, lambda: self._try(command))

    def decoder(self, accelerator: str) -> Support:
        """Decode three small frames on a device, without help by software.

        Args:
            accelerator: a key of `ACCELERATORS`.
        """
        row = ACCELERATORS[accelerator]
        return self._remembered(
            f"decoder {accelerator}", lambda: self._try_decoder(row)
        )

    def decodes(
        self, accelerator: str, url: MediaUrl, *, track: int = 0, deep: bool = False
    ) -> Support:
        """Decode the first three frames of a file on a device.

        Not every device decodes every profile, size and depth: only the file itself
        shows it. What can be read only once (stdin, a live source) is not tried.

        Args:
            accelerator: a key of `ACCELERATORS`.
            url: the file.
            track: which of its videos, counted from 0.
            deep: whether it has more than 8 bits a sample.
        """
        if not url.can_reopen:
            return Support(False, "what can be read only once is decoded in software")
        row, source = ACCELERATORS[accelerator], source_input(url)
        command = decoder_test_command(row, source, track, deep=deep)
        label = f"{accelerator} {url.url} {track}"
        if label not in self._tried:  # the file may be another one tomorrow
            self._tried[label] = self._try(command)
        return self._tried[label]

    def _remembered(self, name: str, attempt: Callable[[], Support]) -> Support:
        if name in self._tried:
            return self._tried[name]
        known = self._store.get(name) if self._store else None
        trial = attempt() if known is None else known
        self._tried[name] = trial
        if self._store and known is None and not _is_transient(trial):
            self._store.put(name, trial)
        return trial

    def _try_decoder(self, row: Accelerator) -> Support:
        video, muxer = self._sample or self._make_sample()
        if not video:
            return Support(False, "this ffmpeg cannot encode a video to try it with")
        self._sample = video, muxer
        return self._try(
            decoder_test_command(row, Input("pipe:0", ("-f", muxer))), video
        )

    def _make_sample(self) -> tuple[bytes, str]:
        for encoder, muxer in _SAMPLES:
            made = self._run(sample_video_command(encoder, muxer))
            if isinstance(made, Completed) and made.status == 0:
                return made.stdout, muxer
        return b"", ""

    def _try(self, command: Command, video: bytes = b"") -> Support:
        done = self._run(command, video)
        if isinstance(done, Support):
            return done
        lines = done.stderr.splitlines()
        if done.status == 0:
            return Support(True)
        return Support(False, reason_of(done.status, lines))

    def _run(self, command: Command, video: bytes = b"") -> Completed | Support:
        try:
            argv = command.argv(self._ffmpeg.path)
            return run(argv, timeout=SECONDS, input=video)
        except FFmpegError as error:
            return Support(False, error.message)


def encoder_test_command(
    name: str, *, deep: bool = False, size: tuple[int, int] = SIZE
) -> Command:
    """The command that tries an encoder."""
    family = family_of(name)
    chain: tuple[str, ...] = (f"format=yuv420p{'10le' if deep else ''}",)
    options: tuple[str, ...] = QUIET
    arguments: dict[str, str] = {}
    if family is not None:
        chain = family.filters(deep=deep)
        options = (*QUIET, *family.device_options())
        arguments = family.arguments(30)
    words = [word for key, value in arguments.items() for word in (f"-{key}:v", value)]
    output = ("-frames:v", "2", "-vf", ",".join(chain), "-c:v", name, *words)
    return Command(
        (_black_frames(size),), (Output("-", (*output, "-f", "null")),), options
    )


def decoder_test_command(
    row: Accelerator, source: Input, track: int = 0, *, deep: bool = False
) -> Command:
    """The command that tries to decode three frames on a device.

    Frames are kept there and downloaded by a filter, which fails on those that were
    decoded in software.
    """
    source = Input(source.url, (*row.input_options(keep=True), *source.options))
    # A list of formats would not do: the first is taken, whatever the device holds.
    chain = f"hwdownload,format={'p010le' if deep else 'nv12'}"
    output = ("-map", f"0:V:{track}", "-vf", chain, "-frames:v", "3", "-f", "null")
    options = (*QUIET, *row.device_options())
    return Command((source,), (Output("-", output),), options)


def sample_video_command(encoder: str, muxer: str) -> Command:
    """The command that makes a video of five frames on stdout, to try decoders."""
    output = ("-pix_fmt", "yuv420p", "-c:v", encoder, "-f", muxer)
    return Command((_black_frames(SIZE),), (Output("pipe:1", output),))


def _black_frames(size: tuple[int, int]) -> Input:
    return Input(f"color=black:s={size[0]}x{size[1]}:r=25:d=0.2", ("-f", "lavfi"))


def reason_of(status: int, lines: Sequence[str]) -> str:
    """Why a trial failed, in one clause, with ffmpeg's own words."""
    text = "\n".join(lines)
    # The first error is the cause; the later ones show how ffmpeg gave up.
    errors = [strip_prefixes(line) for line in lines if is_error(line)]
    for pattern, reason in _REASONS:
        if match := re.search(f".*(?:{pattern}).*", text, re.IGNORECASE):
            words = strip_prefixes(match[0]).rstrip(".")
            return reason if _CODE.fullmatch(words) else f"{reason} ({words})"
    message, _ = diagnose(status, lines)
    if "no encoder" in message or not errors:
        return message
    return errors[0].rstrip(".")


def _is_transient(trial: Support) -> bool:
    """Whether a failure may be gone in a minute: it must not be cached."""
    return "busy" in trial.reason or "did not end within" in trial.reason
