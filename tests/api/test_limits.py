"""All functions that read a source take its limits."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import avio_cli as avio
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import make_clip

SMALL = avio.Limits(max_pixels=100)

READERS: dict[str, Callable[[Path, Path], Any]] = {
    "probe": lambda clip, _: avio.probe(clip, limits=SMALL),
    "open_video": lambda clip, _: avio.open_video(clip, limits=SMALL),
    "read_audio": lambda clip, _: avio.read_audio(clip, limits=SMALL),
    "create_video": lambda clip, out: avio.create_video(
        out / "out.mp4", source=clip, limits=SMALL
    ),
    "transcode": lambda clip, out: avio.transcode(clip, out / "out.mp4", limits=SMALL),
    "trim": lambda clip, out: avio.trim(clip, out / "out.mp4", start=1, limits=SMALL),
    "merge": lambda clip, out: avio.merge([clip] * 2, out / "out.mp4", limits=SMALL),
    "snapshot": lambda clip, out: avio.snapshot(
        clip, out / "out.png", at=0, limits=SMALL
    ),
    "track": lambda clip, _: avio.track(clip, model="motion", limits=SMALL),
}


def test_limits_are_no_number(tmp_path: Path) -> None:
    number: Any = 1920
    with pytest.raises(avio.UsageError, match="limits must be of Limits, not 1920"):
        avio.probe(tmp_path / "clip.mp4", limits=number)


@pytest.mark.parametrize("name", READERS)
def test_what_is_above_a_limit_is_refused(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, name: str
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=5, audios=1).path

    with pytest.raises(avio.InputError, match=r"160x96 .* more than max_pixels=100"):
        READERS[name](clip, tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4"]
