"""Presets are typed data: what is wrong is named, nothing dangerous gets through."""

import dataclasses
from pathlib import Path

import pytest

from avio_cli.errors import UsageError
from avio_cli.media.containers import CONTAINERS
from avio_cli.presets import (
    ENCODER_OPTIONS,
    find_preset,
    finding,
    preset_for,
    preset_paths,
    read_preset,
    user_folder,
)

GOOD = """\
schema = 1
description = "For tests"
container = "mp4"
suffixes = [".mp4"]

[video]
encoder = "libx264"
quality = 20
pixel_formats = ["yuv420p"]
even_size = true
keyframe_seconds = 2
max_rate = 60
keeps_interlacing = true

[video.options]
preset = "fast"

[video.hardware.nvenc]
encoder = "h264_nvenc"
quality = 23
options = { preset = "p5" }

[audio]
encoder = "aac"
bit_rate_per_channel = 64000
max_channels = 2
copy = ["aac"]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own presets; empty."""
    monkeypatch.setenv("AVIO_CONFIG_DIR", str(tmp_path))
    (tmp_path / "presets").mkdir()
    return tmp_path / "presets"


def write(folder: Path, text: str, name: str = "mine") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


class TestReading:
    def test_every_key_arrives(self, folder: Path) -> None:
        preset = read_preset(write(folder, GOOD))
        assert dataclasses.asdict(preset) == {
            "name": "mine",
            "description": "For tests",
            "container": "mp4",
            "extensions": (".mp4",),
            "video": {
                "encoder": "libx264",
                "pixel_formats": ("yuv420p",),
                "quality": 20,
                "quality_option": "crf",
                "even_size": True,
                "options": {"preset": "fast"},
                "keyframe_seconds": 2,
                "max_rate": 60,
                "palette": False,
                "keeps_interlacing": True,
                "hardware": {
                    "nvenc": {
                        "encoder": "h264_nvenc",
                        "quality": 23,
                        "options": {"preset": "p5"},
                    }
                },
            },
            "audio": {
                "encoder": "aac",
                "bit_rate_per_channel": 64000,
                "max_channels": 2,
                "copy": ("aac",),
            },
            "path": folder / "mine.toml",
        }

    def test_what_may_be_omitted_has_defaults(self, folder: Path) -> None:
        text = (
            'schema = 1\ndescription = ""\ncontainer = "mp4"\nsuffixes = []\n'
            '[video]\nencoder = "ffv1"\npixel_formats = ["gray"]\n'
            '[audio]\nencoder = "flac"\n'
        )
        preset = read_preset(write(folder, text))
        assert preset.video is not None
        assert preset.audio is not None
        assert (preset.video.quality, preset.video.quality_option) == (None, "crf")
        assert (preset.video.even_size, preset.video.options) == (False, {})
        assert (preset.audio.bit_rate_per_channel, preset.audio.copy) == (None, ())

    @pytest.mark.parametrize("name", sorted(preset_paths()))
    def test_every_built_in_one_is_right(self, name: str) -> None:
        preset = find_preset(name)
        assert preset.name == name
        assert preset.description
        assert preset.container in CONTAINERS
        if preset.video:
            assert set(preset.video.options) <= ENCODER_OPTIONS
            for variant in preset.video.hardware.values():
                assert variant.quality is not None


WRONG = [
    (
        'container = "mp4"',
        'contanier = "mp4"',
        "contanier is an unknown key",
        "container",
    ),
    ("quality = 20", "qualty = 20", "video.qualty is an unknown key", "quality"),
    ("copy = ", "copi = ", "audio.copi is an unknown key", "copy"),
    ('preset = "fast"', 'presett = "x"', "video.options.presett is", "preset"),
    ("schema = 1", "schema = 2", "schema must be 1", "another avio version"),
    ("schema = 1", "schema = true", "schema must be a number", ""),
    ("schema = 1", "", "schema must be a number", ""),
    ("quality = 20", 'quality = "20"', "video.quality must be a number", ""),
    ("quality = 20", "quality = 20.5", "video.quality must be a number", ""),
    ("quality = 20", "quality = true", "video.quality must be a number", ""),
    ("even_size = true", "even_size = 1", "video.even_size must be true or false", ""),
    ('"yuv420p"', "5", "video.pixel_formats holds 5, which is not a name", ""),
    ('["yuv420p"]', "[]", "video.pixel_formats is empty", ""),
    ('["yuv420p"]', '"yuv420p"', "video.pixel_formats must be a list", ""),
    ('encoder = "aac"', "", "audio.encoder must be a string", ""),
    ('[".mp4"]', '["mp4"]', "suffixes holds 'mp4'", ""),
    ("quality = 20", 'quality_option = "crff"', "video.quality_option 'crff'", "crf"),
    ("[audio]", "[sound]", "sound is an unknown key", "audio"),
    ("description = ", "description = 5 #", "description must be a string", ""),
    ("max_rate = 60", "max_rate = 0", "video.max_rate must be above 0", ""),
    (
        "[video.hardware.nvenc]",
        "[video.hardware.nvec]",
        "video.hardware.nvec is an unknown key",
        "nvenc",
    ),
    (
        'encoder = "h264_nvenc"',
        'encoder = "libx264"',
        "video.hardware.nvenc.encoder 'libx264' is none of nvenc's",
        "",
    ),
    ("quality = 23", "qality = 23", "video.hardware.nvenc.qality is an", "quality"),
    (
        'options = { preset = "p5" }',
        'options = { gpu = "0" }',
        "video.hardware.nvenc.options.gpu is an unknown key",
        "",
    ),
]


