"""Open the requested outputs of a run."""

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from avio_cli.callbacks.step import CallbackStep
from avio_cli.decode.reader import MediaReader
from avio_cli.decode.settings import ReaderSettings, select_video
from avio_cli.detections import Detections
from avio_cli.encode.aspect import warn_of_changed_aspect
from avio_cli.encode.audio.changing import with_whole_audio
from avio_cli.encode.copies.edit_list import with_hidden_audio
from avio_cli.encode.encoder import Encoder
from avio_cli.encode.ending import opened_reader, with_ending
from avio_cli.encode.live.encoder import PipedEncoder
from avio_cli.encode.live.feed import Feed
from avio_cli.encode.live.output import keeping, open_result
from avio_cli.encode.live.reading import OneReading
from avio_cli.encode.live.streams import needs_one_reading
from avio_cli.encode.settings import EncodeSettings
from avio_cli.encode.timing import with_cadences
from avio_cli.encode.video_params import nominal_rate
from avio_cli.jobs.track.crops.files import CropFiles
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.page_frames import PageFrames
from avio_cli.jobs.track.preview_window import PreviewWindow
from avio_cli.jobs.track.result_files import Overlay, Results
from avio_cli.jobs.track.summary import StageTimes
from avio_cli.media.color import assumed_color
from avio_cli.media.frame import Frame
from avio_cli.output.parts.parts import Parts
from avio_cli.output.target import OutputTarget
from avio_cli.pipeline import apply_steps
from avio_cli.records.entry import VideoInfo
from avio_cli.records.facts import Fact
from avio_cli.records.files import display_name
from avio_cli.records.resume import ResumePoint
from avio_cli.stopping import stops_on_request
from avio_cli.vision.annotators.draw import Drawer
from avio_cli.vision.annotators.parts import parse_drawing
from avio_cli.vision.counting.crossings import CrossingCounter
from avio_cli.vision.subtitles.formats import subtitle_text

LOG = logging.getLogger("avio.track")
_ANNOTATORS = (
    "annotators those of the whole video: avio records convert .jsonl records with "
    "--video for them"
)
_PLAYERS = (
    "avio play and avio report those of the whole video: .jsonl, .csv and .json have "
    "times"
)
_DETECTIONS = "--detections those of the whole video"
_NOTHING = Detections()
Output = OutputTarget | Parts


def open_results(
    job: TrackJob,
    class_names: tuple[str, ...],
    resume: ResumePoint | None,
    counter: CrossingCounter,
) -> Results:
    """Open all files of records, detections and subtitles; see `Results.open`."""
    if job.start:
        _warn_of_part(job)
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
        overlay=partial(_open_overlay, job, class_names, counter)
        if job.overlay is not None
        else None,
        force=job.force,
        resume=resume,
    )


def _warn_of_part(job: TrackJob) -> None:
    """What opens the whole video takes files without times as being of its start."""
    timeless = [t for t in job.planned if Fact.TIMES not in t.format.keeps]
    for target in timeless:
        others = _PLAYERS if target.format.grows else _ANNOTATORS
        name = display_name(target.path) if target.path else "-"
        LOG.warning("%s counts frames from --start on, %s", name, others)
    if job.save_detections is not None:
        name = display_name(job.save_detections)
        LOG.warning("%s counts frames from --start on, %s", name, _DETECTIONS)


def _open_overlay(
    job: TrackJob, class_names: tuple[str, ...], counter: CrossingCounter
) -> Overlay:
    path, video = job.overlay, select_video(job.source.info, 0)
    assert path is not None
    extension, size = path.suffix.lower(), (video.width, video.height)
    text = subtitle_text(extension, size, class_names, job.zones)
    return Overlay(path, text, job.source.origin, counter, force=job.force)


