"""What a user can ask of a run over a live source: the same for all commands."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from avio_cli.errors import UsageError, did_you_mean

Latency = Literal["complete", "newest"]
LONGEST = 100 * 365 * 86400
"""Seconds of the longest time that a user can ask for: a century."""
LATENCIES: tuple[Latency, ...] = ("complete", "newest")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOptions:
    """How a live source is read, and what is done with its results while it runs.

    Raises:
        UsageError: they contradict each other.
    """

    timeout: Fraction | None = None
    """Seconds without the source after which a run ends; None: it goes on for ever
    after the first success."""
    latency: Latency = "complete"
    """``complete``: every frame is used; ``newest``: those that wait are dropped when a
    newer one is there."""
    segment: Fraction | None = None
    """Seconds of each part of a result; None: one file."""
    keep: Fraction | None = None
    """Seconds after which finished parts are deleted; None: never."""
    clock_aligned: bool = False
    """Whether parts begin at multiples of `segment` of the wall clock."""
    metrics: str = ""
    """``[HOST:]PORT`` where metrics are served; empty: nowhere."""
    on_event: tuple[str, ...] = ()
    """URLs and commands that get each event."""

    def __post_init__(self) -> None:
        times = {
            "--timeout": self.timeout,
            "--segment": self.segment,
            "--keep": self.keep,
        }
        for name, value in times.items():
            if value is not None and value <= 0:
                raise UsageError(f"{name} must be above 0, not {float(value):g} s")
            if value is not None and value > LONGEST:
                raise UsageError(
                    f"{name} must be at most {LONGEST // 86400} days",
                    hint="omit it: without it there is no limit",
                )
        if self.segment is not None and self.segment < 1:
            raise UsageError(
                f"--segment must be at least 1 s, not {float(self.segment):g} s",
                hint="each part has an encoder of its own",
            )
        if self.segment is None and (self.keep or self.clock_aligned):
            option = "--keep" if self.keep else "--clock-aligned"
            raise UsageError(f"{option} would be ignored: it needs --segment")

    def given(self, *, only_live: bool = False) -> Iterator[str]:
        """What the user set, by the names that the command line has for it.

        Args:
            only_live: whether to leave out what a file can have, too.
        """
        values: dict[str, object] = {
            "--timeout": self.timeout,
            "--latency": self.latency != "complete",
            "--segment": self.segment,
            "--keep": self.keep,
            "--clock-aligned": self.clock_aligned,
        }
        if not only_live:
            values |= {"--metrics": self.metrics, "--on-event": self.on_event}
        yield from (name for name, value in values.items() if value)


def parse_latency(text: str) -> Latency:
    """Parse ``complete`` or ``newest``.

    Raises:
        UsageError: it is neither.
    """
    if text not in LATENCIES:
        raise UsageError(
            f"--latency cannot be {text!r}",
            hint=did_you_mean(text, LATENCIES, count=1, list_all=True),
        )
    return "newest" if text == "newest" else "complete"
