"""Open the requested outputs of a run."""

import logging
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

from avio_cli.callbacks.step import common_pixel_format
from avio_cli.decode.settings import DetectorView, ReaderSettings, select_video
from avio_cli.encode.audio.gaps import with_gaps_filled
from avio_cli.encode.edit_list import with_hidden_audio
from avio_cli.encode.encoder import Encoder
from avio_cli.encode.ending import with_ending
from avio_cli.encode.timing import least_step, with_cadences
from avio_cli.encode.video import BWDIF_INTERLACED
from avio_cli.encode.video_params import nominal_rate
from avio_cli.errors import InputError
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.preview_window import PreviewWindow
from avio_cli.jobs.track.result_files import Results
from avio_cli.media.color import assumed_color
from avio_cli.output.target import OutputTarget, open_output
from avio_cli.records.entry import VideoInfo
from avio_cli.vision.annotators.draw import Drawer
from avio_cli.vision.counting.crossings import CrossingCounter

LOG = logging.getLogger("avio.track")


def reader_settings(
    job: TrackJob, view: DetectorView | None, hardware: str, start: Fraction
) -> ReaderSettings:
    """How the source is read.

    Args:
        job: what to do.
        view: the view that the detector needs.
        hardware: the hardware decoder; empty: software.
        start: seconds after the source's start.
    """
    callbacks, encoding = job.callbacks, job.encoding
    video = select_video(job.source.info, 0)
    return ReaderSettings(
        pixel_format=common_pixel_format(callbacks) if callbacks else "yuv420p",
        view=view,
        view_only=view is not None and not job.needs_full_frames,
        start=start,
        end=job.end,
        video_filter=encoding.video.filters if encoding else "",
        deinterlace=BWDIF_INTERLACED if video.is_interlaced else "",
        least_step=least_step(encoding) if encoding else Fraction(0),
        hardware=hardware,
        may_fall_back=job.hwaccel == "auto",
    )


def open_results(
    job: TrackJob, class_names: tuple[str, ...], resume_after: int | None
) -> Results:
    """Open all files of records and detections; see `Results.open`."""
    video = select_video(job.source.info, 0)
    info = VideoInfo(
        Path(job.source.name).name,
        video.width,
        video.height,
        nominal_rate(video),
        class_names,
    )
    return Results.open(
        job.records,
        job.formats,
        info,
        detections=job.save_detections,
        force=job.force,
        resume_after=resume_after,
    )


def reserve_output(job: TrackJob, stack: ExitStack) -> OutputTarget | None:
    """Reserve the output of the annotated video, if requested.

    Raises:
        OutputError: it cannot be used.
    """
    if job.output is None or job.encoding is None:
        return None
    output = open_output(job.output, job.encoding.container, force=job.force)
    stack.callback(output.discard)
    output.refuse_source(job.source.url)
    return output


def open_encoder(
    job: TrackJob, output: OutputTarget | None, stack: ExitStack
) -> Encoder | None:
    """Open the encoder of the annotated video, if requested.

    Raises:
        InputError: the source cannot be read twice, to remux its audio.
    """
    if output is None or job.encoding is None:
        return None
    if not job.source.url.can_reopen:
        raise InputError(f"{job.source.name} cannot be read twice")
    if select_video(job.source.info, 0).is_interlaced:
        LOG.warning("interlaced frames are deinterlaced")
    settings = with_hidden_audio(job.encoding, job.source)
    settings = with_gaps_filled(settings, job.source)
    settings = with_cadences(with_ending(settings, job.source), job.source)
    encoder = Encoder(job.source.ffmpeg, output, settings, job.source)
    return stack.enter_context(encoder)


def open_display(job: TrackJob, stack: ExitStack) -> PreviewWindow | None:
    """Open a window, if requested.

    Raises:
        OutputError: there is no display.
    """
    if not job.display:
        return None
    display = PreviewWindow(job.source.name, select_video(job.source.info, 0))
    stack.callback(display.close)
    return display


def make_drawer(
    job: TrackJob, class_names: tuple[str, ...], counter: CrossingCounter
) -> Drawer | None:
    """Make the drawer of annotations, if frames are encoded or shown."""
    if not job.needs_full_frames or not job.draw:
        return None
    video = select_video(job.source.info, 0)
    return Drawer(
        video.width,
        video.height,
        what=job.draw,
        class_names=class_names,
        color=assumed_color(video),
        counter=counter,
    )
