"""Old names of the Python API are taken for one more release."""

from pathlib import Path

import pytest

from avio_cli import api
from avio_cli.errors import UsageError
from avio_cli.jobs.transcode import run as transcoding
from avio_cli.jobs.transcode.job import TranscodeJob
from tests.clips import make_clip

VIDEO, AUDIO = api.VideoOptions(width=80), api.AudioOptions(encoder="flac")


def test_old_keywords_ask_for_the_same_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[TranscodeJob] = []
    monkeypatch.setattr(transcoding, "transcode", lambda job, _: jobs.append(job))
    source = make_clip(tmp_path / "in.mkv", frames=2).path
    output = tmp_path / "out.mp4"
    api.transcode(source, output, video_options=VIDEO, audio_options=AUDIO)
    api.transcode(source, output, picture=VIDEO, sound=AUDIO)
    assert jobs[0] == jobs[1]
    assert (jobs[1].settings.video, jobs[1].settings.audio) == (VIDEO, AUDIO)


def test_an_old_keyword_beside_the_new_one_is_refused(tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    with pytest.raises(UsageError, match="picture is an old name"):
        api.transcode("in.mp4", output, picture=VIDEO, video_options=VIDEO)
    with pytest.raises(UsageError, match="sound is an old name"):
        api.transcode("in.mp4", output, sound=AUDIO, audio_options=AUDIO)
    with pytest.raises(UsageError, match="picture is an old name"):
        api.create_video(output, picture=VIDEO, video_options=VIDEO)


def test_old_names_of_classes_are_still_there() -> None:
    assert api.PictureChoice is api.VideoOptions
    assert api.SoundChoice is api.AudioOptions
    assert api.Summary is api.TranscodeResult
