"""Old names of modules that users import: kept for one release."""

import importlib
import sys

import grimp
import pytest

from avio_cli.ffmpeg.process.run import run

OLD_NAMES = {
    "avio_cli.callbacks": (
        "avio_cli.callbacks.step",
        ("CallbackStep", "load_callback"),
    ),
    "avio_cli.ffmpeg.nut": (
        "avio_cli.ffmpeg.nut.reader",
        ("NutPacket", "NutReader", "NutStream"),
    ),
    "avio_cli.ffmpeg.nut_writer": ("avio_cli.ffmpeg.nut.writer", ("NutWriter",)),
    "avio_cli.frame": (
        "avio_cli.media.frame",
        ("DROP", "PIXEL_FORMATS", "AudioBlock", "Drop", "Frame"),
    ),
    "avio_cli.media": (
        "avio_cli.media.info",
        (
            *("AudioStream", "Chapter", "Color", "MediaInfo", "OtherStream"),
            *("Stream", "StreamKind", "SubtitleStream", "VideoStream"),
        ),
    ),
    "avio_cli.pixel_formats": (
        "avio_cli.media.pixel_formats",
        ("PIXEL_FORMATS", "PixelFormat"),
    ),
    "avio_cli.player.hud": ("avio_cli.player.hud.builtin", ("BuiltinHud",)),
    "avio_cli.sinks.encoder": (
        "avio_cli.encode.encoder",
        ("Encoder",),
    ),
    "avio_cli.sinks.records.reading": (
        "avio_cli.records.reader",
        ("RecordedTracks", "read_tracks"),
    ),
    "avio_cli.sources.decoding": (
        "avio_cli.decode.settings",
        ("AudioFormat", "ReaderSettings", "View"),
    ),
    "avio_cli.sources.reader": ("avio_cli.decode.reader", ("MediaReader",)),
    "avio_cli.user_code": ("avio_cli.callbacks.loading", ("load_named",)),
    "avio_cli.vision.detection": (
        "avio_cli.vision.detectors.parallel",
        ("OwnedDetector", "ParallelDetector", "open_detector"),
    ),
    "avio_cli.vision.detectors.yolox": (
        "avio_cli.vision.detectors.network",
        ("DetectionSettings", "YoloxDetector", "preprocess"),
    ),
    "avio_cli.vision.runtimes.selection": (
        "avio_cli.vision.runtimes.registry",
        ("choose_device", "runnable_formats"),
    ),
    "avio_cli.vision.yolox": (
        "avio_cli.vision.detectors.network",
        ("DetectionSettings", "YoloxDetector", "preprocess"),
    ),
}
"""Each old module: where its names are now, and these names."""
RENAMED = {
    "View": "DetectorView",
    "load_named": "load_object",
    "YoloxDetector": "NetworkDetector",
}
"""The names that are new in the module they are in now."""
OLD_PACKAGES = ("avio_cli.sinks", "avio_cli.sinks.records", "avio_cli.sources")
"""Where nothing is but old modules."""


@pytest.mark.parametrize("old", OLD_NAMES)
def test_an_old_name_is_the_very_object_of_the_new_place(old: str) -> None:
    new, names = OLD_NAMES[old]
    for name in names:
        kept = getattr(importlib.import_module(old), name)
        assert kept is getattr(importlib.import_module(new), RENAMED.get(name, name))


@pytest.mark.parametrize("old", OLD_NAMES)
def test_the_list_of_an_old_module_is_complete(old: str) -> None:
    assert sorted(importlib.import_module(old).__all__) == sorted(OLD_NAMES[old][1])


def test_nothing_inside_imports_an_old_name_or_the_root() -> None:
    graph = grimp.build_graph("avio_cli", exclude_type_checking_imports=False)
    for old in ("avio_cli", *OLD_NAMES):
        assert graph.find_modules_that_directly_import(old) == set(), old


def test_the_top_level_function_transcode_is_hidden_by_no_module() -> None:
    script = """
import avio_cli, avio_cli.cli.main, avio_cli.jobs.transcode.run
print(callable(avio_cli.transcode))
"""
    assert run([sys.executable, "-c", script]).stdout.split() == [b"True"]
