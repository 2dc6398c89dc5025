"""Actions of clicks and of the wheel, for each part of the HUD."""

from collections.abc import Sequence

from avio_cli.player.hud.layout import Control
from avio_cli.player.state import Action, PlayerState, Verb

SPEEDS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
WHEEL_PERCENT = 5.0
WHEEL_SECONDS = 5.0
_CLICKS = {
    Control.PLAY: Action(Verb.PAUSE),
    Control.STEP_BACK: Action(Verb.STEP, -1),
    Control.STEP_FORWARD: Action(Verb.STEP, 1),
    Control.PREVIOUS: Action(Verb.FILE, -1),
    Control.NEXT: Action(Verb.FILE, 1),
    Control.MUTE: Action(Verb.MUTE),
    Control.RECORD: Action(Verb.RECORD),
    Control.INFORMATION: Action(Verb.INFO),
    Control.FULL_SCREEN: Action(Verb.FULL_SCREEN),
}


def click_actions(
    part: Control | None, button: str, state: PlayerState
) -> tuple[Action, ...]:
    """Actions of a mouse button on a part that is not dragged."""
    if part is Control.SPEED:
        return _speed_click(button, state.speed)
    if part is None or button != "left":
        return ()
    if part is Control.PLAY and state.at_end:
        again = (Action(Verb.SEEK_TO, 0.0),)
        return (*again, Action(Verb.PAUSE)) if state.paused else again
    return (_CLICKS[part],) if part in _CLICKS else ()


def wheel_actions(
    part: Control | None, notches: float, state: PlayerState
) -> tuple[Action, ...]:
    """Actions of the wheel over a part."""
    if part in (Control.VOLUME, Control.MUTE):
        return (Action(Verb.VOLUME_BY, WHEEL_PERCENT * notches),)
    if part is Control.SPEED and notches:
        return _speed_step(1 if notches > 0 else -1, state.speed)
    if part is Control.BAR:
        return (Action(Verb.SEEK_BY, WHEEL_SECONDS * notches),)
    return ()


def _speed_click(button: str, speed: float) -> tuple[Action, ...]:
    """Left: the next one, from the fastest to the slowest; right: normal speed."""
    if button == "right":
        return (Action(Verb.SPEED, 1.0),)
    faster = [s for s in SPEEDS if s > speed + 0.01] or list(SPEEDS)
    return (Action(Verb.SPEED, faster[0]),) if button == "left" else ()


def _speed_step(direction: int, speed: float) -> tuple[Action, ...]:
    near: Sequence[float] = [s for s in SPEEDS if (s - speed) * direction > 0.01]
    near = near[:1] if direction > 0 else near[-1:]
    return tuple(Action(Verb.SPEED, s) for s in near)


def snapped_volume(volume: float) -> float:
    """A volume in whole percents; the volume of the recording is easy to hit."""
    whole = float(round(volume))
    return 100.0 if abs(whole - 100) <= 2 else whole


def tip_for(part: Control, state: PlayerState) -> tuple[str, str]:
    """What a part does, and the key that does the same; empty where it is obvious."""
    record = "Stop the recording" if state.recording else "Record"
    tips = {
        Control.PLAY: ("Play" if state.paused else "Pause", "SPACE"),
        Control.STEP_BACK: ("One frame back", "a"),
        Control.STEP_FORWARD: ("One frame forward", "s"),
        Control.PREVIOUS: ("Previous file", "p"),
        Control.NEXT: ("Next file", "n"),
        Control.MUTE: ("Unmute" if state.muted else "Mute", "m"),
        Control.VOLUME: (f"Volume {state.volume:.0f} %", "9  0"),
        Control.SPEED: ("Speed", "[  ]"),
        Control.RECORD: (record, "r"),
        Control.INFORMATION: ("Information", "i"),
        Control.FULL_SCREEN: ("Window", "f")
        if state.full_screen
        else ("Full screen", "f"),
    }
    return tips.get(part, ("", ""))
