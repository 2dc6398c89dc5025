"""Warn of what encoding changes in the video of the parts."""

import logging
from collections.abc import Iterator, Sequence

from avio_cli.encode.pixel_format import _quality_warnings
from avio_cli.encode.video_params import VideoParams
from avio_cli.ffmpeg.probe.hdr_metadata import PQ, HdrMetadata, read_hdr_metadata
from avio_cli.jobs.merge.inputs import MergeInput
from avio_cli.media.color import is_hdr
from avio_cli.media.info import VideoStream

LOG = logging.getLogger("avio.merge")


def warn_of_conversions(
    parts: Sequence[MergeInput], result: VideoStream, pixel_format: str
) -> None:
    """Warn, once for each file, of what its video loses before it is encoded.

    Args:
        parts: all of them.
        result: what the encoded video is like.
        pixel_format: of the frames on their way to the encoder.
    """
    found = [
        f"{part.source.name}: {loss}"
        for part in parts
        if part.video is not None
        for loss in _losses(part.video, result, pixel_format)
    ]
    for warning in dict.fromkeys(found):
        LOG.warning("%s", warning)


def _losses(
    video: VideoStream, result: VideoStream, pixel_format: str
) -> Iterator[str]:
    if video.is_interlaced:
        yield "interlaced video is deinterlaced"
    if is_hdr(video.color) and not is_hdr(result.color):
        yield "HDR is tone-mapped to SDR, as another file is SDR"
    elif (params := VideoParams.of_stream(video)).pixel_format != result.pixel_format:
        # What the result's own format loses, the encoder says.
        yield from _quality_warnings(params, pixel_format)


def hdr_metadata(part: MergeInput, result: VideoStream) -> HdrMetadata | None:
    """The HDR10 metadata of a part, where the result is HDR10."""
    if result.color.transfer != PQ:
        return None
    return read_hdr_metadata(part.source.ffmpeg, part.source.url)
