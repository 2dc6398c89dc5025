"""Detectors known by name whose publishers give no file that avio opens.

Their users export them with the publishers' own tools, as docs/detectors.md says. All
are under Apache-2.0. Average precision on COCO val2017 and input sizes are those of the
publishers' pages: open-mmlab/mmdetection, roboflow/rf-detr, Peterande/D-FINE and
Intellindust-AI-Lab/DEIM on GitHub.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from avio_cli.errors import InputError

PAGE = "docs/detectors.md"


@dataclass(frozen=True, slots=True)
class ToExport:
    """One detector."""

    name: str
    family: str
    """Its section of the page."""
    side: int
    """Pixels of a side of its input."""
    precision: float

    @property
    def summary(self) -> str:
        """One line for lists."""
        size = f"{self.side}x{self.side}"
        return f"80 classes of COCO, mAP {self.precision} at {size}, Apache-2.0"

    @property
    def page(self) -> str:
        """Where its export is described."""
        return f"{PAGE}#{self.family}"

    def refusal(self) -> InputError:
        """The error of one who wants it downloaded."""
        return InputError(
            f"{self.name} is not published in a format that avio opens",
            hint=f"export it ({self.page}), then --model FILE",
        )


_ROWS = (
    ToExport("rtmdet-tiny", "rtmdet", 640, 41.1),
    ToExport("rtmdet-s", "rtmdet", 640, 44.6),
    ToExport("rtmdet-m", "rtmdet", 640, 49.4),
    ToExport("rfdetr-nano", "rf-detr", 384, 48.4),
    ToExport("rfdetr-small", "rf-detr", 512, 53.0),
    ToExport("rfdetr-medium", "rf-detr", 576, 54.7),
    ToExport("rfdetr-large", "rf-detr", 704, 56.5),
    ToExport("dfine-n", "d-fine", 640, 42.8),
    ToExport("dfine-s", "d-fine", 640, 48.5),
    ToExport("dfine-m", "d-fine", 640, 52.3),
    ToExport("dfine-l", "d-fine", 640, 54.0),
    ToExport("deim-s", "deim", 640, 49.0),
    ToExport("deim-m", "deim", 640, 52.7),
)
TO_EXPORT: Mapping[str, ToExport] = MappingProxyType({row.name: row for row in _ROWS})
"""Each by its name on the command line."""
