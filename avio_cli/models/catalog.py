"""The models that avio knows by name: URLs of their weights, and preprocessing.

Addresses and preprocessing are those of the projects that trained them:
YOLOX (https://github.com/Megvii-BaseDetection/YOLOX, release 0.1.1rc0) and ByteTrack
(https://github.com/FoundationVision/ByteTrack).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from avio_cli.models.classes import COCO_CLASSES, class_names
from avio_cli.models.digests import digest_of_readable
from avio_cli.models.model_files import model_extension, stem_of
from avio_cli.models.spec import ModelSpec

_MEGVII = "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0"
_DRIVE = "https://drive.usercontent.google.com/download?export=download&confirm=t&id="
_SOURCEFORGE = "https://sourceforge.net/projects/avio/files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One published file."""

    filename: str
    addresses: tuple[str, ...]
    """Where it can be downloaded, in the order of attempts."""
    size: int | None = None
    """Bytes, where known."""
    sha256: str = ""
    """Digest in hexadecimal digits; empty where none is known."""
    exports: tuple[str, ...] = ()
    """Digests of other exports of the same weights."""

    @property
    def extension(self) -> str:
        """Its format: a member of `avio_cli.models.model_files.MODEL_EXTENSIONS`."""
        return model_extension(PurePosixPath(self.filename))


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntry:
    """A model known by name, and its files in the formats there are."""

    spec: ModelSpec
    weights: tuple[Weights, ...]
    summary: str
    """One line for lists: what it was trained on, how good it is."""

    @property
    def name(self) -> str:
        """Name on the command line."""
        return self.spec.name

    def weights_for(self, formats: tuple[str, ...]) -> Weights | None:
        """The published file in the first format that exists."""
        found = {weights.extension: weights for weights in self.weights}
        return next((found[name] for name in formats if name in found), None)

    def is_known(self, path: Path) -> bool:
        """Whether a file is one that was published, or an export of it.

        Of weights without a published digest a file of their very name counts.

        Raises:
            InputError: it cannot be read.
        """
        weights = self.weights_for((model_extension(path),))
        if weights is None or not weights.sha256:
            return weights is not None and path.name == weights.filename
        return digest_of_readable(path) in (weights.sha256, *weights.exports)

    def filenames(self, formats: tuple[str, ...]) -> tuple[str, ...]:
        """Names that its file may have in a folder, in order of preference."""
        published = {weights.extension: weights.filename for weights in self.weights}
        names: list[str] = []
        for extension in formats:
            stems = (self.name.replace("-", "_"), self.name)
            names += [stem + extension for stem in stems]
            names += [published[extension]] if extension in published else []
        return tuple(dict.fromkeys(names))


def entry_of_file(
    filename: str, catalog: Mapping[str, CatalogEntry]
) -> CatalogEntry | None:
    """The model whose weights a file contains, by its name alone."""
    stem = stem_of(PurePosixPath(filename)).lower().replace("-", "_")
    for entry in catalog.values():
        published = (stem_of(PurePosixPath(w.filename)) for w in entry.weights)
        if stem in (entry.name.replace("-", "_"), *published):
            return entry
    return None


def canonical_name(name: str) -> str:
    """A model's name as the catalogue has it: ``YOLOX_nano`` is ``yolox-nano``."""
    return name.lower().replace("_", "-")


_EXPORTS = {
    "nano": ("e8af074932d4ed7e232278e3055cefcdea3edf178874a3694ae292649fb464dd",)
}
"""By size, sha256 of ONNX files that avio was measured with besides the release's."""


def _yolox(
    size: str, side: int, precision: float, onnx: tuple[int, str], checkpoint: str
) -> CatalogEntry:
    spec = ModelSpec(
        name=f"yolox-{size}",
        input_size=(side, side),
        classes=COCO_CLASSES,
        licence="Apache-2.0",
    )
    stem = f"yolox_{size}"
    return CatalogEntry(
        spec=spec,
        weights=(
            Weights(
                filename=f"{stem}.onnx",
                addresses=(f"{_MEGVII}/{stem}.onnx",),
                size=onnx[0],
                sha256=onnx[1],
                exports=_EXPORTS.get(size, ()),
            ),
            Weights(
                filename=f"{stem}.pth",
                addresses=(f"{_MEGVII}/{stem}.pth",),
                sha256=checkpoint,
            ),
        ),
        summary=f"80 classes of COCO, mAP {precision} at {side}x{side}",
    )


def _bytetrack(
    size: str, input_size: tuple[int, int], drive: str, *mirrors: str
) -> CatalogEntry:
    spec = ModelSpec(
        name=f"bytetrack-{size}",
        input_size=input_size,
        classes=("person",),
        color="rgb",
        scale=1 / 255,
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
        licence="MIT",
    )
    weights = Weights(
        filename=f"bytetrack_{size}_mot17.pth.tar",
        addresses=(*mirrors, _DRIVE + drive),
    )
    width, height = input_size
    return CatalogEntry(
        spec=spec,
        weights=(weights,),
        summary=f"persons; MOT17, CrowdHuman, CityPersons, ETHZ at {width}x{height}",
    )


