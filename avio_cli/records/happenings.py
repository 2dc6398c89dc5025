"""What is read of a frame beside its tracks: crossings, zones, gaps."""

from collections.abc import Mapping
from typing import Any

from avio_cli.records.entry import CountEvent, Happenings, ZoneRecord
from avio_cli.records.parsing import finite, whole_number


def happenings(
    content: Mapping[str, Any],
) -> Happenings:
    """The events, the gap and the zones of a frame's JSON object.

    Raises:
        ValueError: one is not what records have.
    """
    gap = content.get("gap")
    return Happenings(
        [_event(event) for event in content.get("events") or ()],
        None if gap is None else finite(gap),
        [_zone(zone) for zone in content.get("zones") or ()],
    )


def _event(content: Mapping[str, Any]) -> CountEvent:
    keys = ("name", "kind", "direction", "id", "class")
    event: dict[str, str | int] = {
        key: whole_number(content[key]) if key == "id" else str(content[key])
        for key in keys
        if content.get(key) is not None
    }
    if not event.keys() >= {"name", "direction", "id"}:
        raise ValueError("an event has no name, no direction or no id")
    return event | {"direction": direction_of(event["direction"])}


def direction_of(value: object) -> str:
    """Which way a line or zone was crossed.

    Raises:
        ValueError: it is none.
    """
    if value not in ("in", "out"):
        raise ValueError(f"{value!r} is no direction of a crossing, which is in or out")
    return str(value)


def _zone(content: Mapping[str, Any]) -> ZoneRecord:
    ids = [whole_number(track_id) for track_id in content["ids"]]
    dwell = [finite(seconds) for seconds in content["dwell"]]
    if len(ids) != len(dwell):
        raise ValueError(f"a zone has {len(ids)} ids and {len(dwell)} times of dwell")
    return {"name": str(content["name"]), "ids": ids, "dwell": dwell}
