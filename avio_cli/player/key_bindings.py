"""Key bindings, and the list of keys that the player shows."""

from dataclasses import dataclass

from avio_cli.events import InputEvent
from avio_cli.player.state import Action, Verb

WHEEL_VOLUME = 5
"""Percentage points of volume for one notch of the wheel."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a key does."""

    action: Action
    repeats: bool = False
    """Whether it repeats while the key is held."""


def _once(verb: Verb, value: float = 0) -> Binding:
    return Binding(Action(verb, value))


def _held(verb: Verb, value: float) -> Binding:
    return Binding(Action(verb, value), repeats=True)


BINDINGS = {
    "q": _once(Verb.QUIT),
    "ESC": _once(Verb.ESCAPE),
    "SPACE": _once(Verb.PAUSE),
    "LEFT": _held(Verb.SEEK_BY, -5),
    "RIGHT": _held(Verb.SEEK_BY, 5),
    "DOWN": _held(Verb.SEEK_BY, -60),
    "UP": _held(Verb.SEEK_BY, 60),
    "<": _held(Verb.SEEK_BY, -10),
    ">": _held(Verb.SEEK_BY, 10),
    "s": _held(Verb.STEP, 1),
    ".": _held(Verb.STEP, 1),
    "a": _held(Verb.STEP, -1),
    ",": _held(Verb.STEP, -1),
    "HOME": _once(Verb.SEEK_TO, 0),
    "END": _once(Verb.SEEK_END),
    "[": _held(Verb.SPEED_BY, 1 / 1.1),
    "]": _held(Verb.SPEED_BY, 1.1),
    "BS": _once(Verb.SPEED, 1),
    "9": _held(Verb.VOLUME_BY, -5),
    "0": _held(Verb.VOLUME_BY, 5),
    "m": _once(Verb.MUTE),
    "f": _once(Verb.FULL_SCREEN),
    "r": _once(Verb.RECORD),
    "c": _once(Verb.SCREENSHOT),
    "l": _once(Verb.LOOP),
    "PGUP": _once(Verb.CHAPTER, 1),
    "PGDN": _once(Verb.CHAPTER, -1),
    "n": _once(Verb.FILE, 1),
    "p": _once(Verb.FILE, -1),
    "i": _once(Verb.INFO),
    "#": _once(Verb.AUDIO_TRACK),
    "j": _once(Verb.SUBTITLES),
    "?": _once(Verb.KEYS),
}
"""By `Event.key`."""


def action_of(event: InputEvent) -> Action | None:
    """The action of an event that neither a callback nor the HUD has consumed."""
    if event.kind == "press" and event.button == "left" and event.clicks == 2:
        return Action(Verb.FULL_SCREEN)
    if event.kind == "wheel" and event.wheel:
        return Action(Verb.VOLUME_BY, WHEEL_VOLUME * event.wheel)
    if event.kind != "key" or event.modifiers - {"shift"}:
        return None
    binding = BINDINGS.get(event.key)
    if binding is None or (event.repeat and not binding.repeats):
        return None
    return binding.action


KEY_LIST = (
    ("SPACE", "pause, play"),
    ("LEFT  RIGHT", "5 s back, forward"),
    ("DOWN  UP", "1 min back, forward"),
    ("<  >", "rewind, fast forward"),
    ("a  s", "one frame back, forward"),
    (",  .", "the same"),
    ("HOME  END", "start, end"),
    ("PAGE UP  DOWN", "next, previous chapter"),
    ("l", "loop: A, then B, then off"),
    ("[  ]", "slower, faster"),
    ("BACKSPACE", "normal speed"),
    ("9  0", "quieter, louder"),
    ("m", "mute, unmute"),
    ("#", "next audio track"),
    ("j", "next subtitles"),
    ("r", "record"),
    ("c", "screenshot as PNG"),
    ("i", "information"),
    ("p  n", "previous, next file"),
    ("f", "full screen"),
    ("ESC", "leave full screen, quit"),
    ("q", "quit"),
    ("?", "this list"),
    ("click", "on the bar: seek"),
    ("double click", "full screen"),
    ("wheel", "volume"),
)
"""Key or keys, and what they do."""
