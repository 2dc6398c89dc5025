"""The model of appearance of a run: found, opened, and given the frames' colours."""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from avio_cli.decode.yuv_to_bgr import YuvToBgr
from avio_cli.errors import InputError
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.job_parts import DetectorOptions
from avio_cli.jobs.track.kept_detections import KeptDetections
from avio_cli.jobs.track.resuming.fingerprint import model_digest
from avio_cli.media.color import is_full_range, yuv_matrix
from avio_cli.media.info import VideoStream
from avio_cli.models.appearance.catalog import refuse_unpublished
from avio_cli.models.appearance.spec import AppearanceSpec, describe_appearance
from avio_cli.models.hub_files import is_hub_name
from avio_cli.models.model_files import model_extension
from avio_cli.models.names import shown
from avio_cli.models.store import ModelStore
from avio_cli.progress import DownloadProgress
from avio_cli.vision.boxes import are_proper
from avio_cli.vision.refine.looks import EmbeddingsAt
from avio_cli.vision.reid.embedder import Embedder, Embeddings
from avio_cli.vision.runtimes.registry import choose_device, open_runtime

_FORMAT = ".onnx"


@dataclass(frozen=True, slots=True)
class OpenedModel:
    """A model of appearance, opened for one video; or none."""

    embedder: Embedder | None = None
    fingerprint: str = ""
    """What determines its embeddings: a run can be resumed only with the same."""

    @property
    def length(self) -> int:
        """How many numbers an embedding has; 0 without a model."""
        return 0 if self.embedder is None else self.embedder.length


def open_appearance(
    job: TrackJob, video: VideoStream, on_download: DownloadProgress, stack: ExitStack
) -> OpenedModel:
    """Open the model of appearance of a run, if it has one; the stack closes it.

    Raises:
        AvioError: it cannot be found, downloaded or run, or is no such model.
    """
    name, detector = job.tracker.reid, job.fitting_detector
    return open_model(name, detector, video, on_download, stack)


def open_model(
    name: str,
    detector: DetectorOptions,
    video: VideoStream,
    on_download: DownloadProgress,
    stack: ExitStack,
) -> OpenedModel:
    """Open a model of appearance, or none.

    Args:
        name: of the model; empty for none.
        detector: it runs on the same device, and may open the network or not, as well.
        video: the stream.
        on_download: receives the progress of a download.
        stack: closes it.

    Raises:
        AvioError: it cannot be found, downloaded or run, or is no such model.
    """
    if not name:
        return OpenedModel()
    path, spec = find_appearance(
        name, network=detector.network, on_download=on_download
    )
    device = choose_device(detector.device, "auto", _FORMAT)
    runtime = open_runtime(path, spec.input_size, device=device)
    to_bgr = YuvToBgr(yuv_matrix(video), full_range=is_full_range(video))
    stack.callback(runtime.close)
    embedder = Embedder(runtime, spec, to_bgr)
    return OpenedModel(embedder, appearance_fingerprint(path, spec))


def find_appearance(
    name: str, *, network: bool, on_download: DownloadProgress
) -> tuple[Path, AppearanceSpec]:
    """Find or download a model of appearance, and say how it is fed.

    Raises:
        AvioError: it cannot be found or downloaded, or is no such model.
    """
    store = ModelStore.from_environment(network=network)
    known = store.find(name, (_FORMAT,))
    if known is None:
        refuse_unpublished(name)
    if known is None and not is_hub_name(name):
        raise InputError(
            f"{shown(name)}: there is no such model of appearance",
            hint="--reid takes an ONNX file, the name of one in AVIO_MODEL_PATH, or "
            "hf:OWNER/REPO/FILE",
        )
    path = known or store.path(name, (_FORMAT,), progress=on_download)
    if model_extension(path) != _FORMAT:
        raise InputError(f"{path}: --reid takes models in ONNX", hint="export it")
    spec = describe_appearance(path)
    return path, spec


def appearance_fingerprint(path: Path, spec: AppearanceSpec) -> str:
    """What determines the embeddings of a model."""
    fed = f"{spec.color} {spec.scale} {spec.mean} {spec.std} {spec.input_size}"
    return f"{spec.name} ({model_digest(path)}, {fed})"


def stored_looks(kept: KeptDetections) -> EmbeddingsAt | None:
    """What was seen in the first pass of a refined run; None where nothing was."""
    if not kept.length:
        return None

    def at(index: int) -> Embeddings:
        frame = kept.at(index)
        return frame.embeddings[are_proper(frame.detections.boxes)]

    return at
