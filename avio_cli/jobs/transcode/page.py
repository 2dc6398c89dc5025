"""The live page of a transcode: it shows what callbacks make of each frame."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction

from avio_cli.decode.settings import select_video
from avio_cli.jobs.transcode.job import TranscodeJob
from avio_cli.live_page.newest import Look
from avio_cli.live_page.page import LivePage
from avio_cli.media.color import assumed_color
from avio_cli.media.frame import Frame
from avio_cli.monitoring.monitor import RunMonitor
from avio_cli.protocols import Sink


class PageOutput:
    """A `Sink` that shows frames on a page.

    Args:
        page: shows them.
    """

    def __init__(self, page: LivePage) -> None:
        self._page = page

    def write(self, frame: Frame) -> None:
        """Show a frame, or not: a callback may use its memory again."""
        self._page.show_copy(frame)

    def finish(self) -> None:
        """Nothing is left to do."""

    def close(self) -> None:
        """End the page; safe to call twice."""
        self._page.close()


@contextmanager
def opened_page(job: TranscodeJob, monitor: RunMonitor) -> Iterator[list[Sink]]:
    """Open the page, if one is wanted: an output of frames beside the encoder.

    Raises:
        AvioError: it cannot be served.
    """
    if not job.serve:
        yield []
        return
    with LivePage(job.serve, monitor, job.source.name) as page:
        video = select_video(job.source.info, 0)
        page.describe(
            Look(
                color=assumed_color(video),
                sample_aspect_ratio=video.display_sample_aspect_ratio or Fraction(1),
            )
        )
        yield [PageOutput(page)]
