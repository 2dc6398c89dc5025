"""``avio presets``, and names on the command line that are none."""

from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.presets import find_preset, preset_paths
from tests.clips import make_clip


@pytest.mark.parametrize("name", sorted(preset_paths()))
@pytest.mark.sampled(7)
def test_show_explains_every_value_and_the_command(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["presets", "show", name]) == 0
    printed = capfd.readouterr().out
    explained, _, command = printed.partition(
        "\nThe command for a video of H.264 and PCM:\n"
    )
    preset = find_preset(name)
    assert preset.description in explained
    assert command.strip().startswith("ffmpeg ")
    assert "-i INPUT " in command
    assert "OUTPUT" in command.split()[-1]
    if preset.video:
        assert f"-c:0 {preset.video.encoder}" in command
        for family, variant in preset.video.hardware.items():
            assert f"on {family}" in explained
            assert variant.encoder in explained
        for key, value in preset.video.options.items():
            assert f"-{key}:0 {value}" in command
    if preset.audio:
        assert preset.audio.encoder in explained


def test_a_users_own_is_shown_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AVIO_CONFIG_DIR", str(tmp_path))
    (tmp_path / "presets").mkdir()
    text = find_preset("mp4-h264").path.read_text()
    (tmp_path / "presets" / "mine.toml").write_text(text.replace("= 20", "= 33"))
    assert run(["presets", "show", "mine"]) == 0
    assert "-crf:0 33" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--video-codec", "libx264 -f tee"),
        ("--video-codec", "-y"),
        ("--video-codec", "libx264,x=y"),
        ("--audio-codec", "aac:x"),
        ("--encoder-option", "crf 5=1"),
        ("--preset", "../mp4-h264"),
        ("--preset", "/etc/passwd"),
        ("--hwaccel", "cuda:0 -f tee"),
    ],
)
def test_what_is_no_name_is_refused(
    option: str, value: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = make_clip(tmp_path / "in.mp4", frames=2).path
    output = tmp_path / "out.mp4"
    assert run(["transcode", str(source), str(output), f"{option}={value}"]) == 2
    assert "avio: error: " in capfd.readouterr().err
    assert not output.exists()


def test_a_name_that_promises_another_container_is_reported(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    source = make_clip(tmp_path / "in.mp4", frames=2).path
    output = tmp_path / "out.mkv"
    arguments = ["transcode", str(source), str(output), "--preset", "mp4-h264"]
    assert run(arguments) == 0
    assert "out.mkv will hold mp4, as the preset says" in capfd.readouterr().err


def test_a_wrong_preset_is_named_and_the_others_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AVIO_CONFIG_DIR", str(tmp_path))
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "bad.toml").write_text("x = [")
    text = find_preset("mp4-h264").path.read_text()
    (tmp_path / "presets" / "esc.toml").write_text(
        text.replace('description = "', 'description = "\\u001b[31m')
    )
    (tmp_path / "presets" / "worse.toml").write_text("schema = 9")
    assert run(["presets"]) == 2
    printed = capfd.readouterr()
    assert "mp4-h264" in printed.out
    assert "\\x1b[31m" in printed.out
    assert "\x1b" not in printed.out + printed.err
    assert "bad.toml" in printed.err
    assert "worse.toml" in printed.err
