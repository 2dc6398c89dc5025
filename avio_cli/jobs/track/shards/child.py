"""What a child does: detect in the frames of one segment, into a file.

``python -m avio_cli.jobs.track.shards.child FOLDER NUMBER``. A child that was killed is
started again, and goes on behind the last frame in its file.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from avio_cli.decode.settings import select_video
from avio_cli.errors import AvioError
from avio_cli.jobs.track.detection_source import DetectionSource, open_detection_source
from avio_cli.jobs.track.kept_detections import KeptDetections
from avio_cli.jobs.track.refinement import detect_all
from avio_cli.jobs.track.shards.segments import (
    WARNING,
    Segment,
    ShardTask,
    open_segment,
    segment_path,
)
from avio_cli.jobs.track.summary import StageTimes


def segment_detector(task: ShardTask) -> DetectionSource:
    """What detects in the segments of a run.

    Raises:
        AvioError: it cannot be opened here.
    """
    job = task.job
    video = select_video(job.source.info, 0)
    return open_detection_source(job.fitting_detector, video, job.stride, dict)


def detect_segment(
    task: ShardTask, segment: Segment, source: DetectionSource, kept: KeptDetections
) -> tuple[str, ...]:
    """Detect in all frames of a segment that are not kept yet.

    Returns:
        What the detector warned of, for the run to say: of the first segment, as an
        ordinary run looks at its first frames.

    Raises:
        AvioError: it failed.
    """
    begin = task.segments[0] if task.through else segment
    with _detector_warnings() as said:
        detect_all(
            replace(task.job, start=segment.start, end=segment.end),
            source,
            kept,
            task.hardware,
            StageTimes(),
            None,
            first=begin.first,
            through=begin.start if task.through else None,
        )
    return () if segment.number else tuple(said)


class _Listener(logging.Handler):
    """Collects warnings."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


@contextmanager
def _detector_warnings() -> Iterator[list[str]]:
    log, listener = logging.getLogger("avio.track.detector"), _Listener()
    log.addHandler(listener)
    try:
        yield listener.said
    finally:
        log.removeHandler(listener)


def main(words: list[str]) -> int:
    """Do it; say on stderr why it failed, as avio does."""
    logging.getLogger("avio").addHandler(logging.NullHandler())
    folder = Path(words[0])
    try:
        task = ShardTask.read(folder)
        segment = task.segments[int(words[1])]
        path = segment_path(folder, segment)
        with (
            closing(segment_detector(task)) as source,
            open_segment(path, segment) as kept,
        ):
            said = detect_segment(task, segment, source, kept)
    except AvioError as error:
        hint = f"hint: {error.hint}\n" if error.hint else ""
        sys.stderr.write(f"avio: error: {error.message}\n{hint}")
        return error.exit_status
    sys.stderr.writelines(f"{WARNING}{text}\n" for text in said)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
