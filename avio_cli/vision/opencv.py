"""OpenCV, imported where drawing or motion detection first needs it."""

import importlib
from functools import lru_cache
from typing import Any

from avio_cli.errors import AvioError


@lru_cache(maxsize=1)
def load_opencv() -> Any:
    """Return the module ``cv2``.

    Any OpenCV from 4.10 on will do; 5 brings a TrueType font for labels.

    Returns:
        The module; typed Any because OpenCV's stubs differ between 4 and 5.

    Raises:
        AvioError: OpenCV is not installed.
    """
    try:
        return importlib.import_module("cv2")
    except ImportError as error:
        raise AvioError(
            f"OpenCV is needed here but cannot be imported ({error})",
            hint="pip install 'opencv-python-headless>=4.10'",
        ) from error
