"""The built-in HUD, and the loader of a user's own.

Old names of `avio_cli.player.hud.builtin` are kept here for one release.
"""

from typing import TYPE_CHECKING

from avio_cli.optional import lazy_names

if TYPE_CHECKING:
    from avio_cli.player.hud.builtin import BuiltinHud
else:
    __getattr__ = lazy_names(__name__, {"avio_cli.player.hud.builtin": "BuiltinHud"})

__all__ = ["BuiltinHud"]
