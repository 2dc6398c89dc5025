"""The user's own code: how it is loaded and called for each frame.

Old names of `avio_cli.callbacks.step` are kept here for one release.
"""

from typing import TYPE_CHECKING

from avio_cli.optional import lazy_names

if TYPE_CHECKING:
    from avio_cli.callbacks.step import CallbackStep, load_callback
else:
    __getattr__ = lazy_names(
        __name__, {"avio_cli.callbacks.step": "CallbackStep load_callback"}
    )

__all__ = ["CallbackStep", "load_callback"]
