"""HDR10 metadata: read from the source, passed to the encoder, checked in the output.

ffmpeg itself passes it to encoders only from 7.1 on.
"""

from collections.abc import Iterator
from dataclasses import replace

from avio_cli.encode.job import LOG, EncodeJob
from avio_cli.encode.settings import EncodeSettings, VideoOptions
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.probe.hdr_metadata import PQ, HdrMetadata, read_hdr_metadata
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import VideoStream
from avio_cli.output.target import OutputTarget

_HDR10 = frozenset({"mastering display", "content light level"})
"""Names of the static metadata."""


def with_hdr_metadata(job: EncodeJob) -> EncodeJob:
    """The same job with the HDR10 metadata of its source."""
    return replace(job, settings=of_source(job.settings, job.source))


def of_source(settings: EncodeSettings, source: MediaSource | None) -> EncodeSettings:
    """The same settings with the HDR10 metadata of a source, where video is encoded."""
    if source is None or settings.hdr_metadata is not None:
        return settings
    encodes = settings.streams.video and not settings.streams.remux
    videos, after = source.info.videos, settings.filtered
    if not (encodes and videos and videos[0].color.transfer == PQ):
        return settings
    if after and after.color.transfer not in ("", PQ):  # tone-mapped
        return settings
    metadata = read_hdr_metadata(source.ffmpeg, source.url)
    return replace(settings, hdr_metadata=metadata)


def with_hdr_options(
    choice: VideoOptions, encoder: str, metadata: HdrMetadata | None
) -> VideoOptions:
    """The same choice with the metadata as options of an encoder that takes them.

    Args:
        choice: the user's own options, which come after the metadata.
        encoder: libx265 and libsvtav1 take it; others leave the choice unchanged.
        metadata: the source's; None for none.
    """
    if metadata is None or encoder not in ("libx265", "libsvtav1"):
        return choice
    x265 = encoder == "libx265"
    key = "x265-params" if x265 else "svtav1-params"
    params = metadata.as_x265() if x265 else metadata.as_svt()
    own = choice.options.get(key, "")
    joined = ":".join(filter(None, (params, own)))
    return replace(choice, options={**choice.options, key: joined})


def warn_of_lost_hdr_metadata(job: EncodeJob, output: OutputTarget) -> None:
    """Warn where the output has lost the HDR metadata of the source."""
    videos, streams = job.source.info.videos, job.settings.streams
    if videos and streams.video and not streams.remux:
        for loss in hdr_losses(job.source.ffmpeg, videos[0], job.settings, output):
            LOG.warning("%s", loss)


def hdr_losses(
    ffmpeg: FFmpeg,
    video: VideoStream | None,
    settings: EncodeSettings,
    output: OutputTarget,
) -> Iterator[str]:
    """What an encoded video lacks of the HDR metadata of what it was made of.

    Args:
        ffmpeg: the binary to read with.
        video: what was decoded; None: nothing is known of it.
        settings: of the encode.
        output: what was written.
    """
    if output.readback_path is None or video is None or not settings.preset.video:
        return
    written = MediaUrl("file", output.url, output.display_name)
    after = settings.filtered
    if after and after.color.transfer and after.color.transfer != video.color.transfer:
        return  # tone-mapped: it would be wrong
    static = settings.hdr_metadata or (
        video.color.transfer == PQ and not _HDR10.isdisjoint(video.hdr)
    )
    if static and read_hdr_metadata(ffmpeg, written) is None:
        names = "mastering display and light level (HDR10)"
        yield f"{names} are lost: the encoder did not write them"
    if others := set(video.hdr) - _HDR10:
        kept = {name for found in probe(ffmpeg, written).videos for name in found.hdr}
        yield from (f"{name} is lost" for name in sorted(others - kept))
