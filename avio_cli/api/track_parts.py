"""Parts of the keywords of `track`: the tracker, and lines and zones."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from avio_cli.api.options import span, whole_number
from avio_cli.errors import UsageError
from avio_cli.jobs.track.trackers.options import TrackerOptions, with_camera_motion
from avio_cli.vision.counting.zones import LineOrZone, parse_line, parse_zone
from avio_cli.vision.results.settings import ResultSettings

Shapes = Mapping[str, Sequence[float] | str]
"""Coordinates, or a text with a rule, by name."""


def chosen_tracker(
    name: str,
    options: Mapping[str, Any],
    camera_motion: str,
    *,
    refine: str,
    lag: Any,
    reid: Any,
    reid_gap: Any,
    results: Mapping[str, Any],
) -> TrackerOptions:
    """The tracker; its options become texts.

    Args:
        name: of the tracker.
        options: of the tracker.
        camera_motion: by what it follows the camera.
        refine: how the whole source is refined; empty: it is not.
        lag: in frames.
        reid: a model of appearance; None: none.
        reid_gap: in seconds.
        results: fields of `ResultSettings`.

    Raises:
        UsageError: a value is wrong, or two do not go together.
    """
    texts = {key: str(value) for key, value in options.items()}
    length = whole_number("min_length", results["min_length"], least=0)
    return TrackerOptions(
        name=name,
        options=with_camera_motion(texts, camera_motion),
        refine=refine,
        lag=whole_number("lag", lag, least=0),
        reid="" if reid is None else str(reid),
        reid_gap=span("reid_gap", reid_gap),
        results=ResultSettings(**{**results, "min_length": length}),
    )


def lines_and_zones(lines: Shapes, zones: Shapes) -> tuple[LineOrZone, ...]:
    """Lines and zones by their names.

    Args:
        lines: x1 y1 x2 y2 each.
        zones: corners.

    Raises:
        UsageError: one is not such.
    """
    drawn = map(parse_line, _texts("lines", lines))
    return (*drawn, *map(parse_zone, _texts("zones", zones)))


def _texts(argument: str, shapes: Shapes) -> Iterable[str]:
    if not isinstance(shapes, Mapping):
        raise UsageError(
            f"{argument} must be a mapping of names, not {shapes!r}",
            hint=f'such as {argument}={{"gate": (100, 0, 100, 400)}}',
        )
    for name, numbers in shapes.items():
        if not isinstance(numbers, Iterable):
            raise UsageError(
                f"{argument}[{name!r}] must be coordinates, not {numbers!r}",
                hint="x1, y1, x2, y2 …, in pixels",
            )
        given = numbers if isinstance(numbers, str) else ",".join(map(str, numbers))
        yield f"{name}={given}"
