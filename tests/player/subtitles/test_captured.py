"""What screenshots and recordings hold of subtitles."""

from pathlib import Path

import numpy as np

from tests.clips import decode
from tests.player.conftest import Play
from tests.player.subtitles.making import SRT
from tests.player.subtitles.seeing import rows_of


def test_a_screenshot_holds_them_in_the_size_of_the_video(
    play: Play, video: Path, tmp_path: Path
) -> None:
    video.with_name("video.srt").write_text(SRT)
    folder = tmp_path / "shots"
    folder.mkdir()
    options = ("--record-dir", str(folder), "--size", "200x200")
    play(video, script=["key SPACE", "seek 0.6", "key c", "quit"], options=options)
    (shot,) = folder.iterdir()
    (frame,) = decode(shot, 640, 360)
    first, last = rows_of(frame)
    assert 300 < first < last < 360
    assert last - first >= 10, "letters for 360 rows, not for 112"


def test_a_recording_of_frames_holds_them_at_their_times(
    play: Play, video: Path, tmp_path: Path
) -> None:
    video.with_name("video.srt").write_text(SRT)
    path = tmp_path / "recorded.mp4"
    script = ["key SPACE", "seek 0.4", "key r", "key . 10", "key r", "quit"]
    options = ("--vf", "null", "--record-dir", str(tmp_path / "out"))
    (tmp_path / "out").mkdir()
    play(video, script=script, options=options)
    (path,) = (tmp_path / "out").iterdir()
    has_text = [rows_of(frame, 180) != (-1, -1) for frame in decode(path, 640, 360)]
    assert np.flatnonzero(np.diff(has_text)).size == 1, has_text
    assert not has_text[0]
    assert has_text[-1]
