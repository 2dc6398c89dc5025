"""What the verbs for subtitles do."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from avio_cli.player.controls import Controls
from avio_cli.player.state import Verb
from avio_cli.player.subtitles.subtitles import Adjustment, Subtitles

SMALLEST, LARGEST = 0.25, 4.0
FURTHEST = 1.0
"""Heights of the video that subtitles can be moved up or down."""


def subtitle_commands(player: Controls) -> dict[Verb, Callable[[float], None]]:
    """The verbs, and what each does; the commands call `Controls.notice`."""

    def said(command: Callable[[Subtitles, float], str]) -> Callable[[float], None]:
        return lambda value: player.notice(command(player.subtitles, value))

    return {
        Verb.SUBTITLES: said(lambda subtitles, _: subtitles.select_next()),
        Verb.SUBTITLES_VISIBLE: said(_toggle),
        Verb.SUBTITLE_DELAY_BY: said(_delay),
        Verb.SUBTITLE_SIZE_BY: said(_size),
        Verb.SUBTITLE_POSITION_BY: said(_position),
    }


def _toggle(subtitles: Subtitles, _: float) -> str:
    if subtitles.current is None:
        return "No subtitles are selected: j selects them"
    visible = not subtitles.adjustment.visible
    subtitles.adjust(lambda old: replace(old, visible=visible))
    return "Subtitles shown" if visible else "Subtitles hidden"


def _delay(subtitles: Subtitles, seconds: float) -> str:
    def later(old: Adjustment) -> Adjustment:
        return replace(old, delay=old.delay + Fraction(round(seconds * 1000), 1000))

    subtitles.adjust(later)
    return f"Subtitle delay {float(subtitles.adjustment.delay):+.1f} s"


def _size(subtitles: Subtitles, factor: float) -> str:
    def larger(old: Adjustment) -> Adjustment:
        wanted = min(max(old.factor * factor, SMALLEST), LARGEST)
        normal = abs(wanted - 1) < 0.02  # up and down again is exactly normal
        return replace(old, factor=1.0 if normal else wanted)

    subtitles.adjust(larger)
    return f"Subtitle size {100 * subtitles.adjustment.factor:.0f} %"


def _position(subtitles: Subtitles, percent: float) -> str:
    def lower(old: Adjustment) -> Adjustment:
        wanted = round(old.offset + percent / 100, 4)
        return replace(old, offset=min(max(wanted, -FURTHEST), FURTHEST))

    subtitles.adjust(lower)
    offset = 100 * subtitles.adjustment.offset
    where = "lower" if offset > 0 else "higher"
    return f"Subtitles {abs(offset):.0f} % {where}" if offset else "Subtitles in place"
