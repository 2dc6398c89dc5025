"""Options of runs over live sources, shared by track and transcode."""

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from avio_cli.cli.options.common import parse_duration
from avio_cli.errors import UsageError

if TYPE_CHECKING:
    from avio_cli.decode.live.options import LiveOptions
    from avio_cli.ffmpeg.url import MediaUrl


Timeout = Annotated[
    Fraction | None,
    typer.Option(
        parser=parse_duration,
        metavar="DURATION",
        help="Live: end after so long without the source; by default never.",
    ),
]
Latency = Annotated[
    str,
    typer.Option(
        metavar="HOW",
        help="Live: complete uses every frame, newest drops those that wait.",
    ),
]
PlayLatency = Annotated[
    str,
    typer.Option(
        metavar="HOW",
        help="Live: newest (as by default) skips what is late, complete shows all.",
    ),
]
Segment = Annotated[
    Fraction | None,
    typer.Option(
        parser=parse_duration,
        metavar="DURATION",
        help="Live: write parts of this length, such as 10m.",
    ),
]
Keep = Annotated[
    Fraction | None,
    typer.Option(
        parser=parse_duration,
        metavar="DURATION",
        help="Live: delete parts that are older, such as 7d.",
    ),
]
ClockAligned = Annotated[
    bool,
    typer.Option(
        "--clock-aligned",
        help="Live: parts begin at multiples of --segment of the clock.",
    ),
]
Metrics = Annotated[
    str,
    typer.Option(metavar="[HOST:]PORT", help="Serve metrics for Prometheus."),
]
OnEvent = Annotated[
    list[str] | None,
    typer.Option(
        metavar="URL|COMMAND",
        help="Send each event of a track as JSON; files, too. May be repeated.",
    ),
]
Serve = Annotated[
    str,
    typer.Option(
        metavar="[HOST:]PORT",
        help="Serve a page with the newest frame, counts and events.",
    ),
]
Duration = Annotated[
    Fraction | None,
    typer.Option(
        parser=parse_duration,
        metavar="DURATION",
        help="Stop so long after the start: 90, 10m, 12h, 7d.",
    ),
]


def live_choice(
    *,
    timeout: Fraction | None = None,
    latency: str = "complete",
    segment: Fraction | None = None,
    keep: Fraction | None = None,
    clock_aligned: bool = False,
    metrics: str = "",
    on_event: list[str] | None = None,
) -> "LiveOptions":
    """Make one value of the options.

    Raises:
        UsageError: they contradict each other, or one is not valid.
    """
    from avio_cli.decode.live.options import LiveOptions, parse_latency

    return LiveOptions(
        timeout=timeout,
        latency=parse_latency(latency),
        segment=segment,
        keep=keep,
        clock_aligned=clock_aligned,
        metrics=metrics,
        on_event=tuple(on_event or ()),
    )


def end_of(
    start: Fraction | None, end: Fraction | None, duration: Fraction | None
) -> Fraction | None:
    """When a run ends, of ``--end`` and ``--duration``; None: with its source.

    Raises:
        UsageError: both are given, or the duration is 0.
    """
    if duration is None:
        return end
    if end is not None:
        raise UsageError("--duration and --end both say when to stop: omit one")
    if not duration:
        raise UsageError("--duration must be above 0")
    return (start or Fraction(0)) + duration


def latency_of_play(
    latency: str, timeout: Fraction | None, urls: "Sequence[MediaUrl]"
) -> Literal["complete", "newest"] | None:
    """Check the options of a player for live sources; None: as the source needs it.

    Raises:
        UsageError: they would be ignored, or are not valid.
    """
    from avio_cli.decode.live.options import parse_latency

    given = latency or timeout is not None
    if given and all(url.kind in ("file", "images") for url in urls):
        name = "--latency" if latency else "--timeout"
        raise UsageError(f"{name} would be ignored: there is only a file to play")
    if timeout is not None and timeout <= 0:
        raise UsageError(f"--timeout must be above 0, not {float(timeout):g} s")
    return parse_latency(latency) if latency else None
