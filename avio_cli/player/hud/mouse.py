"""What clicks and the wheel ask for, part by part of the HUD."""

from collections.abc import Sequence

from avio_cli.player.hud.layout import Part
from avio_cli.player.state import Action, PlayerState, Verb

SPEEDS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
WHEEL_PERCENT = 5.0
WHEEL_SECONDS = 5.0
_CLICKS = {
    Part.PLAY: Action(Verb.PAUSE),
    Part.STEP_BACK: Action(Verb.STEP, -1),
    Part.STEP_FORWARD: Action(Verb.STEP, 1),
    Part.PREVIOUS: Action(Verb.FILE, -1),
    Part.NEXT: Action(Verb.FILE, 1),
    Part.MUTE: Action(Verb.MUTE),
    Part.RECORD: Action(Verb.RECORD),
    Part.INFORMATION: Action(Verb.INFORMATION),
    Part.FULL_SCREEN: Action(Verb.FULL_SCREEN),
}


def click_actions(
    part: Part | None, button: str, state: PlayerState
) -> tuple[Action, ...]:
    """What a mouse button asks for on a part that is not dragged."""
    if part is Part.SPEED:
        return _speed_click(button, state.speed)
    if part is None or button != "left":
        return ()
    if part is Part.PLAY and state.at_end:
        again = (Action(Verb.SEEK_TO, 0.0),)
        return (*again, Action(Verb.PAUSE)) if state.paused else again
    return (_CLICKS[part],) if part in _CLICKS else ()


def wheel_actions(
    part: Part | None, notches: float, state: PlayerState
) -> tuple[Action, ...]:
    """What turning the wheel over a part asks for."""
    if part in (Part.VOLUME, Part.MUTE):
        return (Action(Verb.VOLUME_BY, WHEEL_PERCENT * notches),)
    if part is Part.SPEED and notches:
        return _speed_step(1 if notches > 0 else -1, state.speed)
    if part is Part.BAR:
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


def tip_for(part: Part, state: PlayerState) -> tuple[str, str]:
    """What a part does, and the key that does the same; empty where it is plain."""
    record = "End the recording" if state.recording else "Record"
    tips = {
        Part.PLAY: ("Play" if state.paused else "Pause", "SPACE"),
        Part.STEP_BACK: ("One frame back", "a"),
        Part.STEP_FORWARD: ("One frame forward", "s"),
        Part.PREVIOUS: ("Previous file", "p"),
        Part.NEXT: ("Next file", "n"),
        Part.MUTE: ("Sound on" if state.muted else "Sound off", "m"),
        Part.VOLUME: (f"Volume {state.volume:.0f} %", "9  0"),
        Part.SPEED: ("Speed", "[  ]"),
        Part.RECORD: (record, "r"),
        Part.INFORMATION: ("Information", "i"),
        Part.FULL_SCREEN: ("Window", "f")
        if state.full_screen
        else ("Full screen", "f"),
    }
    return tips.get(part, ("", ""))
