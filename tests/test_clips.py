"""The clips themselves: what the other tests take for truth."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.clips import VARIABLE, decode, draw, indices, make_clip, read_index
from tests.reference import stream_kinds, timeline


@pytest.mark.parametrize("index", [0, 1, 2, 255, 12345, 0x7FFF])
def test_a_drawn_number_is_read_in_colour_grey_and_ten_bits(index: int) -> None:
    frame = draw(index, 160, 96)
    grey = frame.mean(axis=2).astype(np.uint8)
    assert read_index(frame) == read_index(grey) == index
    assert read_index(grey.astype(np.uint16) * 4) == index


def test_a_frame_with_one_wrong_cell_is_refused() -> None:
    frame = draw(5, 160, 96)
    frame[:24, :20] = 16
    with pytest.raises(AssertionError, match="no number"):
        read_index(frame)


def test_numbers_survive_strong_compression(tmp_path: Path) -> None:
    video = ("-c:v", "mpeg4", "-q:v", "31")
    clip = make_clip(tmp_path / "poor.avi", frames=60, width=64, height=48, video=video)
    assert indices(clip.path, 64, 48) == list(range(60))


def test_rate_is_exact(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", rate=Fraction(30000, 1001))
    clip_mp4 = make_clip(tmp_path / "clip.mp4", rate=Fraction(30000, 1001))
    assert timeline(clip_mp4.path).relative == clip_mp4.times == clip.times
    assert clip.times[3] == Fraction(3003, 30000)


def test_variable_rate_is_exact(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "vfr.mp4", ticks=VARIABLE)
    assert timeline(clip.path).relative == clip.times
    assert len({b - a for a, b in zip(clip.times, clip.times[1:], strict=False)}) > 5
    assert indices(clip.path, 160, 96) == list(range(40))


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotated_clip_is_upright_when_decoded(tmp_path: Path, rotation: int) -> None:
    clip = make_clip(tmp_path / "phone.mp4", frames=5, rotation=rotation)
    assert indices(clip.path, clip.width, clip.height) == list(range(5))
    side = timeline(clip.path)
    assert (side.width, side.height) == ((160, 96) if rotation == 180 else (96, 160))


def test_audio_has_as_many_tracks_as_asked(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", audios=2)
    kinds = [kind for kind, _ in stream_kinds(clip.path)]
    assert kinds == ["video", "audio", "audio"]


def test_decoded_colours_are_the_drawn_ones(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=2)
    below = decode(clip.path, 160, 96)[1][60:]
    assert np.abs(below.astype(int) - draw(1, 160, 96)[60:]).mean() < 6
