"""Verify a finished file: read it back, compare its packets, decode it."""

from collections.abc import Sequence
from dataclasses import asdict
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import Literal

from avio_cli.demux.framecrc import FramecrcReader, framecrc_command, whole_lines
from avio_cli.demux.timeline import StreamTimeline, list_inputs
from avio_cli.errors import FFmpegError, InputError, OutputError
from avio_cli.ffmpeg.command import QUIET, Command, Input, Output
from avio_cli.ffmpeg.diagnosis import is_error, strip_prefixes
from avio_cli.ffmpeg.limits import UNLIMITED
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.progress import MuxerStats
from avio_cli.ffmpeg.url import file_url, parse_url
from avio_cli.media.info import VideoStream
from avio_cli.mux.command import EncodePlan
from avio_cli.mux.comparison import difference, lost_cues
from avio_cli.mux.declared import misdeclared
from avio_cli.mux.expected import ExpectedResult
from avio_cli.mux.frame_order import misordered

Verification = Literal["quick", "decode", "none"]

_SHOWN = {"rotation": "rotation", "mirror": "mirroring"}
"""Fields of a video stream that say how it is shown, and what people call them."""


_HINT = "--verify none keeps it unchecked"


def total_seconds(found: Sequence[StreamTimeline]) -> Fraction:
    """Seconds from the first packet of a file to the end of its last."""
    ends = [line.end() or Fraction(0) for line in found if len(line)]
    starts = [line.first() or Fraction(0) for line in found if len(line)]
    return max(ends, default=Fraction(0)) - min(starts, default=Fraction(0))


def verify_file(
    ffmpeg: FFmpeg,
    path: Path,
    written: Sequence[int],
    how: Verification,
    *,
    sizes: Sequence[int] = (),
    by_size: bool = False,
) -> tuple[StreamTimeline, ...]:
    """Read an output file back, and count the packets of its streams.

    `compare_file` compares the times of what is returned.

    Args:
        ffmpeg: the binary to read with.
        path: the finished file.
        written: packets written to each video stream, then each audio stream.
        how: ``quick`` lists all packets, without decoding any; ``decode`` decodes
            them, too; ``none`` does nothing.
        sizes: likewise their bytes, where copies may hold packets without any: not all
            containers keep those. Empty: not known.
        by_size: whether `written` counts bytes, not packets.

    Returns:
        The packets of the file's streams, video first; empty for ``none``.

    Raises:
        OutputError: something is missing or cannot be read.
    """
    if how == "none":
        return ()
    try:
        found = list_file(ffmpeg, path)
        if how == "decode":
            _decode_all(ffmpeg, path)
    except FFmpegError as error:
        raise OutputError(f"the result failed verification: {error.message}") from error
    _fail_on(_lost_packets(found, written, sizes, by_size=by_size))
    return found


def compare_file(
    ffmpeg: FFmpeg,
    path: Path,
    expected: ExpectedResult,
    found: Sequence[StreamTimeline],
) -> None:
    """Compare what was read back with what must be there: times, ends, offsets.

    Args:
        ffmpeg: the binary to read with.
        path: the finished file; its subtitles are listed, if any must be there.
        expected: what the streams must hold.
        found: from `verify_file`; empty: nothing is compared.

    Raises:
        OutputError: they differ.
    """
    if not found:
        return
    _fail_on(difference(expected, found))
    if any(expected.cues):
        try:
            texts = list_inputs(ffmpeg, Input(file_url(path)), ("-map", "0:s?"))
        except FFmpegError as error:
            message = f"its subtitles cannot be read: {error.message}"
            raise OutputError(f"the result failed verification: {message}") from error
        _fail_on(lost_cues(expected, found, texts))


def compare_order(
    ffmpeg: FFmpeg,
    path: Path,
    expected: ExpectedResult,
    found: Sequence[StreamTimeline],
) -> None:
    """Decode the start of copies whose frames may be shown out of order.

    Raises:
        OutputError: they are.
    """
    _fail_on(misordered(ffmpeg, path, expected, found))


def compare_header(ffmpeg: FFmpeg, path: Path, plan: EncodePlan) -> None:
    """Compare what a finished file says of its streams with what they hold.

    Raises:
        OutputError: a stream is missing, or players would read it wrongly.
    """
    if path.suffix == ".m3u8":
        return  # a playlist is no header
    try:
        _fail_on(misdeclared(ffmpeg, path, plan))
    except InputError as error:
        raise OutputError(f"the result failed verification: {error.message}") from error


def _fail_on(problem: str) -> None:
    if problem:
        raise OutputError(f"the result failed verification: {problem}", hint=_HINT)


def list_file(ffmpeg: FFmpeg, path: Path) -> tuple[StreamTimeline, ...]:
    """List the packets of a finished file: its video streams first, then its audio.

    Raises:
        FFmpegError: it cannot be read.
    """
    return list_inputs(ffmpeg, Input(file_url(path)), _TRACKS)


