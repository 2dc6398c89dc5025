"""Add the weights that AVIO_MODELS_WEIGHTS names to the wheel, if they are known."""

import hashlib
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VARIABLE = "AVIO_MODELS_WEIGHTS"
FILENAME = "yolox_nano.onnx"
DIGESTS = {
    "c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d",  # 0.1.1rc0
    "e8af074932d4ed7e232278e3055cefcdea3edf178874a3694ae292649fb464dd",
}
"""The sha256 of the files that may be carried: that of YOLOX's release, and another
export of YOLOX-nano, which avio was measured with."""


class WeightsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Hatchling's hook of this package's wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files that the wheel has besides the package's own.

        Raises:
            ValueError: the weights are not named, or are none of the known files.
        """
        named = os.environ.get(VARIABLE)
        if not named:
            raise ValueError(f"set {VARIABLE} to the full path of {FILENAME}")
        weights = Path(named)
        digest = known_digest(weights)
        self._work = TemporaryDirectory()
        record = Path(self._work.name) / "digests.json"
        record.write_text(json.dumps({FILENAME: digest}, indent=1) + "\n")
        build_data["force_include"] |= {
            str(weights): f"avio_models/{FILENAME}",
            str(record): "avio_models/digests.json",
        }

    def finalize(self, version: str, build_data: dict[str, Any], path: str) -> None:
        """Remove what was made for the wheel."""
        self._work.cleanup()


def known_digest(weights: Path) -> str:
    """The sha256 of a file that may be carried.

    Raises:
        ValueError: it is no file, or another one.
    """
    if not weights.is_file():
        raise ValueError(
            f"{VARIABLE} is {weights}: no such file (a full path is needed)"
        )
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    if digest not in DIGESTS:
        raise ValueError(
            f"{weights} is not {FILENAME} as it is known: its sha256 is {digest}"
        )
    return digest
