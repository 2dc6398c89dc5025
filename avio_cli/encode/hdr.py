"""HDR10 metadata: read from the source, passed to the encoder, checked in the output.

ffmpeg itself passes it to encoders only from 7.1 on.
"""

from dataclasses import replace

from avio_cli.encode.job import LOG, EncodeJob
from avio_cli.encode.settings import VideoOptions
from avio_cli.ffmpeg.probe.hdr_metadata import PQ, HdrMetadata, read_hdr_metadata
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.output.target import OutputTarget


def with_hdr_metadata(job: EncodeJob) -> EncodeJob:
    """The same job with the HDR10 metadata of its source."""
    videos, settings = job.source.info.videos, job.settings
    encodes = settings.streams.video and not settings.streams.remux
    if not (encodes and videos and videos[0].color.transfer == PQ):
        return job
    metadata = read_hdr_metadata(job.source.ffmpeg, job.source.url)
    return replace(job, settings=replace(settings, hdr_metadata=metadata))


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
    """Warn where the output has lost the HDR10 metadata of the source."""
    if job.settings.hdr_metadata is None or output.readback_path is None:
        return
    written = MediaUrl("file", output.url, output.display_name)
    if read_hdr_metadata(job.source.ffmpeg, written) is None:
        LOG.warning(
            "mastering display and light level (HDR10) are lost: "
            "this ffmpeg's encoder does not write them"
        )
