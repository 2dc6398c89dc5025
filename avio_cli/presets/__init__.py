"""Presets: encoding settings from TOML files, as typed and checked data."""

from avio_cli.presets.finding import (
    find_preset,
    preset_for,
    preset_paths,
    read_preset,
    user_folder,
)
from avio_cli.presets.model import (
    ENCODER_OPTIONS,
    SCHEMA,
    AudioPreset,
    HardwareVariant,
    Preset,
    VideoPreset,
)

__all__ = [
    "ENCODER_OPTIONS",
    "SCHEMA",
    "AudioPreset",
    "HardwareVariant",
    "Preset",
    "VideoPreset",
    "find_preset",
    "preset_for",
    "preset_paths",
    "read_preset",
    "user_folder",
]
