"""Controls: what key commands and the HUD's state need of the player."""

from typing import Protocol

from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.playback.playback import Playback
from avio_cli.player.subtitles.subtitles import Subtitles


class ScreenControls(Protocol):
    """The window and its HUD; `Screen` is one."""

    @property
    def full_screen(self) -> bool:
        """Whether the window fills the screen."""
        ...

    def toggle_full_screen(self) -> None:
        """Toggle full screen."""
        ...

    def show_position(self) -> bool:
        """Show for a moment where playback is; returns whether the HUD does that."""
        ...

    def toggle_pinned(self) -> None:
        """Keep the built-in HUD, or let it hide again."""
        ...


class CaptureState(Protocol):
    """What is being recorded; `Capture` is one."""

    @property
    def recording(self) -> bool:
        """Whether a recording is running."""
        ...

    @property
    def can_record(self) -> bool:
        """Whether the open input can be recorded."""
        ...

    @property
    def trouble(self) -> str:
        """Why the latest recording failed; empty: it did not."""
        ...


class FilePosition(Protocol):
    """Which of the inputs is open; `Playlist` is one."""

    number: int
    """Index of the open input, from 0."""

    @property
    def count(self) -> int:
        """Number of inputs."""
        ...


class Controls(Protocol):
    """The player's state and operations, for commands and the HUD; `Player` is one."""

    keys_shown: bool
    """Whether the list of keys is shown."""
    information_shown: bool
    """Whether the information overlay is shown."""
    volume: float
    """Percent."""
    muted: bool

    @property
    def media(self) -> OpenMedia:
        """The open input."""
        ...

    @property
    def playback(self) -> Playback:
        """Playback of the open input."""
        ...

    @property
    def screen(self) -> ScreenControls:
        """The window and its HUD."""
        ...

    @property
    def capture(self) -> CaptureState:
        """What is being recorded."""
        ...

    @property
    def playlist(self) -> FilePosition:
        """Which of the inputs is open."""
        ...

    @property
    def subtitles(self) -> Subtitles:
        """The subtitles of the open input."""
        ...

    @property
    def message(self) -> str:
        """The message that is shown; empty for none."""
        ...

    def quit(self) -> None:
        """Stop at the next turn of the event loop."""
        ...

    def notice(self, text: str) -> None:
        """Show a message for a moment."""
        ...

    def set_volume(self, percent: float, *, muted: bool) -> None:
        """Set volume and mute."""
        ...

    def toggle_recording(self) -> None:
        """Start or stop a recording."""
        ...

    def take_screenshot(self) -> None:
        """Save the shown frame as an image."""
        ...

    def change_file(self, direction: int) -> None:
        """Go to the next file, or the one before."""
        ...