def reserve_output(job: TrackJob, stack: ExitStack) -> Output | None:
    """Reserve the output of the annotated video, if requested.

    Raises:
        OutputError: it cannot be used.
    """
    if job.output is None or job.encoding is None:
        return None
    container = job.encoding.container
    output = open_result(job.output, job.source, container, job.live, force=job.force)
    stack.callback(output.discard)
    stack.enter_context(keeping(output))
    return output


def open_feed(job: TrackJob) -> Feed | None:
    """What reads a source that can be read only once; None: it can be read again.

    Raises:
        InputError: a requested stream is missing.
    """
    if not needs_one_reading(job.source):
        return None
    return Feed(job.source, _encoding(job), job.live)


def open_reader(
    job: TrackJob, feed: Feed | None, settings: ReaderSettings, stack: ExitStack
) -> MediaReader | OneReading:
    """Start to read the source, to its end or until a request to stop."""
    if feed is None:
        return opened_reader(job.source, settings, stack)
    reading = stack.enter_context(feed.open_reader(settings))
    if job.source.is_live:
        stack.enter_context(stops_on_request(reading.stop))
    return reading


def _encoding(job: TrackJob) -> EncodeSettings | None:
    """How the result is encoded; cover art would show what boxes hide."""
    encoding, source = job.encoding, job.source
    if encoding is None or parse_drawing(job.draw).redaction is None:
        return encoding
    beside = len(source.info.covers) + len(source.info.videos) - 1
    if beside and job.output is not None:
        text = "%s: cover art and further videos are left out: nothing is hidden there"
        LOG.warning(text, source.name)
    return replace(encoding, streams=replace(encoding.streams, only_video=True))


def open_encoder(
    job: TrackJob, output: Output | None, feed: Feed | None, stack: ExitStack
) -> Encoder | PipedEncoder | None:
    """Open the encoder of the annotated video, if requested."""
    encoding = _encoding(job)
    if output is None or encoding is None:
        return None
    if select_video(job.source.info, 0).is_interlaced:
        LOG.warning("interlaced frames are deinterlaced")
    if feed is not None:
        return stack.enter_context(feed.open_encoder(output))
    assert not isinstance(output, Parts), "parts are of a feed"
    warn_of_changed_aspect(job.source, job.start, job.end)
    settings = with_hidden_audio(encoding, job.source)
    settings = with_whole_audio(settings, job.source)
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
    if not job.shows_frames or not job.draw:
        return None
    video = select_video(job.source.info, 0)
    return Drawer(
        video.width,
        video.height,
        what=job.draw,
        class_names=class_names,
        color=assumed_color(video),
        counter=counter,
        stride=job.stride,
    )


class ShownFrames:
    """What becomes of full frames: cut out, drawn into, changed, written, shown.

    Args:
        callbacks: applied in order; one may drop the frame.
        times: gets the time of each stage.
        display: a window; None for none.
    """

    def __init__(
        self,
        callbacks: Sequence[CallbackStep],
        times: StageTimes,
        display: PreviewWindow | None,
    ) -> None:
        self._callbacks, self._times, self._display = callbacks, times, display
        self.crops: CropFiles | None = None
        self.drawer: Drawer | None = None
        self.encoder: Encoder | PipedEncoder | None = None
        self.page: PageFrames | None = None

    def __call__(self, frame: Frame, detections: Detections = _NOTHING) -> None:
        """Take one frame, and what was detected in it."""
        if self.crops is not None:
            with self._times.stage("crops"):
                self.crops.add(frame)
        if self.page is not None:
            with self._times.stage("page"):
                self.page.before(frame, detections)
        if self.drawer is not None:
            with self._times.stage("draw"):
                self.drawer(frame, detections)
        with self._times.stage("callback"):
            result = apply_steps(frame, self._callbacks)
        if result is None:
            return
        if self.page is not None:
            self.page.after(result)
        if self.encoder is not None:
            with self._times.stage("encode"):
                self.encoder.write(result)
        if self._display is not None:
            with self._times.stage("display"):
                self._display.show(result)