@pytest.mark.parametrize(("old", "new", "message", "hint"), WRONG)
def test_what_is_wrong_is_named_with_file_and_key(
    old: str, new: str, message: str, hint: str, folder: Path
) -> None:
    path = write(folder, changed(old, new))
    with pytest.raises(UsageError) as caught:
        read_preset(path)
    assert caught.value.message.startswith(f"preset {path}: {message}")
    assert hint in caught.value.hint


def test_a_preset_may_hold_only_audio_or_only_video(folder: Path) -> None:
    video = GOOD[: GOOD.index("[audio]")]
    assert read_preset(write(folder, video)).audio is None
    audio = GOOD[: GOOD.index("[video]")] + GOOD[GOOD.index("[audio]") :]
    assert read_preset(write(folder, audio)).video is None


def test_a_preset_of_nothing_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="nothing would be made"):
        read_preset(write(folder, GOOD[: GOOD.index("[video]")]))


INJECTIONS = [
    ('encoder = "libx264"', 'encoder = "libx264 -f tee"'),
    ('encoder = "libx264"', 'encoder = "-y"'),
    ('encoder = "aac"', 'encoder = "aac;rm"'),
    ('container = "mp4"', 'container = "tee:/etc/passwd"'),
    ('container = "mp4"', 'container = "../mp4"'),
    ('[".mp4"]', '["./../x"]'),
    ('"yuv420p"', '"yuv420p,drawtext=textfile=/etc/passwd"'),
    ('["aac"]', '["aac -protocol_whitelist all"]'),
    ('preset = "fast"', 'x264-params = "log=/tmp/x"'),
    ('preset = "fast"', 'passlogfile = "/tmp/x"'),
    ('preset = "fast"', 'stats = "/tmp/x"'),
    ('preset = "fast"', 'dump_extra = "1"'),
    ('preset = "fast"', 'preset = "/etc/passwd"'),
    ('preset = "fast"', 'preset = "fast\\n-f"'),
    ('preset = "fast"', "preset = 5"),
    ('preset = "fast"', 'preset = ".."'),
    ('preset = "fast"', 'x265-params = "csv=x"'),
    ('preset = "fast"', 'svtav1-params = "fgs-table=x"'),
    ('encoder = "h264_nvenc"', 'encoder = "x -f tee_nvenc"'),
    ("max_rate = 60", 'filters = "movie=/etc/passwd"'),
    ("max_rate = 60", 'vf = "lut3d=file=x"'),
    ('preset = "fast"', f'preset = "{"x" * 65}"'),
    ("quality = 20", 'extra_args = ["-f", "tee"]'),
    ("quality = 20", 'quality_option = "b:v 5 -f tee"'),
    ("[audio]", '[[video.outputs]]\nurl = "/tmp/x"\n[audio]'),
]


@pytest.mark.parametrize(("old", "new"), INJECTIONS)
def test_nothing_but_known_keys_and_plain_words_gets_through(
    old: str, new: str, folder: Path
) -> None:
    with pytest.raises(UsageError):
        read_preset(write(folder, changed(old, new)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"schema = = 1", "is not TOML"),
        (b"\xff\xfe", "is not TOML"),
    ],
)
def test_what_is_not_toml_is_reported(
    content: bytes, message: str, folder: Path
) -> None:
    (folder / "bad.toml").write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read_preset(folder / "bad.toml")


