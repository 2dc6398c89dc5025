"""What a shell proposes for the values of options: names that are known without work.

Each function is called only while the shell completes a line; Typer drops the names
that do not begin as the typed word does.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from avio_cli.errors import AvioError

if TYPE_CHECKING:
    from avio_cli.presets import Preset


def presets() -> list[str]:
    """Presets, a user's own too."""
    from avio_cli.presets.finding import preset_paths

    return sorted(preset_paths())


def models() -> list[str]:
    """Models of `avio track`, a user's own too, and what can stand for one."""
    from avio_cli.models.model_files import stem_of
    from avio_cli.models.store import ModelStore

    own = map(stem_of, ModelStore.from_environment().own_files())
    return ["auto", "motion", *catalog(), *own]


def catalog() -> list[str]:
    """Models that can be downloaded."""
    from avio_cli.models.store import ModelStore

    return [*ModelStore.from_environment().catalog]


def trackers() -> list[str]:
    """Trackers."""
    from avio_cli.vision.trackers.registry import TRACKERS

    return [*TRACKERS]


def runtimes() -> list[str]:
    """Runtimes, whether installed or not."""
    from avio_cli.vision.runtimes.registry import RUNTIMES

    return ["auto", *RUNTIMES]


def devices() -> list[str]:
    """Devices that may run a model."""
    return ["auto", "cpu", "cuda"]


def export_targets() -> list[str]:
    """Formats that `avio export` writes."""
    from avio_cli.jobs.export.job import TARGETS

    return [*TARGETS]


def record_formats() -> list[str]:
    """Formats of records."""
    from avio_cli.records.formats import FORMATS

    return [*FORMATS]


def video_encoders() -> list[str]:
    """Encoders of the presets and of their hardware variants."""
    found: set[str] = set()
    for preset in _readable_presets():
        if preset.video is not None:
            found.add(preset.video.encoder)
            found.update(v.encoder for v in preset.video.hardware.values())
    return sorted(found)


def audio_encoders() -> list[str]:
    """Encoders of the presets, and ``copy``."""
    encoders = {p.audio.encoder for p in _readable_presets() if p.audio is not None}
    return ["copy", *sorted(encoders)]


def _readable_presets() -> "Iterator[Preset]":
    from avio_cli.presets.finding import preset_paths, read_preset

    for path in preset_paths().values():
        with suppress(AvioError):  # a user's own one may be wrong
            yield read_preset(path)
