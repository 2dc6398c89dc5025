"""Weights that a package brings: `avio-models`, where it is installed."""

from importlib.util import find_spec
from pathlib import Path

PACKAGE = "avio_models"
"""What is imported; on the package index it is ``avio-models``."""
DIGESTS = "digests.json"
"""Its record: one object, file names and their sha256."""


def installed_folder() -> Path | None:
    """The folder with the weights; None where the package is not installed.

    Nothing of the package is run. A folder of that name without ``__init__.py``, such
    as one in the current folder, is no package and is not used.
    """
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent
