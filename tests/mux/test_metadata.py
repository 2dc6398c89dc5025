"""What people and cameras wrote is kept, or a warning names it."""

from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from avio_cli import api
from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run as run_child
from avio_cli.media.metadata import language_in, written_by_people

VIDEO = "-f lavfi -i testsrc2=s=64x64:r=25:d=0.4".split()
AUDIO = "-f lavfi -i sine=d=0.4".split()
RECORDED = "2024-05-01T10:11:12"
PHONE = {
    "creation_time": RECORDED + "Z",
    "location": "+48.2082+016.3738/",
    "com.apple.quicktime.make": "Apple",
    "com.apple.quicktime.model": "iPhone 15",
    "com.apple.quicktime.creationdate": "2024-05-01T12:11:12+0200",
    "com.apple.quicktime.location.ISO6709": "+48.2082+016.3738+171/",
    "com.android.version": "14",
    "firmware": "HD9.01.01.72.00",
}


def make(path: Path, *words: str, **tags: str) -> Path:
    """A file with metadata, by the ffmpeg that a dependency ships."""
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *words]
    argv += [word for k, v in tags.items() for word in ("-metadata", f"{k}={v}")]
    done = run_child([*argv, str(path)])
    assert done.status == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("phone") / "in.mov"
    coding = "-c:v libx264 -c:a aac -g 5 -movflags use_metadata_tags".split()
    return make(path, *VIDEO, *AUDIO, *coding, **PHONE)


def tags_of(path: Path) -> dict[str, str]:
    """The metadata as avio reads it, keys in lower case."""
    return {key.lower(): value for key, value in api.probe(path).metadata.items()}


def assert_phone(path: Path) -> None:
    found = tags_of(path)
    assert found.pop("creation_time").startswith(RECORDED)
    assert ";" not in found.get("major_brand", "")
    for key, value in list(PHONE.items())[1:]:
        assert found.get(key.lower()) == value, key


@pytest.mark.parametrize(
    "words",
    [
        "transcode IN OUT.mp4",
        "transcode IN OUT.mov",
        "transcode --copy IN OUT.mp4",
        "trim IN OUT.mov --end 0.2",
        "trim --exact IN OUT.mp4 --start 0.08 --end 0.3",
        "merge OUT.mp4 IN IN",
        "transcode IN OUT.mkv",
        "transcode IN OUT.mp3",
    ],
)
@pytest.mark.sampled(4)
def test_what_a_phone_writes_is_kept(
    ffmpeg: FFmpeg,
    phone: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: str,
) -> None:
    places = {"IN": str(phone), "OUT": str(tmp_path / "out")}
    argv = [places.get(w, w.replace("OUT", places["OUT"])) for w in words.split()]
    assert run(argv) == 0
    assert "warning" not in capsys.readouterr().err
    (output,) = tmp_path.iterdir()
    assert_phone(output)


def test_a_callback_keeps_it_and_so_does_the_way_back_from_matroska(
    ffmpeg: FFmpeg, phone: Path, tmp_path: Path
) -> None:
    api.transcode(phone, tmp_path / "a.mp4", callback=lambda frame: None)
    assert_phone(tmp_path / "a.mp4")
    api.transcode(tmp_path / "a.mp4", tmp_path / "b.mkv", copy=True)
    api.transcode(tmp_path / "b.mkv", tmp_path / "c.mp4", copy=True)
    assert_phone(tmp_path / "c.mp4")
    assert (
        "com.apple.quicktime.location.ISO6709" in api.probe(tmp_path / "c.mp4").metadata
    )


@pytest.mark.parametrize(
    ("name", "lost", "kept"),
    [
        ("o.avi", ["com.apple.quicktime.make", "creation_time", "location"], []),
        ("o.gif", ["com.android.version", "creation_time", "location"], []),
        ("o.m4a", ["firmware", "com.apple.quicktime.model"], ["creation_time"]),
    ],
)
def test_what_a_container_cannot_hold_is_named(
    ffmpeg: FFmpeg,
    phone: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    lost: list[str],
    kept: list[str],
) -> None:
    assert run(["transcode", str(phone), str(tmp_path / name)]) == 0
    warnings = [line for line in capsys.readouterr().err.splitlines() if "hold" in line]
    (warning,) = [line for line in warnings if "stream" not in line]
    assert all(f" {key}" in warning for key in lost)
    assert not any(key in warning for key in ("encoder", "major_brand", *kept))