def _lost_packets(
    found: Sequence[StreamTimeline],
    written: Sequence[int],
    sizes: Sequence[int],
    *,
    by_size: bool,
) -> str:
    unit = "bytes" if by_size else "packets"
    counts = [line.size if by_size else len(line) + line.hidden for line in found]
    # The last packet of FLAC in NUT is empty (5.1 and 9.0), and Matroska has none.
    whole = [line.size == size for line, size in zip(found, sizes, strict=False)]
    for count, expected, has_all in zip_longest(counts, written, whole, fillvalue=0):
        if count < expected and not has_all:
            return f"a track holds {count} of {expected} {unit}"
    return ""


def check_video_metadata(source: MediaSource, path: Path, video: VideoStream) -> None:
    """Check that a copied video stream keeps what its container declares.

    Args:
        source: what was copied.
        path: the finished file.
        video: the stream in the source.

    Raises:
        OutputError: something was lost.
    """
    ffmpeg, written = source.ffmpeg, parse_url(path, UNLIMITED)
    found = probe(ffmpeg, written).videos[0]
    declared = asdict(video.color)
    lost = [
        key
        for key, value in asdict(found.color).items()
        if declared[key] not in ("", value)
    ]
    for name in ("coded_width", "coded_height", *_SHOWN, "sample_aspect_ratio"):
        if getattr(found, name) != getattr(video, name):
            lost.append(name)
    if video.is_interlaced and found.field_order != video.field_order:
        lost.append("field order")
    if set(video.hdr) - set(found.hdr):
        lost.append("HDR data")
    if lost:
        names = ", ".join(lost).replace("_", " ")
        raise OutputError(f"the copy would lose what its container declares: {names}")


def lost_orientation(ffmpeg: FFmpeg, path: Path, copied: Sequence[VideoStream]) -> str:
    """What copied video streams lost of how they are rotated and mirrored.

    Matroska has both only with newer ffmpegs (9.0, not 5.1).

    Args:
        ffmpeg: the binary to read with.
        path: the finished file.
        copied: the streams in the source, in order.

    Returns:
        A clause; empty if nothing is lost.
    """
    if all(video.is_upright for video in copied):
        return ""
    found = probe(ffmpeg, parse_url(path, UNLIMITED)).videos
    lost = {
        name
        for video, there in zip(copied, found, strict=False)
        for name in _SHOWN
        if getattr(video, name) != getattr(there, name)
    }
    kind = " and ".join(_SHOWN[name] for name in _SHOWN if name in lost)
    return f"this ffmpeg stores no {kind} in {path.suffix[1:]}" if kind else ""


def check_decoding(ffmpeg: FFmpeg, path: Path, frames: int) -> None:
    """Decode the first video stream of a finished file, and count its frames.

    Raises:
        OutputError: decoding reports an error, or another number of frames.
    """
    errors: list[str] = []
    words = ("-map", "0:V:0", "-fps_mode", "passthrough")
    command = framecrc_command(
        Input(file_url(path)), ("-vf", "scale=16:16:flags=neighbor", *words)
    )
    watch = lambda line: errors.append(line) if is_error(line) else None  # noqa: E731
    with Process(command.argv(ffmpeg.path), stdout=True, watch=watch) as process:
        count = sum(1 for _ in FramecrcReader(whole_lines(process.stdout)))
        process.finish()
    if errors:
        raise OutputError(
            f"the result failed verification: {strip_prefixes(errors[0])}"
        )
    if count != frames:
        raise OutputError(
            f"the result failed verification: {count} frames decoded, not {frames}"
        )


_TRACKS = ("-map", "0:V?", "-map", "0:a?")


def _decode_all(ffmpeg: FFmpeg, path: Path) -> None:
    errors: list[str] = []
    command = Command(
        (Input(file_url(path)),),
        (Output("-", (*_TRACKS, "-f", "null")),),
        (*QUIET, "-xerror"),
    )
    watch = lambda line: errors.append(line) if is_error(line) else None  # noqa: E731
    with Process(command.argv(ffmpeg.path), watch=watch) as process:
        process.finish()
    if errors:
        raise OutputError(
            f"the result failed verification: {strip_prefixes(errors[0])}"
        )


def bytes_written(stats: MuxerStats, job: EncodePlan) -> list[int]:
    """Bytes that ffmpeg reports, in the order of `packets_written`."""
    wanted = (*job.video_outputs, *job.audio_outputs)
    return [stats.muxed_bytes[i] for i in wanted if i in stats.muxed_bytes]


def packets_written(stats: MuxerStats, job: EncodePlan) -> list[int]:
    """Packets that ffmpeg reports: of each video stream, then each audio stream."""
    wanted = (*job.video_outputs, *job.audio_outputs)
    return [
        stats.muxed[i][1] - (i in job.outputs_with_empty_last_packet)
        for i in wanted
        if i in stats.muxed
    ]
