"""How ``avio play`` tracks while it plays: its options are those of ``avio track``."""

from typing import TYPE_CHECKING

import typer

from avio_cli.cli.options import detection, track_results
from avio_cli.errors import UsageError

if TYPE_CHECKING:
    from avio_cli.player.job import Tracking

_OF_TRACKING = frozenset(
    "runtime device fp16 input_size workers classes conf nms stride tracker "
    "tracker_option camera_motion lag reid reid_gap".split()
) | frozenset(track_results.NAMES)
"""Parameters that mean nothing without a model."""


def tracking_choice(context: typer.Context) -> "Tracking | None":
    """Parse the options; None where nothing is tracked.

    Raises:
        UsageError: options contradict each other, or one would be ignored.
    """
    given = context.params
    if not (given["model"] or given["trt"]):
        hint = "name one, for example --model auto"
        typed = dict(detection.given_options(context))
        detection.refuse(typed, _OF_TRACKING, "it needs a --model", hint)
        if given["tracks"] is None:
            hint = "--model auto detects them, --tracks FILE has recorded ones"
            detection.refuse(typed, {"draw"}, "there are no tracks to draw", hint)
        return None
    if given["tracks"] is not None:
        raise UsageError(
            "--tracks draws recorded tracks: not together with --model or --trt"
        )
    from avio_cli.player.job import Tracking

    detector = detection.detector_choice(
        given["model"] or "auto",
        trt=given["trt"],
        runtime=given["runtime"],
        device=given["device"],
        fp16=given["fp16"],
        input_size=given["input_size"],
        workers=given["workers"],
        classes=given["classes"],
        conf=given["conf"],
        nms=given["nms"],
        network=not given["safe"],
    )
    tracker = detection.tracker_choice(
        given["tracker"],
        given["tracker_option"],
        given["camera_motion"],
        lag=given["lag"],
        reid=given["reid"],
        reid_gap=given["reid_gap"],
        results=track_results.results_choice(
            given["class_vote"], given["min_length"], given["compact_ids"]
        ),
    )
    return Tracking(detector=detector, tracker=tracker, stride=given["stride"])
