"""Models of appearance known by name: how they are fed, and which have to be exported.

Those in `TO_EXPORT` have no ONNX file of their publishers; their users make one, as
docs/models.md says.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from avio_cli.errors import InputError
from avio_cli.models.catalog import canonical_name

_PIXELS = {"color": "bgr", "scale": 1.0, "mean": (0.0,) * 3, "std": (1.0,) * 3}
KNOWN: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        # Open Model Zoo: BGR from 0 to 255, converted to ONNX from its own format.
        "person-reidentification-retail-": {**_PIXELS, "licence": "Apache-2.0"},
        # Trained by torchreid: MIT, ImageNet's mean and deviation.
        "osnet": {"licence": "MIT"},
    }
)
"""What files are fed whose names begin so."""

PAGE = "docs/models.md#appearance"
TO_EXPORT: Mapping[str, str] = MappingProxyType(
    {
        "osnet-ain-x0.25": "persons, for --reid, MIT; trained on data for research",
    }
)
"""A line about each, by its name on the command line."""


def refuse_unpublished(name: str) -> None:
    """Refuse a model that has to be exported first.

    Raises:
        InputError: it is one.
    """
    known = canonical_name(name)
    if known in TO_EXPORT:
        raise InputError(
            f"{known} is not published in a format that avio opens",
            hint=f"export it ({PAGE}), then --reid FILE",
        )
