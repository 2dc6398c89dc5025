"""What a user asks for, as a job: the command line and Python ask for the same."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from avio_cli import api
from avio_cli.cli.main import run
from avio_cli.errors import UsageError
from avio_cli.jobs.transcode import run as transcoding
from avio_cli.jobs.transcode.job import TranscodeJob
from avio_cli.jobs.transcode.options import TranscodeOptions
from avio_cli.presets import find_preset
from tests.clips import Clip, make_clip

CALLBACK = "def same(frame): pass\nsame.pixel_format = 'gray'\n"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make_clip(tmp_path_factory.mktemp("clip") / "in.mkv", frames=5)


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[TranscodeJob]:
    """The jobs that would have run."""
    asked: list[TranscodeJob] = []

    def transcode(job: TranscodeJob, on_progress: object) -> api.TranscodeResult:
        asked.append(job)
        return api.TranscodeResult(0, 0.0, 0)

    monkeypatch.setattr(transcoding, "transcode", transcode)
    return asked


VIDEO = api.VideoOptions(
    encoder="mpeg4",
    quality=5,
    width=80,
    height=60,
    upscale=True,
    rate=Fraction(30000, 1001),
    filters="hflip",
    deinterlace="on",
    options={"g": "5"},
)
CHOICES: list[tuple[str, dict[str, Any]]] = [
    ("", {}),
    ("--start 0.04 --end 0:00:00.12", {"start": 0.04, "end": Fraction(3, 25)}),
    ("--preset mkv-ffv1", {"preset": "mkv-ffv1"}),
    (
        "--video-codec mpeg4 --quality 5 --width 80 --height 60 --upscale --fps 29.97 "
        "--vf hflip --deinterlace on --encoder-option g=5",
        {"video_options": VIDEO},
    ),
    ("--audio-codec flac", {"audio_options": api.AudioOptions(encoder="flac")}),
    ("--audio-codec copy", {"audio_options": api.AudioOptions(encoder="copy")}),
    ("--af volume=2", {"audio_options": api.AudioOptions(filters="volume=2")}),
    ("--no-video", {"video": False}),
    ("--no-audio --no-subtitles", {"audio": False, "subtitles": False}),
    (
        "--audio-track 0 --subtitle-track eng",
        {"audio_track": "0", "subtitle_track": "eng"},
    ),
    ("--copy --verify decode", {"copy": True, "verify": "decode"}),
    ("--hwaccel auto -y", {"hwaccel": "auto", "force": True}),
    ("--allow-damaged --verify none", {"allow_damaged": True, "verify": "none"}),
]


@pytest.mark.parametrize(("words", "keywords"), CHOICES)
@pytest.mark.sampled(5)
def test_command_line_and_python_build_the_same_job(
    clip: Clip,
    tmp_path: Path,
    jobs: list[TranscodeJob],
    words: str,
    keywords: dict[str, Any],
) -> None:
    output = str(tmp_path / "out.mp4")
    assert run(["transcode", str(clip.path), output, *words.split()]) == 0
    api.transcode(clip.path, output, **keywords)
    assert jobs[0] == jobs[1]


@pytest.mark.slow
def test_no_two_choices_are_the_same_job(
    clip: Clip, tmp_path: Path, jobs: list[TranscodeJob]
) -> None:
    for _, keywords in CHOICES:
        api.transcode(clip.path, tmp_path / "out.mp4", **keywords)
    assert all(job not in jobs[:number] for number, job in enumerate(jobs))


def test_both_send_to_a_server(clip: Clip, jobs: list[TranscodeJob]) -> None:
    server = "rtmp://localhost/live/key"
    assert run(["transcode", str(clip.path), server]) == 0
    api.transcode(clip.path, server)
    assert jobs[0] == jobs[1]
    assert jobs[0].encoding.name == "rtmp://localhost/live/***"


def test_both_call_the_same_callbacks(
    clip: Clip, tmp_path: Path, jobs: list[TranscodeJob]
) -> None:
    (tmp_path / "mine.py").write_text(CALLBACK)
    source, output = str(clip.path), str(tmp_path / "out.mp4")
    named = f"{tmp_path / 'mine.py'}:same"
    assert run(["transcode", source, output, "--callback", named]) == 0
    api.transcode(source, output, callback=jobs[0].callbacks)
    assert jobs[0] == jobs[1]

    def same(frame: api.Frame) -> None:
        """Keep the frame."""

    api.transcode(source, output, callback=same)
    assert replace(jobs[2], callbacks=()) == replace(jobs[0], callbacks=())
    assert [step.pixel_format for step in jobs[2].callbacks] == ["bgr24"]


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"output": "out.xyz"}, r"no preset for the extension \.xyz of out\.xyz"),
        ({"preset": "nothing"}, "unknown preset 'nothing'"),
        ({"video_options": api.VideoOptions(encoder="-y")}, "'-y' is not the name"),
        ({"audio_options": api.AudioOptions(encoder="a b")}, "'a b' is not the name"),
    ],
)
def test_wrong_options_are_refused_before_a_source_is_opened(
    keywords: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        TranscodeOptions(**({"output": "out.mp4"} | keywords))


@pytest.mark.parametrize(
    ("audio", "copied"),
    [
        (api.AudioOptions(), find_preset("mp4-h264").audio_copy),
        (api.AudioOptions(encoder="copy"), ("any",)),
        (api.AudioOptions(encoder="aac"), ()),
        (api.AudioOptions(filters="volume=2"), ()),
    ],
)
def test_audio_is_copied_unless_it_is_to_be_changed(
    audio: api.AudioOptions, copied: tuple[str, ...]
) -> None:
    settings = TranscodeOptions(output="out.mp4", audio_options=audio).settings
    assert settings.streams.audio_copy == copied
    assert settings.audio.encoder == audio.encoder.replace("copy", "")


def test_copying_all_may_say_so_for_each_kind() -> None:
    wanted = TranscodeOptions(
        output="out.mp4",
        copy=True,
        video_options=api.VideoOptions(encoder="copy"),
        audio_options=api.AudioOptions(encoder="copy"),
    )
    assert wanted.settings.video == api.VideoOptions()
    assert wanted.settings.audio == api.AudioOptions()
