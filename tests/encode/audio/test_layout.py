"""Every channel reaches the result in its place, or a warning says that it is mixed."""

from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from avio_cli import api
from avio_cli.cli.main import run
from avio_cli.encode.audio.layout import (
    naming_filter,
    plan_channels,
    usual_layout,
)
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run as run_child

_AS_6_1 = "pan=6.1|FL=FL|FR=FR|FC=FC|LFE=LFE|BC=BC|SL=BL|SR=BR"
VIDEO = "-f lavfi -i testsrc2=s=64x64:r=25:d=0.4".split()


@pytest.mark.parametrize(
    ("channels", "layout", "encoder", "found"),
    [
        (1, "1 channels (FL)", "aac", "pan=mono|c0=c0"),
        (1, "mono", "libopus", ""),
        (2, "downmix", "aac", "pan=stereo|c0=c0|c1=c1"),
        (3, "2.1", "aac", ""),
        (3, "2.1", "libopus", "pan=5.1|FL=FL|FR=FR|LFE=LFE"),
        (3, "", "libopus", "pan=5.1|FL=FL|FR=FR|LFE=LFE"),
        (6, "5.1(side)", "aac", "pan=5.1|FL=FL|FR=FR|FC=FC|LFE=LFE|BL=SL|BR=SR"),
        (6, "5.1(side)", "ac3", ""),
        (6, "5.1(side)", "some_encoder", ""),
        (5, "5.0", "libopus", "pan=5.1|FL=FL|FR=FR|FC=FC|BL=BL|BR=BR"),
        (7, "6.1(back)", "libvorbis", _AS_6_1),
        (2, "2 channels (FC+LFE)", "libopus", "pan=5.1|FC=FC|LFE=LFE"),
        (0, "", "aac", ""),
    ],
)
def test_layouts_that_hold_all_channels(
    channels: int, layout: str, encoder: str, found: str
) -> None:
    plan = plan_channels(channels, layout, encoder)
    assert (",".join(plan.filters), plan.mixed) == (found, "")


@pytest.mark.parametrize(
    ("channels", "layout", "encoder", "most", "target"),
    [
        (8, "7.1(wide)", "libopus", None, "7.1"),
        (6, "5.1", "libmp3lame", 2, "stereo"),
        (6, "5.1", "some_encoder", 2, "stereo"),
        (7, "6.1", "ac3", None, "5.1"),
        (7, "6.1", "libopus", None, "5.1"),
        (8, "octagonal", "aac", None, "7.1"),
        (16, "", "aac", None, "7.1"),
    ],
)
def test_others_are_mixed_and_named(
    channels: int, layout: str, encoder: str, most: int | None, target: str
) -> None:
    plan = plan_channels(channels, layout, encoder, most)
    assert f"is mixed to {target}" in plan.mixed
    assert target in plan.fitting


def test_usual_names() -> None:
    assert usual_layout(6, "5.1(side)") == "5.1"
    assert usual_layout(1, "1 channels (LFE)") == "mono"
    assert usual_layout(3, "3 channels (FL+FR+TFC)") == "2.1"
    assert naming_filter(6, "5.1") == ""


def tagged(path: Path, layout: str, tone_in: str) -> Path:
    """A mov whose audio has a tone in one channel, silence in the others."""
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *VIDEO]
    argv += ["-f", "lavfi", "-i", "sine=f=60:d=0.4:r=48000", "-filter_complex"]
    argv += [f"[1:a]pan={layout}|{tone_in}=8*c0[a]", "-map", "0:v", "-map", "[a]"]
    done = run_child([*argv, "-c:a", "pcm_s16le", str(path)])
    assert done.status == 0, done.stderr
    return path


def loudest(path: Path) -> list[int]:
    """The channels of the first audio track that are not silent."""
    stream = api.probe(path).audios[0]
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path)]
    done = run_child([*argv, "-map", "0:a:0", "-f", "s16le", "-"])
    samples = np.frombuffer(done.stdout, np.int16).reshape(-1, stream.channels)
    levels = np.abs(samples.astype(int)).mean(axis=0)
    return [i for i, level in enumerate(levels) if level > levels.max() / 10]


@pytest.mark.parametrize(
    ("layout", "tone_in", "output", "channels", "place"),
    [
        ("FL", "FL", "out.mp4", 1, 0),
        ("FL", "FL", "out.webm", 1, 0),
        ("LFE", "LFE", "out.mp3", 1, 0),
        ("2.1", "LFE", "out.webm", 6, 3),
        ("5.0", "FC", "out.webm", 6, 2),
        ("4.0", "BC", "out.mp4", 4, 3),
        ("3.1", "LFE", "out.mp4", 6, 3),
        ("5.1(side)", "SR", "out.webm", 6, 5),
        ("5.1(side)", "SL", "out.mp4", 6, 4),
        ("7.0", "SR", "out.opus", 8, 7),
    ],
)
@pytest.mark.sampled(4)
def test_a_channel_reaches_its_place(
    ffmpeg: FFmpeg,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    layout: str,
    tone_in: str,
    output: str,
    channels: int,
    place: int,
) -> None:
    source = tagged(tmp_path / "in.mov", layout, tone_in)
    assert run(["transcode", str(source), str(tmp_path / output)]) == 0
    assert "mixed" not in capsys.readouterr().err
    assert api.probe(tmp_path / output).audios[0].channels == channels
    assert loudest(tmp_path / output) == [place]


def test_a_mix_is_named(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tagged(tmp_path / "in.mov", "7.1(wide)", "FLC")
    assert run(["transcode", str(source), str(tmp_path / "out.webm")]) == 0
    error = capsys.readouterr().err
    assert "audio stream #1: 7.1(wide) is mixed to 7.1: libopus takes no such" in error
    assert run(["transcode", str(source), str(tmp_path / "out.mp3")]) == 0
    assert "7.1(wide) is mixed to stereo, as the preset says" in capsys.readouterr().err


def test_users_may_choose_the_channels_themselves(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tagged(tmp_path / "in.mov", "5.1(side)", "SR")
    words = ["--af", "pan=stereo|c0=FL|c1=SR"]
    assert run(["transcode", str(source), str(tmp_path / "out.webm"), *words]) == 0
    assert "mixed" not in capsys.readouterr().err
    assert loudest(tmp_path / "out.webm") == [1]


@pytest.mark.parametrize("layout", ["FL", "2.1", "5.0(side)"])
@pytest.mark.sampled(3)
def test_filters_callbacks_and_merges(
    ffmpeg: FFmpeg, tmp_path: Path, layout: str
) -> None:
    source = tagged(tmp_path / "in.mov", layout, "FL")
    volume = api.AudioOptions(filters="volume=0.5")
    api.transcode(source, tmp_path / "a.webm", audio_options=volume)
    api.transcode(source, tmp_path / "b.mp4", callback=lambda frame: None)
    assert run(["merge", str(tmp_path / "c.webm"), str(source), str(source)]) == 0
    for name in ("a.webm", "b.mp4", "c.webm"):
        assert loudest(tmp_path / name) == [0]
