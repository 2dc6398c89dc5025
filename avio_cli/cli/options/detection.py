"""Options of detection and tracking, shared by track and play."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli.options import track_results
from avio_cli.cli.options.common import parse_size
from avio_cli.cli.usage import completion
from avio_cli.errors import UsageError
from avio_cli.vision.annotators.parts import DRAWABLE, DRAWN

if TYPE_CHECKING:
    from avio_cli.jobs.track.job_parts import DetectorOptions
    from avio_cli.jobs.track.trackers.options import TrackerOptions
    from avio_cli.vision.results.settings import ResultSettings


CONFIDENCE, NMS_IOU = 0.1, 0.5
"""Defaults of `--conf` and `--nms`."""
DRAW_PARTS = ",".join(DRAWN)

Model = Annotated[
    str,
    typer.Option(
        metavar="MODEL",
        help="A name (avio models), a path, hf:OWNER/REPO/FILE, auto or motion.",
        autocompletion=completion.models,
    ),
]
Runtime = Annotated[
    str,
    typer.Option(
        metavar="RUNTIME",
        help="auto, onnx, openvino, torch or tensorrt.",
        autocompletion=completion.runtimes,
    ),
]
Trt = Annotated[
    str, typer.Option(metavar="PATH|auto", help="TensorRT engine, torch2trt .pth.")
]
Device = Annotated[
    str,
    typer.Option(
        metavar="DEVICE",
        help="auto, cpu or cuda[:N].",
        autocompletion=completion.devices,
    ),
]
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
    str,
    typer.Option(
        metavar="NAMES", help="Keep only these: person,car; of --detections: 0,2."
    ),
]
Confidence = Annotated[
    float, typer.Option(min=0, max=1, help="Lowest score of a detection.")
]
Overlap = Annotated[
    float, typer.Option(min=0, max=1, help="Overlap that suppresses a box.")
]
Tracker = Annotated[
    str,
    typer.Option(
        metavar="TRACKER",
        help="bytetrack, steadytrack or bytetrack-reference.",
        autocompletion=completion.trackers,
    ),
]
TrackerOption = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY=VALUE", help="track_thresh=0.5; may be repeated."),
]
Refine = Annotated[
    str,
    typer.Option(
        metavar="fast|best",
        help="Read the file twice, for better tracks: a consensus of 8 or 16 runs.",
    ),
]
CameraMotion = Annotated[
    str,
    typer.Option(
        metavar="HOW",
        help="boxes, image or off: by what predictions follow the camera; auto: "
        "boxes for steadytrack, else off.",
    ),
]
Lag = Annotated[
    int,
    typer.Option(
        min=0,
        max=300,
        help="Tracks so many frames late, smoothed and without short gaps: 2, 5, 15.",
    ),
]
Reid = Annotated[
    str,
    typer.Option(
        metavar="MODEL",
        help="An ONNX model of appearance: it decides where boxes leave a doubt.",
    ),
]
ReidGap = Annotated[
    float,
    typer.Option(
        metavar="SECONDS",
        min=0,
        max=3600,
        help="Find tracks again by appearance that were left for so long.",
    ),
]
Stride = Annotated[int, typer.Option(min=1, max=1000, help="Detect every Nth frame.")]
Draw = Annotated[
    str, typer.Option(metavar="PARTS", help=f"Any of {','.join(DRAWABLE)}.")
]
_GENERAL = {"force", "progress", "quiet", "verbose"}
_WITHOUT_VIDEO = _GENERAL | {
    *("detections", "records", "records_format", "tracker", "tracker_option"),
    *("classes", "conf", "line", "zone", "stride", "stats"),
    *("refine", "lag", "camera_motion", "reid", "reid_gap"),
    *track_results.NAMES,
}
_OF_MODELS = {
    *("model", "trt", "runtime", "device", "fp16", "input_size", "workers", "nms")
}
# The model has a message of its own.
_OF_NETWORKS = (_OF_MODELS | {"conf"}) - {"model"}
_RESULTS = {
    *("output", "records", "records_format", "save_detections", "preset", "draw"),
    *("overlay", "report"),
    *("no_draw", "line", "zone", "callback", "callback_arg", "display", "resume"),
    *("refine", "lag", "reid", "reid_gap", "segment", "keep", "clock_aligned"),
    *("metrics", "on_event", "serve", "crops", "shards", "ray"),
    *track_results.NAMES,
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
    network: bool = True,
) -> "DetectorOptions":
    """Parse the options of detection.

    Raises:
        UsageError: the input size is not a size.
    """
    from avio_cli.jobs.track.job_parts import DetectorOptions

    return DetectorOptions(
        model=model,
        detections=detections,
        trt=trt,
        runtime=runtime,
        device=device,
        fp16=fp16,
        input_size=parse_size("--input-size", input_size),
        workers=workers,
        classes=split_names("--classes", classes),
        confidence=conf,
        iou_threshold=nms,
        network=network,
    )


def tracker_choice(
    name: str,
    texts: list[str] | None,
    camera_motion: str = "auto",
    refine: str = "",
    lag: int = 0,
    reid: str = "",
    reid_gap: float = 0.0,
    results: "ResultSettings | None" = None,
) -> "TrackerOptions":
    """Parse the options of tracking; of an option given twice the last value counts.

    Raises:
        UsageError: an option is not key=value.
    """
    from avio_cli.jobs.track.trackers.options import TrackerOptions, with_camera_motion
    from avio_cli.vision.results.settings import ResultSettings

    for text in texts or []:
        if "=" not in text:
            raise UsageError(f"--tracker-option {text!r} is not key=value")
    options = dict(text.partition("=")[::2] for text in texts or [])
    options = with_camera_motion(options, camera_motion)
    return TrackerOptions(
        name=name,
        options=options,
        refine=refine,
        lag=lag,
        reid=reid,
        reid_gap=reid_gap,
        results=results or ResultSettings(),
    )


def split_names(option: str, text: str) -> tuple[str, ...]:
    """Parse ``person,car``; an empty text names nothing.

    Raises:
        UsageError: a text that is not empty does not, either.
    """
    named = tuple(part.strip() for part in text.split(",") if part.strip())
    if text and not named:
        raise UsageError(f"{option} {text!r} names nothing", hint="omit it")
    return named


def check_track_options(context: typer.Context) -> None:
    """Refuse options that would be ignored.

    Raises:
        UsageError: one would; the message names it and the reason.
    """
    given = dict(given_options(context))
    if not context.params.get("source"):
        _refuse_without_video(given)
        names = given.keys() - _WITHOUT_VIDEO
        hint = "name the video too: avio track VIDEO --detections FILE"
        refuse(given, names, "without an INPUT only --detections are tracked", hint)
    # The model of appearance runs on the device, too.
    used = {"device"} if context.params.get("reid") else set()
    if "detections" in given:
        reason = "--detections take the place of a model"
        hint = "--classes and --conf choose among them"
        refuse(given, _OF_MODELS - used, reason, hint)
    if "detections" not in given and context.params.get("model") == "motion":
        refuse(given, _OF_NETWORKS - used, "--model motion is no network")
    if "bench" in given:
        refuse(given, _RESULTS, "--bench only measures")
    if "no_draw" in given:
        refuse(given, {"draw"}, "--no-draw draws nothing")
    if "records" not in given:
        refuse(given, {"records_format"}, "it needs --records")


def _refuse_without_video(given: Collection[str]) -> None:
    if "source" in given:
        hint = "name an INPUT; with --detections it may be omitted"
        raise UsageError("no such file: ''", hint=hint)
    if "output" in given:
        raise UsageError("an annotated video (--output) needs an INPUT")
    if "resume" in given:
        raise UsageError("--resume needs an INPUT", hint="-y starts again")
    if "detections" not in given:
        raise UsageError("name an INPUT, or --detections", hint="see avio track --help")


def given_options(context: typer.Context) -> Iterator[tuple[str, str]]:
    """Names of the parameters on the command line, and how they are typed."""
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if source is not None and source.name == "COMMANDLINE":
            yield parameter.name or "", parameter.opts[0]


def least_score(context: typer.Context, conf: float) -> float:
    """``--conf``; by default it leaves a file of detections as it is."""
    given = dict(given_options(context))
    return 0.0 if "detections" in given and "conf" not in given else conf


def refuse(
    given: dict[str, str], names: Collection[str], reason: str, hint: str = ""
) -> None:
    """Raise a `UsageError` where one of the options would be ignored."""
    if typed := [option for name, option in given.items() if name in names]:
        raise UsageError(f"{', '.join(typed)} would be ignored: {reason}", hint=hint)
