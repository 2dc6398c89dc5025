"""Fit the input size of a model to the aspect ratio of a video: less padding."""

import logging
from collections.abc import Callable

from avio_cli.errors import AvioError
from avio_cli.media.fitting import RESIZES
from avio_cli.models.describe import Model
from avio_cli.models.spec import ModelSpec
from avio_cli.vision.boxes import Letterbox
from avio_cli.vision.detectors.network import NetworkDetector
from avio_cli.vision.runtimes.device import Device

LOG = logging.getLogger("avio.track")


def open_at_best_size(
    model: Model,
    frame_size: tuple[int, int],
    open_one: Callable[[Model], NetworkDetector],
) -> tuple[Model, NetworkDetector]:
    """Open a model at the size that fits a video, if it supports it, else at its own.

    A square input has padding below a wide frame, and the model takes as long for
    padding as for anything else: a third of the time at 16:9.

    Args:
        model: at its own input size.
        frame_size: width and height of the video's frames.
        open_one: opens a detector; the caller closes it.

    Returns:
        The model with its input size, and the first detector.

    Raises:
        AvioError: it cannot be opened at all.
    """
    size = best_input_size(model.spec, *frame_size)
    if size != model.spec.input_size:
        fitted = model.resized(size)
        try:
            return fitted, _tried(open_one(fitted))
        except AvioError as error:  # the real one is raised again below
            LOG.debug("input size %dx%d does not work: %s", *size, error.message)
    return model, open_one(model)


def supports_resizing(runtime: str, device: Device, *, fp16: bool) -> bool:
    """Whether a model is opened at another size as quickly as at its own.

    TensorRT's engines are built for sizes: one refuses another after seconds of
    loading, and inside ONNX Runtime each takes minutes to build.
    """
    return runtime != "tensorrt" and not (fp16 and device.kind == "cuda")


def best_input_size(spec: ModelSpec, width: int, height: int) -> tuple[int, int]:
    """The smallest input size in which a frame is as large as in the model's own.

    That of a model whose answer depends on all of its input, and not only on what is
    around an object, is its own.

    Args:
        spec: the model.
        width: of the frame in pixels.
        height: of the frame in pixels.
    """
    if not (spec.form.convolutional and RESIZES[spec.resize].keeps_ratio):
        return spec.input_size
    step = max(spec.strides)
    inner = Letterbox(width, height, *spec.input_size, spec.resize).scaled_size
    across, down = (
        min(-(-side // step) * step, own)
        for side, own in zip(inner, spec.input_size, strict=True)
    )
    return across, down


def _tried(detector: NetworkDetector) -> NetworkDetector:
    """A detector that runs at its size: exports may contain the old one."""
    try:
        detector.warm_up()
    except BaseException:
        detector.close()
        raise
    return detector
