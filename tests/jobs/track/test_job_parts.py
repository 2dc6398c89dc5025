"""Parts of a tracking run's settings."""

from pathlib import Path

import pytest

from avio_cli.encode.video import encoder_options
from avio_cli.jobs.track.job_parts import annotated_video


@pytest.mark.parametrize(
    ("name", "preset", "x264"),
    [
        ("out.mp4", "", "superfast"),
        ("out.mkv", "", "superfast"),
        ("out.mp4", "mp4-h264", "medium"),
        ("out.webm", "", None),
    ],
)
def test_an_annotated_video_is_encoded_fast_unless_a_preset_is_named(
    name: str, preset: str, x264: str | None
) -> None:
    settings = annotated_video(Path(name), preset)
    assert settings is not None
    assert settings.preset.video is not None
    options = encoder_options(settings.preset.video, settings.video)
    assert options.get("preset") == x264
    assert ("mbtree" in options) == (x264 == "superfast")
