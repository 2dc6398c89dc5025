"""Sources may be paths, bytes and file objects; nothing of them stays behind."""

import gc
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest

import avio_cli as avio
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import Clip, indices, make_clip, read_index

pytestmark = pytest.mark.usefixtures("bundled_ffmpeg")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make_clip(tmp_path_factory.mktemp("sources") / "clip.mp4", audios=1)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, io.BytesIO])
def test_the_content_of_a_file_is_a_source(
    clip: Clip, temporary: Path, kind: Any
) -> None:
    content = kind(clip.path.read_bytes())
    with avio.open_video(content) as video:
        assert (len(video), read_index(video[20].pixels)) == (25, 20)
        assert len(list(temporary.iterdir())) == 1
    assert list(temporary.iterdir()) == []


def test_a_file_that_is_open_is_not_copied(clip: Clip, temporary: Path) -> None:
    with clip.path.open("rb") as file, avio.open_video(file) as video:
        assert video.info.source == str(clip.path)
        assert list(temporary.iterdir()) == []


def test_what_was_read_of_a_file_object_is_left_out(
    clip: Clip, tmp_path: Path, temporary: Path
) -> None:
    prefixed = tmp_path / "prefixed"
    prefixed.write_bytes(b"head" + clip.path.read_bytes())
    with prefixed.open("rb") as file:
        file.read(4)
        assert avio.probe(file).videos[0].width == 160
    assert list(temporary.iterdir()) == []


def test_all_functions_take_them(clip: Clip, tmp_path: Path, temporary: Path) -> None:
    content = clip.path.read_bytes()
    avio.transcode(content, tmp_path / "a.mkv")
    avio.trim(content, tmp_path / "b.mkv", end=0.5, exact=True)
    avio.merge([content, io.BytesIO(content)], tmp_path / "c.mkv")
    avio.snapshot(content, tmp_path / "d.png", at=0)
    with (
        avio.open_video(content) as video,
        avio.create_video(tmp_path / "e.mkv", source=content) as out,
    ):
        for frame in video:
            out.write(frame)
    for name, count in (("a", 25), ("c", 50), ("e", 25)):
        found = indices(tmp_path / f"{name}.mkv", 160, 96)
        assert found == [*range(25), *range(25)][:count]
        assert avio.probe(tmp_path / f"{name}.mkv").audios
    assert list(temporary.iterdir()) == []


def test_a_video_that_nobody_closes_leaves_no_copy(clip: Clip, temporary: Path) -> None:
    video = avio.open_video(clip.path.read_bytes())
    assert len(list(temporary.iterdir())) == 1
    del video
    gc.collect()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        (b"", avio.InputError, "the given bytes is empty"),
        (b"no media at all", avio.InputError, "the given bytes"),
        (io.StringIO("text"), avio.UsageError, "gives text"),
        (7, avio.UsageError, "cannot be of type int"),
        ("-", avio.UsageError, "standard input"),
    ],
)
def test_what_is_no_source_is_named(
    temporary: Path, source: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        avio.probe(source)
    assert list(temporary.iterdir()) == []


def test_an_output_is_a_path(clip: Clip, ffmpeg: FFmpeg) -> None:
    with pytest.raises(avio.UsageError, match="an output is a path"):
        avio.trim(clip.path, io.BytesIO(), start=1)  # type: ignore[arg-type]