def test_the_usual_keys_stay_where_players_look_for_them(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    usual = {"title": "T", "artist": "A", "comment": "C", "date": "2020"}
    source = make(tmp_path / "in.mkv", *VIDEO, **usual)
    for name in ("a.mp4", "a.mov"):
        api.transcode(source, tmp_path / name)
        assert usual.items() <= tags_of(tmp_path / name).items()
        assert b"\xa9nam" in (tmp_path / name).read_bytes()
        assert b"mdta" not in (tmp_path / name).read_bytes()


def test_with_other_keys_they_have_apples_names_too(
    ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    source = make(tmp_path / "in.mkv", *VIDEO, title="T", PURL="http://x.y")
    api.transcode(source, tmp_path / "out.mp4")
    found = tags_of(tmp_path / "out.mp4")
    assert (found["title"], found["purl"]) == ("T", "http://x.y")
    assert found["com.apple.quicktime.title"] == "T"


def test_cover_art_is_kept_and_other_keys_are_named(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cover = make(tmp_path / "cover.png", *VIDEO, "-frames:v", "1")
    words = f"-i {cover} -map 0 -map 1 -c:v copy -disposition:v attached_pic"
    tags = {"title": "T", "isrc": "X"}
    source = make(tmp_path / "in.mp3", *AUDIO, *words.split(), **tags)
    assert run(["transcode", str(source), str(tmp_path / "out.mp4")]) == 0
    error = capsys.readouterr().err
    assert error.count("warning") == 1
    assert "isrc: dropped, mp4 cannot hold it" in error
    info = api.probe(tmp_path / "out.mp4")
    assert info.covers
    assert info.metadata["title"] == "T"


def test_ogg_has_its_metadata_at_the_stream(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    tags = {"title": "T", "artist": "A", "foo": "bar"}
    source = make(tmp_path / "in.ogg", *AUDIO, "-c:a", "libvorbis", **tags)
    api.transcode(source, tmp_path / "out.mp3")
    assert tags.items() <= tags_of(tmp_path / "out.mp3").items()


def test_a_title_of_a_track_does_not_replace_that_of_the_file(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("-metadata:s:a", "title=Stereo")
    source = make(tmp_path / "in.mkv", *AUDIO, *words, title="T")
    assert run(["transcode", str(source), str(tmp_path / "out.opus")]) == 0
    assert "title of stream #0: dropped, opus" in capsys.readouterr().err
    assert api.probe(tmp_path / "out.opus").audios[0].title == "T"


def test_metadata_of_single_streams(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = "-metadata:s:a language=deu -metadata:s:a title=Deutsch"
    words += " -metadata:s:v comment=hello -metadata:s:v language=gsw"
    source = make(tmp_path / "in.mkv", *VIDEO, *AUDIO, *words.split())
    assert run(["transcode", str(source), str(tmp_path / "out.mov")]) == 0
    error = capsys.readouterr().err
    assert "language (gsw) of stream #0: dropped, mov cannot hold it" in error
    assert "COMMENT, " in error
    assert api.probe(tmp_path / "out.mov").audios[0].language == "ger"


def test_the_title_of_a_track_comes_back_from_mp4(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    """Only newer ffmpegs read it, as name."""
    words = "-c:a aac -metadata:s:a title=Deutsch".split()
    source = make(tmp_path / "in.mp4", *AUDIO, *words)
    assert api.probe(source).audios[0].title == "Deutsch"
    for name in ("a.mkv", "b.mp4"):
        api.transcode(source, tmp_path / name, copy=True)
        assert api.probe(tmp_path / name).audios[0].title == "Deutsch"


@pytest.mark.parametrize(
    ("tags", "keys"),
    [
        ({"encoder": "x", "BPS-eng": "1", "_STATISTICS_TAGS": "BPS"}, ()),
        ({"location": "a", "location-eng": "a"}, ("location",)),
        ({"title-deu": "a", "empty": ""}, ("title-deu",)),
    ],
)
def test_what_programs_write_is_no_loss(
    tags: dict[str, str], keys: tuple[Any, ...]
) -> None:
    assert written_by_people(tags) == keys


def test_languages_that_mov_holds() -> None:
    codes = ("eng", "deu", "fre", "gsw", "")
    assert [language_in("mov", c) for c in codes] == ["eng", "ger", "fra", "", ""]
    assert [language_in("mp4", c) for c in codes] == list(codes)