# Sizes and digests of the release's files, as several projects that pin them agree.
_YOLOX = (
    _yolox(
        "nano",
        416,
        25.8,
        (3659407, "c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d"),
        "cd28f55fbbc1829f99d9ac9b38a16d259a22889739c8728ea877610201feff7b",
    ),
    _yolox(
        "tiny",
        416,
        32.8,
        (20219662, "427cc366d34e27ff7a03e2899b5e3671425c262ea2291f88bb942bc1cc70b0f7"),
        "9de513de589ac98bb92d3bca53b5af7b9acfa9b0bacb831f7999d0f7afaee8f0",
    ),
    _yolox(
        "s",
        640,
        40.5,
        (35858002, "c5c2d13e59ae883e6af3b45daea64af4833a4951c92d116ec270d9ddbe998063"),
        "f55ded7181e1b0c13285c56e7790b8f0e8f8db590fe4edb37f0b7f345c913a30",
    ),
    _yolox(
        "m",
        640,
        46.9,
        (101259744, "21ff6cfdeb53b013bac2249599e55f00bff3cfdfdab37ed7a4620818c1d15b3f"),
        "60076992b32da82951c90cfa7bd6ab70eba9eda243e08b940a396f60ac2d19b6",
    ),
    _yolox(
        "l",
        640,
        49.7,
        (216746733, "7860ae79de6c89a3c1eb72ae9a2756c0ccfbe04b7791bb5880afabd97855a411"),
        "1e6b7fa6240375370b2a8a8eab9066b3cdd43fd1d0bfa8d2027fd3a51def2917",
    ),
    _yolox(
        "x",
        640,
        51.1,
        (396142663, "c892d7aaf1c4746d8a4d675bec669a4db4f434b4ee1efb654bc9b353379c7c55"),
        "5652330b6ae860043f091b8f550a60c10e1129f416edfdb65c259be6caf355cf",
    ),
)
_BYTETRACK = (
    _bytetrack("nano", (1088, 608), "1AoN2AxzVwOLM0gJ15bcwqZUpFjlDV1dX"),
    _bytetrack("tiny", (1088, 608), "1LFAl14sql2Q5Y9aNFsX_OqsnIzUD_1ju"),
    _bytetrack("s", (1088, 608), "1uSmhXzyV1Zvb4TJJCzpsZOIcw7CCJLxj"),
    _bytetrack(
        "m",
        (1440, 800),
        "11Zb0NN_Uu7JwUd9e6Nk8o2_EUfxWqsun",
        f"{_SOURCEFORGE}/bytetrack_m_mot17.pth.tar/download",
    ),
    _bytetrack("l", (1440, 800), "1XwfUuCBF4IgWBWK2H7oOhQgEj9Mrb3rz"),
    _bytetrack("x", (1440, 800), "1P4mY0Yyd3PPTybgZkjMYhFri88nTmJX5"),
)
CATALOG: Mapping[str, CatalogEntry] = MappingProxyType(
    {entry.name: entry for entry in (*_YOLOX, *_BYTETRACK)}
)
"""Every model known by name, small to large."""

AUTO_ORDER: Mapping[str, tuple[str, ...]] = {
    "cpu": (
        *(f"yolox-{size}" for size in ("tiny", "nano", "s", "m", "l", "x")),
        *(f"bytetrack-{size}" for size in ("tiny", "nano", "s", "m", "l", "x")),
    ),
    "cuda": (
        *(f"bytetrack-{size}" for size in ("m", "l", "x", "s", "tiny", "nano")),
        *(f"yolox-{size}" for size in ("m", "l", "x", "s", "tiny", "nano")),
    ),
}
"""What ``auto`` takes on each kind of device: the first local one, else the first
one that can be downloaded in a format that can be run."""


def family_spec(
    name: str, size: str, classes: int, *, pixels: bool = False
) -> ModelSpec:
    """Preprocessing of networks of a size and a number of classes, as trained.

    With one class it is taken for ByteTrack's: persons, in normalised RGB; with others,
    or where its weights show that it takes pixels, for one of Megvii's YOLOX.

    Args:
        name: what to call it.
        size: ``nano`` to ``x``; empty where unknown.
        classes: how many it distinguishes.
        pixels: whether its weights are for pixels from 0 to 255.
    """
    persons = classes == 1 and not pixels
    entry = CATALOG[f"{'bytetrack' if persons else 'yolox'}-{size or 'm'}"]
    names = entry.spec.classes if persons else class_names(classes)
    return replace(entry.spec, name=name, classes=names, licence="")
