"""Arguments that would be misread are refused before a source is opened."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import avio_cli as avio
from avio_cli.api.options import as_steps, checked_audio, exact_options, names
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import make_clip


@pytest.mark.parametrize("verify", ["Decode", "full", None, False])
def test_a_wrong_way_to_verify_is_not_taken_for_the_usual_one(
    tmp_path: Path, verify: Any
) -> None:
    out, content = tmp_path / "out.mp4", b"not read"
    with pytest.raises(avio.UsageError, match="verify must be quick or decode or none"):
        avio.transcode(content, out, verify=verify)
    with pytest.raises(avio.UsageError, match="verify must be"):
        avio.create_video(out, rate=25, verify=verify)


def test_numbers_of_numpy_are_plain_ones() -> None:
    options = avio.VideoOptions(
        width=np.int64(640),  # type: ignore[arg-type]
        quality=np.uint8(23),  # type: ignore[arg-type]
        rate="29.97",  # type: ignore[arg-type]
    )
    exact = exact_options(options)
    assert (exact.width, exact.quality, str(exact.rate)) == (640, 23, "30000/1001")
    assert type(exact.width) is type(exact.quality) is int


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"width": 640.5}, "width must be a whole number"),
        ({"quality": "best"}, "quality must be a whole number"),
        ({"rate": -1}, "VideoOptions.rate -1 is not a rate"),
        ({"deinterlace": True}, "deinterlace must be auto or on or off"),
        ({"filters": ["hflip"]}, "filters must be a text"),
        ({"options": ["crf=30"]}, "options must be a dict"),
    ],
)
def test_wrong_video_options_are_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(avio.UsageError, match=message):
        exact_options(avio.VideoOptions(**fields))


def test_encoder_options_may_be_numbers() -> None:
    options: Any = {"crf": 30}
    assert exact_options(avio.VideoOptions(options=options)).options == {"crf": "30"}


def test_options_of_another_kind_are_refused() -> None:
    given: Any = {"width": 80}
    for check in (exact_options, checked_audio):
        with pytest.raises(avio.UsageError, match=r"^\{'width': 80\} is not of "):
            check(given)
    with pytest.raises(avio.UsageError, match=r"AudioOptions\.filters must be a text"):
        checked_audio(avio.AudioOptions(filters=given))


def test_one_path_is_no_list_of_sources(tmp_path: Path) -> None:
    with pytest.raises(avio.UsageError, match="merge takes a list"):
        avio.merge("a.mp4", tmp_path / "out.mp4")
    with pytest.raises(avio.UsageError, match="there is no file"):
        avio.merge([], tmp_path / "out.mp4")


def test_a_range_after_the_end_is_no_empty_video(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    path = make_clip(tmp_path / "clip.mp4", audios=1).path
    for read in (avio.open_video, avio.read_audio):
        with pytest.raises(avio.UsageError, match=r"^start \(9 s\) is after the end"):
            read(path, start=9)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"sample_rate": "high"}, "sample_rate must be a whole number"),
        ({"channels": 0}, "channels must be at least 1"),
        ({"track": -1}, "track must be at least 0"),
    ],
)
def test_wrong_numbers_are_named(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, keywords: dict[str, Any], message: str
) -> None:
    path = make_clip(tmp_path / "clip.mp4", audios=1).path
    with pytest.raises(avio.UsageError, match=message):
        avio.read_audio(path, **keywords)


def test_callbacks_and_names_are_one_or_several() -> None:
    def callback(frame: avio.Frame) -> None:
        raise NotImplementedError

    assert as_steps(None) == ()
    assert [step.function for step in as_steps(callback)] == [callback]
    assert len(as_steps([callback, callback])) == 2
    with pytest.raises(avio.UsageError, match=r"'draw\.py:f' cannot be called"):
        as_steps("draw.py:f")
    number: Any = 3
    with pytest.raises(avio.UsageError, match="3 cannot be called"):
        as_steps(number)
    both = ("person", "car")
    assert names("classes", "person, car") == names("classes", iter(both)) == both
    assert names("classes", ()) == names("classes", "") == ()


@pytest.mark.parametrize("value", [[2], None, 5, ["a", None]])
def test_what_are_no_names_is_named(value: Any) -> None:
    with pytest.raises(
        avio.UsageError, match=r"^classes must be names, not "
    ) as caught:
        names("classes", value)
    assert "numbers are texts" in caught.value.hint


@pytest.mark.parametrize("value", [",", " ", [""], [" ", ""]])
def test_names_of_nothing_are_not_all_of_them(value: Any) -> None:
    with pytest.raises(avio.UsageError, match=r"^classes .* names nothing"):
        names("classes", value)
