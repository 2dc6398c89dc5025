"""UserInput: keys, mouse and a script, and what they ask of the player.

EventQueue has the events that wait for the callbacks.
"""

import time
from collections.abc import Callable, Sequence

from avio_cli.events import InputEvent
from avio_cli.player.commands import Commands
from avio_cli.player.key_bindings import SingleClick, action_of
from avio_cli.player.screen import Screen
from avio_cli.player.script import Script
from avio_cli.player.state import Action, PlayerState

PATIENCE_SECONDS = 0.1
"""How long events wait for the next frame; then the current one is processed again."""


class EventQueue:
    """Events that callbacks have not seen yet, oldest first."""

    def __init__(self) -> None:
        self._events: list[InputEvent] = []
        self._since = 0.0

    @property
    def is_empty(self) -> bool:
        """Whether no event waits."""
        return not self._events

    def add(self, events: Sequence[InputEvent]) -> None:
        """Let events wait, after those that do already."""
        if not self._events:
            self._since = time.monotonic()
        self._events += events

    def take(self) -> list[InputEvent]:
        """Take all events."""
        events, self._events = self._events, []
        return events

    def waits_too_long(self, *, paused: bool) -> bool:
        """Whether no new frame comes soon enough for the events.

        Args:
            paused: whether none comes at all.
        """
        waited = time.monotonic() - self._since
        return bool(self._events) and (paused or waited > PATIENCE_SECONDS)


class UserInput:
    """What the user does, first offered to callbacks, then to the HUD.

    Args:
        screen: gives the events, and has the HUD.
        commands: carry out what is asked for.
        state: what the HUD may know.
        drop: takes the files that were dropped into the window together.
        script: the steps that are taken as if the user had.
        for_callbacks: whether events wait until callbacks have seen them.
    """

    def __init__(
        self,
        screen: Screen,
        commands: Commands,
        state: Callable[[], PlayerState],
        drop: Callable[[Sequence[str]], None],
        *,
        script: Script,
        for_callbacks: bool,
    ) -> None:
        self._screen, self._commands, self._state = screen, commands, state
        self._drop, self._script = drop, script
        self._for_callbacks = for_callbacks
        self.waiting, self._click = EventQueue(), SingleClick()

    def read(self, *, idle: bool) -> None:
        """Act on what the user and the script have done.

        Args:
            idle: whether all is shown that the script has asked for.
        """
        events = self._screen.poll()
        for step in self._script_steps(idle):
            if isinstance(step, Action):
                self._commands.do(step)
            else:
                events.append(step)
        if self._for_callbacks:
            self.waiting.add(events)
        else:
            self.dispatch(events)
        if (clicked := self._click.action(time.monotonic())) is not None:
            self._commands.do(clicked)

    def dispatch(self, events: Sequence[InputEvent]) -> None:
        """Pass events to the HUD, and those it leaves to the key bindings."""
        dropped: list[str] = []
        for event in events:
            if event.consumed:
                continue
            for action in self._screen.handle(event, self._state()):
                self._commands.do(action)
            if event.kind == "drop" and not event.consumed:
                dropped.append(event.path)
            self._handle_key(event)
        if dropped:
            self._drop(dropped)

    def _script_steps(self, idle: bool) -> list[InputEvent | Action]:
        return self._script.next_steps() if idle and self.waiting.is_empty else []

    def _handle_key(self, event: InputEvent) -> None:
        if event.consumed:
            return
        self._click.add(event, time.monotonic())
        action = action_of(event)
        if action is not None:
            self._commands.do(action)
