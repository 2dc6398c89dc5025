"""Options of detection and tracking, shared by track and play."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli.options import parse_size
from avio_cli.errors import UsageError

if TYPE_CHECKING:
    from avio_cli.jobs.track.job import DetectorOptions, TrackerOptions


CONFIDENCE, NMS_IOU = 0.1, 0.5
"""Defaults of `--conf` and `--nms`."""
DRAW_PARTS = "boxes,labels,trails"

Model = Annotated[
    str, typer.Option(help="A name (avio models), a path, auto or motion.")
]
Runtime = Annotated[str, typer.Option(help="auto, onnx, openvino, torch or tensorrt.")]
Trt = Annotated[
    str, typer.Option(metavar="PATH|auto", help="TensorRT engine, torch2trt .pth.")
]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda[:N].")]
Fp16 = Annotated[bool, typer.Option("--fp16", help="Half precision.")]
InputSize = Annotated[
    str,
    typer.Option(
        metavar="WxH",
        help="Input size of the model, e.g. 768x576; by default its own, reduced to "
        "the aspect ratio of the video.",
    ),
]
Workers = Annotated[
    int, typer.Option(min=0, max=256, help="Parallel sessions; 0: one per core.")
]
Classes = Annotated[
    str, typer.Option(metavar="NAMES", help="Keep only these: person,car.")
]
Confidence = Annotated[
    float, typer.Option(min=0, max=1, help="Lowest score of a detection.")
]
Overlap = Annotated[
    float, typer.Option(min=0, max=1, help="Overlap that suppresses a box.")
]
Tracker = Annotated[str, typer.Option(help="bytetrack or bytetrack-reference.")]
TrackerOption = Annotated[
    list[str] | None, typer.Option(metavar="KEY=VALUE", help="May be repeated.")
]
Stride = Annotated[int, typer.Option(min=1, max=1000, help="Detect every Nth frame.")]
Draw = Annotated[str, typer.Option(metavar="PARTS", help=f"Any of {DRAW_PARTS}.")]
_GENERAL = {"force", "progress", "quiet", "verbose"}
_WITHOUT_VIDEO = _GENERAL | {
    *("detections", "records", "records_format", "tracker", "tracker_option")
}
_OF_MODELS = {
    *("model", "trt", "runtime", "device", "fp16", "input_size", "workers"),
    *("classes", "conf", "nms"),
}
_RESULTS = {
    *("output", "records", "records_format", "save_detections", "preset", "draw"),
    *("no_draw", "line", "zone", "callback", "callback_arg", "display", "resume"),
}


def detector_choice(
    model: str,
    *,
    trt: str,
    runtime: str,
    device: str,
    fp16: bool,
    input_size: str,
    workers: int,
    classes: str,
    conf: float,
    nms: float,
    detections: Path | None = None,
) -> "DetectorOptions":
    """Parse the options of detection.

    Raises:
        UsageError: the input size is not a size.
    """
    from avio_cli.jobs.track.job import DetectorOptions

    return DetectorOptions(
        model=model,
        detections=detections,
        trt=trt,
        runtime=runtime,
        device=device,
        fp16=fp16,
        input_size=parse_size("--input-size", input_size),
        workers=workers,
        classes=split_names(classes),
        confidence=conf,
        iou_threshold=nms,
    )


def tracker_choice(name: str, texts: list[str] | None) -> "TrackerOptions":
    """Parse the options of tracking; of an option given twice the last value counts.

    Raises:
        UsageError: an option is not key=value.
    """
    from avio_cli.jobs.track.job import TrackerOptions

    for text in texts or []:
        if "=" not in text:
            raise UsageError(f"--tracker-option {text!r} is not key=value")
    options = dict(text.partition("=")[::2] for text in texts or [])
    return TrackerOptions(name=name, options=options)


def split_names(text: str) -> tuple[str, ...]:
    """Parse ``person,car``."""
    return tuple(part.strip() for part in text.split(",") if part)


def check_track_options(context: typer.Context) -> None:
    """Refuse options that would be ignored.

    Raises:
        UsageError: one would; the message names it and the reason.
    """
    given = dict(_given(context))
    if "source" not in given:
        names = given.keys() - _WITHOUT_VIDEO - {"output"}  # that has its own message
        _refuse(given, names, "without an INPUT only --detections are tracked")
    if "detections" in given:
        _refuse(given, _OF_MODELS, "--detections take the place of a model")
    if "bench" in given:
        _refuse(given, _RESULTS, "--bench only measures")
    if "no_draw" in given:
        _refuse(given, {"draw"}, "--no-draw draws nothing")
    if "records" not in given:
        _refuse(given, {"records_format"}, "it needs --records")


def _given(context: typer.Context) -> Iterator[tuple[str, str]]:
    """Names of the parameters on the command line, and how they are typed."""
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if source is not None and source.name == "COMMANDLINE":
            yield parameter.name or "", parameter.opts[0]


def _refuse(given: dict[str, str], names: Collection[str], reason: str) -> None:
    if typed := [option for name, option in given.items() if name in names]:
        raise UsageError(f"{', '.join(typed)} would be ignored: {reason}")