def test_what_is_not_a_small_regular_file_is_refused(folder: Path) -> None:
    (folder / "bad.toml").mkdir()
    with pytest.raises(UsageError, match=r"bad\.toml is not a small regular file"):
        read_preset(folder / "bad.toml")
    with pytest.raises(UsageError, match="is not a small regular file"):
        read_preset(write(folder, "#" * 100_000))


class TestFinding:
    def test_near_names_are_proposed(self) -> None:
        with pytest.raises(UsageError, match="unknown preset 'mp4-h246'") as caught:
            find_preset("mp4-h246")
        assert caught.value.hint.startswith("did you mean mp4-h264")

    def test_without_a_near_name_all_are_listed(self) -> None:
        with pytest.raises(UsageError) as caught:
            find_preset("zzz")
        assert caught.value.hint.startswith("known: ")
        assert "mp4-h264" in caught.value.hint

    @pytest.mark.parametrize(
        "name", ["../mine", "/etc/passwd", "mine.toml", "", "presets/../mine", "."]
    )
    def test_a_name_is_no_path(self, name: str, folder: Path) -> None:
        write(folder, GOOD)
        write(folder.parent, GOOD)
        with pytest.raises(UsageError, match="unknown preset"):
            find_preset(name)

    def test_a_users_own_wins(self, folder: Path) -> None:
        path = write(folder, GOOD, "mp4-h264")
        assert find_preset("mp4-h264").path == path
        assert preset_paths()["mp4-h264"] == path

    def test_a_users_own_is_listed_with_the_built_in(self, folder: Path) -> None:
        write(folder, GOOD)
        assert find_preset("mine").description == "For tests"
        assert {"mine", "mp4-h264"} <= set(preset_paths())

    def test_without_a_folder_named_the_systems_is_taken(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.delenv("AVIO_CONFIG_DIR")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
        assert user_folder().parts[-2:] == ("avio", "presets")

    def test_those_shipped_in_the_wheel_win_over_the_repositorys(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "_presets").mkdir()
        write(tmp_path / "_presets", GOOD, "shipped")
        monkeypatch.setattr(finding, "__file__", str(tmp_path / "presets" / "x.py"))
        assert set(preset_paths()) == {"shipped"}


class TestExtension:
    @pytest.mark.parametrize(
        ("name", "preset"),
        [
            ("a.mp4", "mp4-h264"),
            ("a.b.MP4", "mp4-h264"),
            ("a.m4v", "mp4-h264"),
            ("a.mkv", "mkv-h264"),
            ("a.webm", "webm-vp9"),
            ("a.m3u8", "hls"),
            ("a.mp3", "audio-mp3"),
        ],
    )
    def test_it_decides(self, name: str, preset: str) -> None:
        assert preset_for(Path(name)).name == preset

    def test_an_addresss_scheme_decides(self) -> None:
        assert preset_for("rtmp://h/live/key").name == "stream-rtmp"
        with pytest.raises(UsageError, match="no preset for URLs of srt://"):
            preset_for("srt://h:1?passphrase=secret")

    def test_an_unknown_one_lists_the_known(self) -> None:
        with pytest.raises(UsageError, match="no preset for the extension") as caught:
            preset_for(Path("a.xyz"))
        assert ".m4v, .mkv, .mov, .mp3, .mp4" in caught.value.hint
        assert "--preset" in caught.value.hint

    @pytest.mark.parametrize("name", ["a", ".mp4"])
    def test_without_one_a_name_with_one_is_proposed(self, name: str) -> None:
        with pytest.raises(UsageError, match=f"{name} has no extension") as caught:
            preset_for(Path(name))
        assert f"{name}.mp4" in caught.value.hint

    @pytest.mark.parametrize(
        ("name", "hint"), [("a.mp", "did you mean .mp4?"), ("a.png", "avio snapshot")]
    )
    def test_what_was_meant_is_proposed(self, name: str, hint: str) -> None:
        with pytest.raises(UsageError) as caught:
            preset_for(Path(name))
        assert hint in caught.value.hint

    def test_a_broken_preset_of_the_users_does_not_matter(self, folder: Path) -> None:
        write(folder, "nonsense", "a")
        assert preset_for(Path("a.mp4")).name == "mp4-h264"

    def test_no_two_presets_claim_the_same(self) -> None:
        claimed = [s for name in preset_paths() for s in find_preset(name).extensions]
        assert len(claimed) == len(set(claimed))


def test_a_deeply_nested_file_is_one_error(tmp_path: Path) -> None:
    path = tmp_path / "deep.toml"
    path.write_text("a = " + "[" * 20_000)
    with pytest.raises(UsageError, match=r"deep\.toml is nested too deeply"):
        read_preset(path)
