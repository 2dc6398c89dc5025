"""The table of keys: what each does, and how the list that `?` shows describes it."""

from dataclasses import dataclass, replace

from avio_cli.events import InputEvent
from avio_cli.player.state import Action, Verb

WHEEL_VOLUME = 5
"""Percentage points of volume for one notch of the wheel."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a key or mouse action does."""

    key: str
    """`InputEvent.key`, or a name for the mouse: see `_name_of`."""
    action: Action
    repeats: bool = False
    """Whether it repeats while the key is held."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list of keys."""

    bindings: tuple[Binding, ...]
    description: str
    """What the keys do, as it is shown."""
    label: str = ""
    """The keys as they are shown, where that is not their names."""

    @property
    def keys(self) -> str:
        """The keys as they are shown."""
        return self.label or "  ".join(binding.key for binding in self.bindings)


def _once(key: str, verb: Verb, value: float = 0) -> Binding:
    return Binding(key, Action(verb, value))


def _held(key: str, verb: Verb, value: float) -> Binding:
    return Binding(key, Action(verb, value), repeats=True)


def _pair(verb: Verb, keys: str, values: tuple[float, float]) -> tuple[Binding, ...]:
    """Two keys that repeat, for two values of a verb."""
    return tuple(
        _held(key, verb, v) for key, v in zip(keys.split(), values, strict=True)
    )


ROWS = (
    Row((_once("SPACE", Verb.PAUSE),), "pause, play"),
    Row(_pair(Verb.SEEK_BY, "LEFT RIGHT", (-5, 5)), "5 s back, forward"),
    Row(_pair(Verb.SEEK_BY, "DOWN UP", (-60, 60)), "1 min back, forward"),
    Row(_pair(Verb.SEEK_BY, "< >", (-10, 10)), "rewind, fast forward"),
    Row(_pair(Verb.STEP, "a s", (-1, 1)), "one frame back, forward"),
    Row(_pair(Verb.STEP, ", .", (-1, 1)), "the same"),
    Row((_once("HOME", Verb.SEEK_TO), _once("END", Verb.SEEK_END)), "start, end"),
    Row(
        (_once("PGUP", Verb.CHAPTER, 1), _once("PGDN", Verb.CHAPTER, -1)),
        "next, previous chapter",
        label="PAGE UP  DOWN",
    ),
    Row((_once("l", Verb.LOOP),), "loop: A, then B, then off"),
    Row(_pair(Verb.SPEED_BY, "[ ]", (1 / 1.1, 1.1)), "slower, faster"),
    Row((_once("BS", Verb.SPEED, 1),), "normal speed", label="BACKSPACE"),
    Row(_pair(Verb.VOLUME_BY, "9 0", (-5, 5)), "quieter, louder"),
    Row((_once("m", Verb.MUTE),), "mute, unmute"),
    Row((_once("#", Verb.AUDIO_TRACK),), "next audio track"),
    Row(
        (_once("j", Verb.SUBTITLES), _once("v", Verb.SUBTITLES_VISIBLE)),
        "next subtitles; hide, show",
    ),
    Row(_pair(Verb.SUBTITLE_DELAY_BY, "z x", (-0.1, 0.1)), "subtitles earlier, later"),
    Row(
        _pair(Verb.SUBTITLE_SIZE_BY, "F G", (1 / 1.1, 1.1)), "subtitles smaller, larger"
    ),
    Row(_pair(Verb.SUBTITLE_POSITION_BY, "T t", (-2, 2)), "subtitles up, down"),
    Row((_once("d", Verb.DEINTERLACE),), "deinterlace, or not"),
    Row((_once("r", Verb.RECORD),), "record"),
    Row((_once("c", Verb.SCREENSHOT),), "screenshot as PNG"),
    Row((_once("i", Verb.INFO),), "information"),
    Row((_once("p", Verb.FILE, -1), _once("n", Verb.FILE, 1)), "previous, next file"),
    Row((_once("f", Verb.FULL_SCREEN),), "full screen"),
    Row((_once("ESC", Verb.ESCAPE),), "leave full screen, quit"),
    Row((_once("q", Verb.QUIT),), "quit"),
    Row((_once("?", Verb.KEYS),), "this list"),
    Row((), "pause; on the bar: seek", label="click"),  # `SingleClick`, and the HUD
    Row((_once("double click", Verb.FULL_SCREEN),), "full screen"),
    Row((_once("wheel", Verb.VOLUME_BY, WHEEL_VOLUME),), "volume"),
)
"""All keys, in the order of the list."""
DOUBLE_CLICK_SECONDS = 0.3
"""Within them, a second click makes a double click."""
BINDINGS = {binding.key: binding for row in ROWS for binding in row.bindings}
KEY_LIST = tuple((row.keys, row.description) for row in ROWS)
"""Key or keys, and what they do."""


def action_of(event: InputEvent) -> Action | None:
    """The action of an event that neither a callback nor the HUD has consumed."""
    binding = BINDINGS.get(_name_of(event))
    if binding is None or (event.repeat and not binding.repeats):
        return None
    action = binding.action
    if event.kind == "wheel":
        return replace(action, value=action.value * event.wheel)
    return action


def _name_of(event: InputEvent) -> str:
    """The name of an event in the table; empty for none."""
    if event.kind == "press" and event.button == "left" and event.clicks == 2:
        return "double click"
    if event.kind == "wheel" and event.wheel:
        return "wheel"
    plain = event.kind == "key" and not event.modifiers - {"shift"}
    return event.key if plain else ""


class SingleClick:
    """A click on the video that may become a double click, which means something else.

    It pauses once there is no second one.
    """

    def __init__(self) -> None:
        self._due: float | None = None

    def add(self, event: InputEvent, now: float) -> None:
        """Take an event that neither a callback nor the HUD has consumed."""
        if event.kind == "press" and event.button == "left":
            self._due = now + DOUBLE_CLICK_SECONDS if event.clicks == 1 else None

    def action(self, now: float) -> Action | None:
        """What the last click asks for, once; None where it is too early, or none."""
        if self._due is None or now < self._due:
            return None
        self._due = None
        return Action(Verb.PAUSE)
