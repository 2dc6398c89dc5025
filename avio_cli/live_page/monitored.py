"""MonitoredPage: a page with a monitor of its own, for what has none: a player."""

from collections.abc import Sequence
from contextlib import ExitStack
from fractions import Fraction

from avio_cli.live_page.newest import Look
from avio_cli.live_page.page import LivePage
from avio_cli.media.color import assumed_color
from avio_cli.media.frame import Frame
from avio_cli.media.info import Color, VideoStream
from avio_cli.monitoring.monitor import RunMonitor


class MonitoredPage:
    """Passes frames on, and counts those that are new.

    Args:
        address: ``[HOST:]PORT``.
        source: the name of what is shown first.
        stack: closes it.

    Raises:
        AvioError: it cannot be served.
    """

    def __init__(self, address: str, source: str, stack: ExitStack) -> None:
        self._monitor = stack.enter_context(RunMonitor(source))
        self._page = stack.enter_context(LivePage(address, self._monitor, source))
        self._last: Fraction | None = None

    def set_media(
        self,
        video: VideoStream | Color,
        class_names: Sequence[str],
        title: str,
        *,
        drawn: bool,
    ) -> None:
        """Prepare for the frames of another video.

        Args:
            video: the stream; of still images their colour.
            class_names: of the tracks in its frames.
            title: its name for viewers.
            drawn: whether boxes are drawn into its frames.
        """
        if isinstance(video, Color):
            color, aspect = video, None
        else:
            color, aspect = assumed_color(video), video.display_sample_aspect_ratio
        self._page.describe(
            Look(
                color=color,
                sample_aspect_ratio=aspect or Fraction(1),
                class_names=tuple(class_names),
                drawn=drawn,
                about={"source": title},
            )
        )
        self._monitor.name(class_names, {})

    def show(self, frame: Frame) -> None:
        """Show a frame, which nobody may change from now on."""
        if frame.time != self._last:
            self._last = frame.time
            self._monitor.frame(frame)
        self._page.show(frame)
