"""Compare what the header of a finished file says with what its streams hold."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from avio_cli.ffmpeg.limits import UNLIMITED
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.color import LUMA_WEIGHTS, Video, is_full_range, is_hdr, yuv_matrix
from avio_cli.media.info import (
    AudioStream,
    MediaInfo,
    OtherStream,
    Stream,
    SubtitleStream,
    VideoStream,
)
from avio_cli.media.pixel_names import is_rgb
from avio_cli.mux.command import EncodePlan, PlannedStream

_SELF_DESCRIBING = {"mp1", "mp2", "mp3", "ac3", "eac3", "dts", "truehd"}
"""Codecs whose packets say their own rate and channels, whatever a header says. Where
these change midway, ffmpeg says those of one part or the other."""


def misdeclared(ffmpeg: FFmpeg, path: Path, plan: EncodePlan) -> str:
    """Name the first stream that is missing, or that players would read wrongly.

    Args:
        ffmpeg: the binary to read with.
        path: the finished file.
        plan: what it was made by.

    Returns:
        One clause; empty if there is none.

    Raises:
        InputError: the file cannot be opened.
    """
    found = probe(ffmpeg, parse_url(path, UNLIMITED))
    return next(filter(None, _problems(plan, found)), "")


def _problems(plan: EncodePlan, found: MediaInfo) -> Iterator[str]:
    videos = [made for made in plan.streams if isinstance(made.stream, VideoStream)]
    audios = [made for made in plan.streams if isinstance(made.stream, AudioStream)]
    for planned, video in zip_longest(videos, found.videos[: len(videos)]):
        yield "a video is missing" if video is None else _video(planned, video)
    for planned, audio in zip_longest(audios, found.audios[: len(audios)]):
        yield "an audio track is missing" if audio is None else _audio(planned, audio)
    yield from _others(plan.mapped, found)


def _others(mapped: Sequence[Stream], found: MediaInfo) -> Iterator[str]:
    """Streams that were promised beside video and audio."""
    texts = sum(isinstance(stream, SubtitleStream) for stream in mapped)
    if len(found.subtitles) < texts:
        yield f"it has {len(found.subtitles)} of {texts} subtitle tracks"
    fonts = sum(isinstance(s, OtherStream) and s.kind == "attachment" for s in mapped)
    if len(found.attachments) < fonts:
        yield f"it has {len(found.attachments)} of {fonts} attachments"


def _video(planned: PlannedStream, found: VideoStream) -> str:
    source = planned.stream
    if planned.copied and isinstance(source, VideoStream):
        if source.pixel_format and source.pixel_format != found.pixel_format:
            there = found.pixel_format or "nothing that can be decoded"
            return f"the copied video, {source.pixel_format}, is read as {there}"
        return color_problem(source, found)
    return "" if planned.made is None else color_problem(planned.made, found)


def color_problem(held: Video, found: Video) -> str:
    """How players would take the levels or colours of a video for others.

    Args:
        held: what its frames are.
        found: what the file says of them.
    """
    # Frames in the memory of a device have no format here.
    if not held.pixel_format or is_rgb(held.pixel_format) or is_rgb(found.pixel_format):
        return ""
    grey = found.pixel_format.startswith(("gray", "mono"))
    # ffmpeg's decoders call grey full range, whatever was encoded (5.1 and 9.0).
    known = held.color.range or not grey
    if known and is_full_range(held) != is_full_range(found):
        names = {True: "full", False: "limited"}
        return (
            f"its levels are of {names[is_full_range(held)]} range, players would take "
            f"them for {names[is_full_range(found)]} range"
        )
    matrix, other = yuv_matrix(held), yuv_matrix(found)
    if not grey and LUMA_WEIGHTS[matrix] != LUMA_WEIGHTS[other]:  # two names of BT.601
        return f"its matrix is {matrix}, players would take it for {other}"
    if is_hdr(held.color) and held.color.transfer != found.color.transfer:
        other = found.color.transfer or "SDR"
        return f"it is {held.color.transfer}, players would take it for {other}"
    return ""


def _audio(planned: PlannedStream, found: AudioStream) -> str:
    source = planned.stream
    if not planned.copied or not isinstance(source, AudioStream):
        return ""
    if source.codec in _SELF_DESCRIBING and found.codec == source.codec:
        return ""
    rate, channels = source.sample_rate, source.channels
    if rate and channels and (found.sample_rate, found.channels) != (rate, channels):
        return (
            f"the copied audio, {rate} Hz with {channels} channels, is read as "
            f"{found.sample_rate} Hz with {found.channels}"
        )
    return ""
