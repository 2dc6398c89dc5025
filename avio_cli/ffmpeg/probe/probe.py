"""Probe a source with ffprobe, or with ffmpeg itself where there is none.

The modules that parse the answer are imported when it has arrived, or meanwhile by
others: a player starts with this.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from avio_cli.errors import FFmpegError, InputError
from avio_cli.ffmpeg.command import guard_options
from avio_cli.ffmpeg.diagnosis import diagnose, is_error
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.playlists import HLS_PATIENCE
from avio_cli.ffmpeg.process.bounds import explain_bound
from avio_cli.ffmpeg.process.log import COLOR
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.run import Completed, TooMuchOutputError, run
from avio_cli.ffmpeg.url import MediaUrl, mask_credentials, printable

if TYPE_CHECKING:
    from avio_cli.media.info import MediaInfo

    Asks = Callable[[FFmpeg, MediaUrl, Sequence[str]], tuple[MediaInfo, str]]

LOG = logging.getLogger("avio.probe")

FFPROBE_OPTIONS = (
    *("-hide_banner", "-loglevel", "level+warning"),
    *("-show_format", "-show_streams", "-show_chapters", "-of", "json"),
)

PROBE_SECONDS = 60
"""Seconds after which a server that does not answer is given up."""

CANNOT_START = 127
"""The status of an FFmpegError where the program itself does not run."""

_WARNING = re.compile(r"(?:\[[^\]]*\] )?\[warning\] ")
_ANIMATION_SKIPPED = re.compile(r"\[webp @ .*skipping unsupported chunk: ANIM")
"""A WebP whose header says that it is animated, read by an ffmpeg that is too old."""


def probe(ffmpeg: FFmpeg, url: MediaUrl, options: Sequence[str] = ()) -> "MediaInfo":
    """Read a source's container, streams, chapters and metadata.

    Standard input is passed to the child, which consumes its start: the rest cannot be
    decoded afterwards, so call this only where nothing else reads it.

    Args:
        ffmpeg: the binary, and whether an ffprobe is next to it.
        url: what to probe.
        options: further options of ffmpeg for the source.

    Raises:
        InputError: it cannot be opened, is not media, or is above a limit of the URL;
            names it and the cause.
        FFmpegError: the program itself does not work.
    """
    ask = _from_ffprobe if ffmpeg.ffprobe else _from_ffmpeg
    info, log = _asked(ask, ffmpeg, url, options)
    info = _without_repetition(info)
    if url.kind == "url":
        info = replace(info, duration=info.duration or None)  # 0: FLV that is sent live
    url.limits.check(info, log)
    if _unreadable_image(info):
        raise InputError(
            f"cannot open {url.display_name}: "
            "it is not an image that this ffmpeg can read"
        )
    _check_streams(info, url)
    for warning in url.warnings:
        LOG.warning("%s", warning)
    return info


def _without_repetition(info: "MediaInfo") -> "MediaInfo":
    from avio_cli.ffmpeg.probe.terms import mark_repeating_images

    tags = ("major_brand", "compatible_brands")
    brands = " ".join(info.metadata.get(tag, "") for tag in tags)
    return replace(info, streams=mark_repeating_images(info.streams, brands))


def _check_streams(info: "MediaInfo", url: MediaUrl) -> None:
    """Doubt an answer with holes: the result would lack what was not seen."""
    if not info.streams:
        raise InputError(
            f"cannot open {url.display_name}: ffmpeg finds no stream in it",
            hint="it may be empty, cut off, or not what its name says",
        )
    seen = {stream.index for stream in info.streams}
    if hidden := sorted(set(range(max(seen))) - seen):
        raise FFmpegError(
            f"this ffmpeg does not say what stream {hidden[0]} of "
            f"{url.display_name} is",
            hint="install the ffprobe that belongs to it",
        )


def _asked(
    ask: "Asks", ffmpeg: FFmpeg, url: MediaUrl, options: Sequence[str]
) -> "tuple[MediaInfo, str]":
    if not url.is_hls:
        return ask(ffmpeg, url, options)
    try:
        return ask(ffmpeg, url, (*options, *HLS_PATIENCE))
    except InputError as error:
        if HLS_PATIENCE[0].lstrip("-") not in error.message:
            raise
        return ask(ffmpeg, url, options)  # it only has the name of a playlist


def _from_ffprobe(
    ffmpeg: FFmpeg, url: MediaUrl, options: Sequence[str]
) -> "tuple[MediaInfo, str]":
    done = _ask([ffmpeg.ffprobe, *FFPROBE_OPTIONS, *options], url)
    _check_animation(url, done.stderr)
    if done.status:
        raise open_failure(url, done.status, done.stderr)
    from avio_cli.ffmpeg.probe.ffprobe_json import media_from_ffprobe

    return media_from_ffprobe(done.stdout, url.display_name), done.stderr


def _from_ffmpeg(
    ffmpeg: FFmpeg, url: MediaUrl, options: Sequence[str]
) -> "tuple[MediaInfo, str]":
    from avio_cli.ffmpeg.probe.ffmpeg_report import REPORT_OPTIONS, media_from_report
    from avio_cli.ffmpeg.probe.genuine_report import REPORT_ENVIRONMENT, genuine

    argv = [ffmpeg.path, *REPORT_OPTIONS, *options]
    done = _ask(argv, url, environment=REPORT_ENVIRONMENT)
    log = COLOR.sub("", done.stderr)
    _check_animation(url, log)
    report = genuine(done.stderr, url.display_name)
    info = media_from_report(report, url.display_name, _file_size(url))
    if info is None:
        raise open_failure(url, done.status, log)
    from avio_cli.ffmpeg.probe.display_matrix import with_orientations

    return with_orientations(ffmpeg, url, options, info, report), log


def _check_animation(url: MediaUrl, log: str) -> None:
    if _ANIMATION_SKIPPED.search(log):
        raise open_failure(url, 0, log)


def open_failure(url: MediaUrl, status: int, log: str) -> InputError:
    """Say in one line why a source could not be opened.

    Args:
        url: the source.
        status: the child's exit status.
        log: what it logged, with levels.
    """
    if error := url.limits.refusal(url.display_name, log):
        return error
    logged = (
        line for line in log.splitlines() if is_error(line) or _WARNING.match(line)
    )
    lines = tuple(logged)
    cause, hint = explain_bound(status, lines) or diagnose(status, lines)
    cause = cause.removeprefix(mask_credentials(url.url) + ": ")
    return InputError(f"cannot open {url.display_name}: {printable(cause)}", hint=hint)


def _ask(
    words: list[str], url: MediaUrl, environment: Mapping[str, str] | None = None
) -> Completed:
    argv = [*words, *guard_options(url), "-i", url.url]
    if url.kind == "stdin":
        return _ask_about_stdin(argv, url, environment)
    try:
        return run(
            argv,
            timeout=PROBE_SECONDS,
            environment=environment,
            most=url.limits.max_header_bytes,
        )
    except TooMuchOutputError as error:
        raise _too_much(url) from error
    except FFmpegError as error:
        if error.status == CANNOT_START:
            raise
        raise InputError(
            f"cannot open {url.display_name}: no answer within {PROBE_SECONDS} seconds"
        ) from error


def _too_much(url: MediaUrl) -> InputError:
    size = url.limits.max_header_bytes >> 20
    return InputError(
        f"cannot open {url.display_name}: its metadata take more than {size} MB"
    )


def _ask_about_stdin(
    argv: list[str], url: MediaUrl, environment: Mapping[str, str] | None
) -> Completed:
    log: list[str] = []
    most = url.limits.max_header_bytes
    with Process(
        argv,
        stdin="inherit",
        stdout=True,
        watch=log.append,
        environment=environment,
    ) as child:
        output = b""
        while chunk := child.stdout.read(1 << 16):
            output += chunk
            if len(output) > most:
                raise _too_much(url)
        status = _status(child)
    return Completed(status, output, "\n".join(log))


def _status(child: Process) -> int:
    try:
        child.finish()
    except FFmpegError as error:
        return error.status
    return 0


def _file_size(url: MediaUrl) -> int | None:
    is_file = url.kind == "file" and url.path.is_file()
    return url.path.stat().st_size if is_file else None


def _unreadable_image(info: "MediaInfo") -> bool:
    # For images ffmpeg trusts the name, and opens anything called .png.
    image = info.container.startswith("image2") or info.container.endswith("_pipe")
    return image and not any(video.width for video in info.videos)
