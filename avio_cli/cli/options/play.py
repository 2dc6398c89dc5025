"""Options of ``avio play``: what is played, and how it is shown."""

from enum import StrEnum
from fractions import Fraction
from typing import Annotated

import typer

from avio_cli.cli.options.common import parse_rate, parse_time
from avio_cli.errors import UsageError


class HudChoice(StrEnum):
    """Whether controls are drawn over the video."""

    AUTO = "auto"
    PINNED = "pinned"
    OFF = "off"


NoAudio = Annotated[bool, typer.Option("--no-audio", help="Play the video only.")]
NoVideo = Annotated[
    bool, typer.Option("--no-video", help="Play the audio only, without a window.")
]
VideoFilters = Annotated[
    str, typer.Option(metavar="FILTERS", help="ffmpeg filters for the video.")
]
AudioFilters = Annotated[
    str, typer.Option(metavar="FILTERS", help="ffmpeg filters for the audio.")
]
FullScreen = Annotated[bool, typer.Option("--fullscreen", help="Start in full screen.")]
WindowSize = Annotated[
    str, typer.Option(metavar="WxH", help="Size of the window, e.g. 1280x720.")
]
Speed = Annotated[
    Fraction | None,
    typer.Option(parser=parse_rate, metavar="X", help="0.25 to 4; pitch is kept."),
]
Volume = Annotated[float, typer.Option(min=0, max=130, help="Percent.")]
Loop = Annotated[bool, typer.Option("--loop", help="Restart at the end.")]


class DeinterlaceChoice(StrEnum):
    """Whether video is deinterlaced."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


DEINTERLACE = {DeinterlaceChoice.ON: True, DeinterlaceChoice.OFF: False}
"""The player's setting; it decides by the video where there is none."""
Deinterlace = Annotated[
    DeinterlaceChoice, typer.Option(help="auto: what says that it is interlaced.")
]


class ToneMapChoice(StrEnum):
    """Whether HDR is mapped to what a usual screen shows."""

    AUTO = "auto"
    OFF = "off"


ToneMap = Annotated[
    ToneMapChoice, typer.Option(help="Map HDR to the range of a usual screen.")
]
ImageDuration = Annotated[
    Fraction | None,
    typer.Option(
        parser=parse_time,
        metavar="SECONDS",
        help="How long an image is shown: 5 s in a list; a single one stays.",
        show_default=False,
    ),
]
Mute = Annotated[
    bool, typer.Option("--mute", help="Start without audio; m turns it on.")
]
Hud = Annotated[
    HudChoice, typer.Option(help="Controls over the video; auto: with the mouse.")
]
HudClass = Annotated[str, typer.Option(metavar="FILE.py:NAME", help="A custom HUD.")]


def refuse_without_video(context: typer.Context) -> None:
    """Fail where an option of the video was given beside ``--no-video``.

    Raises:
        UsageError: one was: it would be ignored.
    """
    for name in _OF_VIDEO:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"--no-video would ignore {option}")


_OF_VIDEO = (
    "vf fullscreen size deinterlace tone_map image_duration hwaccel hud hud_class "
    "callback tracks model trt serve"
).split()
