"""A user's own HUD: load ``file.py:NAME``, and report its failures by name."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from avio_cli.callbacks.loading import UserCodeKind, describe, load_object, report
from avio_cli.errors import CallbackError
from avio_cli.events import InputEvent
from avio_cli.player.state import Action, Hud, PlayerState, Thumbnails

_HUD = UserCodeKind("--hud-class", "HUD", "clock_hud.py:ClockHud")


def load_hud(text: str) -> "LoadedHud":
    """Load a HUD as named on the command line, and create an instance.

    Args:
        text: ``FILE.py:NAME``, a class (or a function that makes one).

    Raises:
        UsageError: the text is not of that form.
        CallbackError: the file cannot be loaded, has no such class, or what it makes
            is no HUD.
    """
    factory = load_object(text, _HUD)
    try:
        hud = factory()
    except (Exception, SystemExit) as error:
        raise CallbackError(
            f"HUD {text} cannot be made: {describe(error)}", report=report(error)
        ) from error
    for name, hint in (("handle", "event, state"), ("draw", _DRAW_PARAMETERS)):
        if not callable(getattr(hud, name, None)):
            raise CallbackError(
                f"HUD {text} has no method {name}",
                hint=f"give it def {name}(self, {hint})",
            )
    return LoadedHud(text, hud)


class LoadedHud:
    """A HUD of the user whose failures name it; a `Hud`.

    Args:
        name: as the user named it: ``FILE.py:NAME``.
        hud: what the user's class made.
    """

    def __init__(self, name: str, hud: Hud) -> None:
        self.name, self._hud = name, hud
        self._last: Any = None

    def handle(self, event: InputEvent, state: PlayerState) -> tuple[Action, ...]:
        """Pass on an event.

        Raises:
            CallbackError: the HUD raised, or asked for something that is no action.
        """
        try:
            # None is what a method returns that asks for nothing.
            actions: tuple[Any, ...] = tuple(self._hud.handle(event, state) or ())
        except (Exception, SystemExit) as error:
            raise self._failure("handle", error) from error
        for action in actions:
            if not isinstance(action, Action):
                raise self._wrong(f"handle returned {action!r}, which is no Action")
        return actions

    def draw(
        self,
        width: int,
        height: int,
        state: PlayerState,
        thumbnails: Thumbnails,
        now: float,
    ) -> NDArray[np.uint8]:
        """Let it draw.

        Raises:
            CallbackError: the HUD raised, or returned something that is no image of
                that size.
        """
        try:
            image: Any = self._hud.draw(width, height, state, thumbnails, now)
        except (Exception, SystemExit) as error:
            raise self._failure("draw", error) from error
        if image is not self._last:
            self._check(image, width, height)
            self._last = image
        return image  # type: ignore[no-any-return]

    def _check(self, image: Any, width: int, height: int) -> None:
        if not isinstance(image, np.ndarray):
            raise self._wrong(f"draw returned {type(image).__name__}, not an array")
        shapes = ((height, width, 4), (0, 0, 4))
        if image.dtype != np.uint8 or image.shape not in shapes:
            raise self._wrong(
                f"draw returned {image.dtype} {image.shape}, not uint8 {shapes[0]}"
            )

    def _failure(self, method: str, error: BaseException) -> CallbackError:
        return CallbackError(
            f"HUD {self.name} failed in {method}: {describe(error)}",
            report=report(error),
        )

    def _wrong(self, problem: str) -> CallbackError:
        return CallbackError(
            f"HUD {self.name}: {problem}",
            hint="handle returns a tuple of Action; draw an array, BGRA, or (0, 0, 4)",
        )


_DRAW_PARAMETERS = "width, height, state, thumbnails, now"
