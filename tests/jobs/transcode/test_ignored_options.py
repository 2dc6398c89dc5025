"""No option is ignored without a word: it is refused, or a warning names it."""

from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli import api
from avio_cli.cli.main import run
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import Clip, make_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    folder = tmp_path_factory.mktemp("clip")
    return make_clip(folder / "in.mp4", frames=5, audios=1)


CONTRADICTIONS = [
    ("--copy --width 80", "--width"),
    ("--copy --height 80", "--height"),
    ("--copy --upscale", "--upscale"),
    ("--copy --vf hflip", "--vf"),
    ("--copy --af volume=2", "--af"),
    ("--copy --fps 5", "--fps"),
    ("--copy --quality 30", "--quality"),
    ("--copy --video-codec libx265", "--video-codec"),
    ("--copy --audio-codec flac", "--audio-codec"),
    ("--copy --deinterlace on", "--deinterlace"),
    ("--copy --encoder-option g=5", "--encoder-option"),
    ("--copy --hwaccel auto", "--hwaccel"),
    ("--copy --hwaccel cuda", "--hwaccel"),
    ("--no-video --hwaccel auto", "--hwaccel"),
    ("--preset audio-aac --hwaccel auto", "--hwaccel"),
    ("--copy --width 80 --af volume=2", "--width and --af"),
    ("--copy --no-audio --audio-track 0", "--audio-track"),
    ("--video-codec copy", "--copy"),
    ("--video-codec copy --audio-codec copy", "--copy"),
    ("--audio-codec copy --af volume=2", "--af"),
    ("--no-video --width 80", "--width"),
    ("--no-video --encoder-option g=5", "--encoder-option"),
    ("--preset audio-aac --fps 5", "--fps"),
    ("--preset gif --audio-codec flac", "--audio-codec"),
    ("--no-audio --af volume=2", "--af"),
    ("--no-audio --audio-codec copy", "--audio-codec"),
    ("--no-audio --audio-track 0", "--audio-track"),
    ("--no-subtitles --subtitle-track 0", "--subtitle-track"),
    ("--upscale", "--width or --height"),
    ("--quality 52", "libx264: 0 to 51"),
    ("--preset mp4-hevc --quality 60", "libx265: 0 to 51"),
    ("--video-codec mpeg4 --quality 0", "mpeg4: 1 to 31"),
    ("--video-codec h264_nvenc --quality 60", "h264_nvenc: 1 to 51"),
    ("--preset mov-prores --quality 5", "mov-prores has no such option"),
    ("--preset mkv-ffv1 --quality 5", "ffv1"),
    ("--quality 20 --encoder-option b=2M", "exclude each other with libx264"),
    ("--preset gif --fps 60", "--fps 60"),
    ("--start 0.1 --end 0.3 --vf setpts=2*PTS", "--start and --end"),
    ("--end 0.3 --af atempo=0.5", "the filter atempo changes times"),
]


@pytest.mark.parametrize(("words", "named"), CONTRADICTIONS)
@pytest.mark.sampled(13)
def test_a_contradiction_is_wrong_usage_and_names_the_option(
    clip: Clip,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: str,
    named: str,
) -> None:
    output = tmp_path / "out.mp4"
    assert run(["transcode", str(clip.path), str(output), *words.split()]) == 2
    assert named in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [
        {"copy": True, "video_options": api.VideoOptions(rate=Fraction(5))},
        {"copy": True, "audio_options": api.AudioOptions(encoder="flac")},
        {"video": False, "callback": lambda frame: None},
        {"video_options": api.VideoOptions(quality=52)},
        {"start": 0.1, "video_options": api.VideoOptions(filters="setpts=2*PTS")},
        {"end": 0.3, "audio_options": api.AudioOptions(filters="atempo=2")},
    ],
)
def test_python_refuses_the_same(
    clip: Clip, tmp_path: Path, options: dict[str, object]
) -> None:
    with pytest.raises(UsageError):
        api.transcode(clip.path, tmp_path / "out.mp4", **options)  # type: ignore[arg-type]


def test_a_size_that_is_not_reached_is_reported(
    clip: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = str(tmp_path / "out.mp4")
    words = ["transcode", str(clip.path), output, "--width", "1000", "--height", "96"]
    assert run(words) == 0
    error = capsys.readouterr().err
    assert "--width 1000 is not reached: the video has 160" in error
    assert "--height" not in error
    assert api.probe(output).videos[0].width == 160
    assert run([*words, "--upscale", "-y"]) == 0
    assert "not reached" not in capsys.readouterr().err


def test_an_option_for_video_that_is_not_there_is_reported(
    clip: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audio, output = str(tmp_path / "a.m4a"), str(tmp_path / "out.mp4")
    assert run(["transcode", str(clip.path), audio]) == 0
    assert run(["transcode", audio, output, "--width", "80"]) == 0
    assert "--width changes nothing: no video is encoded" in capsys.readouterr().err


@pytest.mark.parametrize("by_callback", [False, True])
@pytest.mark.parametrize(
    ("option", "named"),
    [
        ({"deadline": "good"}, "no option deadline"),
        ({"x264-params": "bogus=1"}, "bogus"),
    ],
)
def test_an_option_that_the_encoder_ignores_fails(
    ffmpeg: FFmpeg,
    clip: Clip,
    tmp_path: Path,
    by_callback: bool,
    option: dict[str, str],
    named: str,
) -> None:
    with pytest.raises(UsageError, match=named):
        api.transcode(
            clip.path,
            tmp_path / "out.mp4",
            callback=(lambda frame: None) if by_callback else (),
            video_options=api.VideoOptions(options=option),
        )
    assert list(tmp_path.iterdir()) == []


def test_options_of_all_encoders_are_not_taken_for_ignored(
    ffmpeg: FFmpeg, clip: Clip, tmp_path: Path
) -> None:
    used = {"b": "1M", "refs": "2", "tune": "grain", "x264-params": "me=dia"}
    choice = api.VideoOptions(options=used)
    assert api.transcode(clip.path, tmp_path / "out.mp4", video_options=choice).size


def test_a_copy_reports_no_preset(
    clip: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = str(tmp_path / "out.mkv")
    assert run(["transcode", str(clip.path), output, "--copy"]) == 0
    error = capsys.readouterr().err
    assert "(copied into matroska)" in error
    assert "mkv-h264" not in error


@pytest.mark.slow
def test_the_summary_names_the_encoders_of_the_user(
    clip: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = str(tmp_path / "out.mp4")
    for options, named in (
        ("--video-codec mpeg4 --audio-codec libmp3lame", "with mpeg4 and libmp3lame"),
        ("--audio-codec libmp3lame", "with libmp3lame"),
        ("--video-codec libx264 --audio-codec aac", ""),
    ):
        words = ["transcode", str(clip.path), output, "-y", *options.split()]
        assert run(words) == 0
        assert f"(mp4-h264 {named}".rstrip() + ")" in capsys.readouterr().err
