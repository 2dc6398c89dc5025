"""Numbered images and folders: all are read, in order, or named as left out."""

import logging
import shutil
from pathlib import Path

import imageio_ffmpeg
import pytest

from avio_cli.api import open_video
from avio_cli.errors import InputError
from avio_cli.ffmpeg.image_order import natural_order
from avio_cli.ffmpeg.image_sequence import folder_sequence, numbered_sequence
from avio_cli.ffmpeg.image_size import image_size, is_animated_webp
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from tests.clips import make_clip, read_index

COUNT = 12


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """``1.png`` to ``12.png``, which show the numbers 0 to 11."""
    return make_images(tmp_path / "images", "%d.png")


def make_images(folder: Path, pattern: str, start: int = 1) -> Path:
    folder.mkdir(exist_ok=True)
    clip = make_clip(folder.parent / "clip.mkv", frames=COUNT)
    make("-i", str(clip.path), "-start_number", str(start), str(folder / pattern))
    return folder


def make(*words: str) -> None:
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *words]
    done = run(argv, timeout=60)
    assert done.status == 0, done.stderr


def shown(source: Path) -> list[int]:
    """The numbers that the frames of a source show."""
    with open_video(source) as reader:
        numbers = [read_index(frame.planes[0]) for frame in reader]
        assert reader.damage() == ""
    return numbers


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.message for r in caplog.records if r.levelno >= logging.WARNING]


class TestOrder:
    def test_numbers_are_counted_not_compared_as_text(self) -> None:
        names = ["b1", "a10", "a2", "a1.png", "B0", "02", "2", "10"]
        assert natural_order(names) == [
            *("02", "2", "10", "a1.png", "a2", "a10", "B0", "b1")
        ]

    def test_a_folder_is_read_in_natural_order(
        self, ffmpeg: FFmpeg, images: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert shown(images) == list(range(COUNT))
        assert warnings(caplog) == []

    @pytest.mark.parametrize("name", ["50% [a],{b}*?", "plain"])
    def test_whatever_the_folder_is_called(
        self, ffmpeg: FFmpeg, images: Path, name: str
    ) -> None:
        other = images.with_name(name)
        shutil.copytree(images, other)
        assert shown(other) == list(range(COUNT))

    def test_names_that_no_pattern_describes_are_read_in_order(
        self, ffmpeg: FFmpeg, images: Path
    ) -> None:
        for number in range(1, COUNT + 1):
            folder = images / f"{number}.png"
            folder.rename(images / f"{number}{'abc'[number % 3]} left.png")
        assert shown(images) == list(range(COUNT))

    def test_spellings_of_one_type_are_one_video(
        self,
        ffmpeg: FFmpeg,
        tmp_path: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        images = make_images(tmp_path / "images", "%d.jpg")
        (images / "3.jpg").rename(images / "3.JPG")
        (images / "11.jpg").rename(images / "11.jpeg")
        assert shown(images) == list(range(COUNT))
        assert warnings(caplog) == []


class TestLeftOut:
    def test_other_types_and_hidden_images_are_named(
        self, images: Path, caplog: pytest.LogCaptureFixture, bundled_ffmpeg: FFmpeg
    ) -> None:
        for name in ("a.jpg", "b.webp", ".hidden.png", "._1.png"):
            shutil.copy(images / "1.png", images / name)
        assert len(shown(images)) == COUNT
        assert warnings(caplog) == [
            f"{images}: 2 images are left out (only .png images are read): "
            "a.jpg, b.webp",
            f"{images}: 1 image is left out (hidden): .hidden.png",
        ]

    @pytest.mark.parametrize("source", [".", "%d.png"])
    def test_an_empty_image_ends_nothing(
        self,
        ffmpeg: FFmpeg,
        images: Path,
        source: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        (images / "5.png").write_bytes(b"")
        (images / "7.png").unlink()
        (images / "7.png").symlink_to(images / "nowhere.png")
        kept = [i for i in range(COUNT) if i not in (4, 6)]
        assert shown(images / source) == kept
        reason = "2 images are left out (empty, or no file): 5.png, 7.png"
        assert [text.partition(": ")[2] for text in warnings(caplog)] == [reason]

    def test_animated_images_are_named(self, images: Path) -> None:
        size = "testsrc2=s=32x32:r=10:d=0.3"
        for name, encoder in (("1.webp", "libwebp"), ("2.webp", "libwebp_anim")):
            frames = ("-frames:v", "1") if encoder == "libwebp" else ()
            words = ("-f", "lavfi", "-i", size, *frames, "-c:v", encoder)
            make(*words, str(images / name))
        assert [is_animated_webp(images / f"{i}.webp") for i in (1, 2)] == [False, True]
        found = numbered_sequence(images / "%d.webp")
        assert found is not None
        assert found.warnings == ("1 image is left out (animated): 2.webp",)

    def test_a_folder_of_empty_images_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "1.png").write_bytes(b"")
        assert folder_sequence(tmp_path) is None
        with pytest.raises(InputError, match="is a folder"):
            parse_url(tmp_path)


class TestNumbers:
    def test_what_follows_a_gap_is_read(
        self, ffmpeg: FFmpeg, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        images = make_images(tmp_path / "images", "shot%03d.png", start=992)
        for number in (993, 995, 996, 1001):
            (images / f"shot{number}.png").unlink()
        source = images / "shot%03d.png"
        assert shown(source) == [0, 2, 5, 6, 7, 8, 10, 11]
        expected = f"{source}: no image has the number 993, 995 to 996, 1001"
        assert warnings(caplog) == [expected]

    def test_without_a_gap_nothing_is_said(
        self, ffmpeg: FFmpeg, images: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert shown(images / "%d.png") == list(range(COUNT))
        assert warnings(caplog) == []

    def test_names_with_other_zeros_are_not_of_the_pattern(self, images: Path) -> None:
        shutil.copy(images / "1.png", images / "0013.png")
        found = numbered_sequence(images / "%d.png")
        assert found is not None
        assert found.warnings == ()
        assert numbered_sequence(images / "%05d.png") is None


class TestSizes:
    def test_a_mixture_is_named(self, images: Path) -> None:
        source = "testsrc2=s=64x48:d=0.04"
        for name in ("3.png", "4.png"):
            make("-f", "lavfi", "-i", source, str(images / name))
        found = folder_sequence(images)
        assert found is not None
        scaled = "2 images are scaled to 160x96, the size of the first: 3.png, 4.png"
        assert found.warnings == (scaled,)

    @pytest.mark.parametrize("extension", "png jpg gif bmp".split())
    def test_the_header_is_read(self, tmp_path: Path, extension: str) -> None:
        path = tmp_path / f"image.{extension}"
        words = ("-f", "lavfi", "-i", "testsrc2=s=66x34:d=0.04", "-frames:v", "1")
        make(*words, str(path))
        assert image_size(path) == (66, 34)
        path.write_bytes(path.read_bytes()[:9])
        assert image_size(path) is None

    def test_other_files_have_none(self, tmp_path: Path) -> None:
        assert image_size(tmp_path / "missing.png") is None
        assert image_size(Path(__file__)) is None
