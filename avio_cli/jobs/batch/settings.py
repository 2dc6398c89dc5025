"""What determines the results of a batch besides its sources, as a digest."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from avio_cli.ffmpeg.locate import FFmpeg, version_text
from avio_cli.jobs.batch.command import BatchCommand
from avio_cli.jobs.track.job_parts import MOTION, DetectorOptions
from avio_cli.jobs.track.model_choice import select_model
from avio_cli.jobs.track.resuming.fingerprint import model_digest, spec_digest
from avio_cli.jobs.track.trackers.appearance import (
    appearance_fingerprint,
    find_appearance,
)
from avio_cli.presets import Preset
from avio_cli.progress import no_download_progress
from avio_cli.version import __version__

NEUTRAL = frozenset({"force", "progress", "quiet", "verbose", "workers", "shards"})
"""Options that change no result."""
_DIGITS = 32


def settings_digest(
    command: BatchCommand,
    options: Mapping[str, object],
    ffmpeg: FFmpeg,
    *,
    preset: Preset | None = None,
    models: Sequence[str] = (),
) -> str:
    """A digest of a command's options, of the files they name, and of versions.

    Args:
        command: what is run.
        options: its parsed options that differ from their defaults, by name.
        ffmpeg: the binary; asked for its version once.
        preset: which decides how results are encoded.
        models: fingerprints of those that it uses.
    """
    facts = {
        "avio": __version__,
        "ffmpeg": version_text(ffmpeg),
        "command": command.name,
        "extensions": command.extensions,
        "options": sorted(_described(options)),
        "preset": _of_preset(preset),
        "models": [*models],
    }
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:_DIGITS]


def model_fingerprints(choice: DetectorOptions, reid: str) -> tuple[str, ...]:
    """What the models of a command are: their files, and how these are described.

    What is not here is downloaded once, before all jobs want it at the same time.

    Args:
        choice: the detector; motion needs no model.
        reid: names the model of appearance; empty for none.

    Raises:
        AvioError: there is no such model, or it may not be downloaded.
    """
    found = []
    if choice.model != MOTION:
        model = select_model(choice).model
        found.append(f"{model_digest(model.path)} {spec_digest(model.spec)}")
    if reid:
        appearance = find_appearance(
            reid, network=choice.network, on_download=no_download_progress
        )
        found.append(appearance_fingerprint(*appearance))
    return tuple(found)


def _of_preset(preset: Preset | None) -> str:
    """A preset's content, wherever its file is."""
    if preset is None:
        return ""
    parts = (preset.container, preset.video, preset.audio)
    return f"{preset.name} {parts}"


def _described(options: Mapping[str, object]) -> Iterator[str]:
    """Each option with its value, and the digests of files that it names."""
    for name, value in options.items():
        if name in NEUTRAL:
            continue
        values = value if isinstance(value, list | tuple) else [value]
        yield f"{name}={[*map(str, values)]}"
        for text in map(str, values):
            for path in {text, text.rpartition(":")[0]} - {""}:
                if Path(path).is_file():
                    yield f"{name}: {model_digest(Path(path))}"
