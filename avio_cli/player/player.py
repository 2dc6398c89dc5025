"""Player: opens what is to be played, and goes round until it is told to stop."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Generic, TypeVar

from avio_cli.errors import AvioError
from avio_cli.events import Event
from avio_cli.frame import Frame
from avio_cli.player.actions import Actions
from avio_cli.player.bindings import action_of
from avio_cli.player.clock import Clock
from avio_cli.player.film import Film
from avio_cli.player.information import information_lines
from avio_cli.player.job import PlayJob
from avio_cli.player.opening import (
    film_settings,
    open_film,
    open_speaker,
    still_picture,
)
from avio_cli.player.painter import Painter
from avio_cli.player.playback import Playback
from avio_cli.player.screen import NoHud, Screen, aspect_of, picture_size
from avio_cli.player.script import Script, read_script
from avio_cli.player.sound import SoundFeeder
from avio_cli.player.state import Action, Mark, PlayerState
from avio_cli.player.statistics import Statistics
from avio_cli.player.tracking import LiveTracker
from avio_cli.sinks.records.reading import read_tracks
from avio_cli.sinks.sdl import load_sdl
from avio_cli.sinks.window import Window

LOG = logging.getLogger("avio.player")

IDLE_SECONDS = 0.01
"""Between two looks at keys and mouse, at most."""
BUSY_SECONDS = 0.002
"""The same while something is waited for that was asked."""
NOTICE_SECONDS = 2.0
PATIENCE_SECONDS = 0.1
"""How long events wait for a callback's next frame; then it gets this one again."""
LONGEST_LEAD = 0.25

Result = TypeVar("Result")


def play(job: PlayJob) -> None:
    """Play until the user, the script or the end of all films says stop.

    Raises:
        AvioError: something cannot be opened, played or written.
    """
    with ExitStack() as stack:
        player = Player(job, stack)
        player.run()


class Player:
    """One run: a window, a loudspeaker, and one film after the other.

    Args:
        job: what to do.
        stack: closes all that is opened.
    """

    def __init__(self, job: PlayJob, stack: ExitStack) -> None:
        self.job, self._stack = job, stack
        self.statistics = Statistics(
            detailed=job.stats is not None, process_start=job.process_start
        )
        self._script = read_script(job.script) if job.script else Script([])
        recorded = read_tracks(job.tracks) if job.tracks else None
        self.clock = Clock()
        self.volume, self.muted = job.volume, job.muted
        self._quit = self._ended = False
        self._events: list[Event] = []
        self._events_since = 0.0
        self._notice, self._notice_until = "", 0.0
        self._keys = self._information = False
        self._number = 0
        self._opening = self._begin_opening(0)
        load_sdl()  # while the first film is probed
        self._speaker = open_speaker(job.sound)
        stack.callback(self._speaker.close)
        self.feeder = SoundFeeder(self._speaker, self.clock)
        stack.callback(self.feeder.close)
        self.set_volume(job.volume, muted=job.muted)
        stack.callback(self._close_film)
        self._tracker: LiveTracker | None = None
        self._open(0, 1)
        self.painter = Painter(
            job.callbacks,
            recorded,
            job.draw if recorded or job.tracking else (),
            self._tracker.class_names if self._tracker else (),
            self._frame_number,
        )
        for callback in job.callbacks:
            stack.callback(callback.close)
        self.screen = self._open_screen()
        self._show_film()
        self.actions = Actions(self)
