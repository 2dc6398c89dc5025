"""Subtitles that are malformed, dense or damaged never stop the player in silence."""

import tempfile
import threading
import time
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.errors import AvioError, InputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.url import parse_url
from avio_cli.player.player import Player
from avio_cli.player.subtitles.placement import Look as Size
from avio_cli.player.subtitles.script import Script
from avio_cli.player.subtitles.sources import SourceOpener
from avio_cli.player.subtitles.tracks import tracks_of_file
from avio_cli.player.subtitles.worker import SubtitleWorker
from tests.player.conftest import Play
from tests.player.playback.test_decode_session import wait_for
from tests.player.subtitles.making import SRT, Box, write_pgs

SIZE = Size((64, 36), (64, 36))
BOXES = (Box(0.5, 1, 10, 20, 30, 8),)


def opener_of(ffmpeg: FFmpeg, path: Path) -> SourceOpener:
    (track,) = tracks_of_file(ffmpeg, parse_url(path), Fraction(0))
    return SourceOpener(ffmpeg, track)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_text_with_a_byte_order_mark_is_read_as_it_is_encoded(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "wide.srt"
    path.write_bytes(("\ufeff" + SRT.replace("HHH", "Ä日")).encode(encoding))
    opener = opener_of(bundled_ffmpeg, path)
    try:
        assert "Ä日" in opener._extraction.script()
    finally:
        opener.close()


@pytest.mark.parametrize("error", [ValueError("odd"), OSError("the disk is full")])
def test_whatever_goes_wrong_in_the_thread_is_said(
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    path = tmp_path / "good.srt"
    path.write_text(SRT)

    def fail(self: SourceOpener) -> None:
        raise error

    monkeypatch.setattr(SourceOpener, "open", fail)
    worker = SubtitleWorker(opener_of(bundled_ffmpeg, path))
    try:
        wait_for(lambda: worker.failure is not None)
        assert str(error) in str(worker.failure)
        assert worker.at(Fraction(1), SIZE)[1], "nothing waits for it any more"
    finally:
        worker.close()


@pytest.mark.parametrize("kept", [100, 30])
def test_bitmaps_of_which_none_is_left_are_an_error(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, kept: int
) -> None:
    path = write_pgs(tmp_path / "cut.sup", (64, 36), BOXES)
    rest = bytes(range(256)) if kept == 30 else b""
    path.write_bytes(path.read_bytes()[:kept] + rest)
    opener = opener_of(bundled_ffmpeg, path)
    try:
        with pytest.raises(AvioError, match=r"cut\.sup"):
            opener.open()
    finally:
        opener.close()


def test_bitmaps_with_damage_after_them_are_shown_and_it_is_said(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_pgs(tmp_path / "odd.sup", (64, 36), BOXES)
    path.write_bytes(path.read_bytes() + bytes(range(1, 200)))
    opener = opener_of(bundled_ffmpeg, path)
    try:
        source = opener.open()
        moment = source.at(Fraction(3, 4))
        assert moment is not None
        assert not source.render(moment, SIZE).is_empty
    finally:
        opener.close()
    assert "odd.sup is damaged" in caplog.text


@pytest.mark.parametrize("lost", [0, 1, 30])
def test_bitmaps_whose_end_is_cut_off_are_said_to_be(
    bundled_ffmpeg: FFmpeg,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    lost: int,
) -> None:
    path = write_pgs(tmp_path / "cut.sup", (64, 36), BOXES)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - lost])
    opener = opener_of(bundled_ffmpeg, path)
    try:
        opener.open()
    finally:
        opener.close()
    assert ("cut.sup is cut" in caplog.text) == bool(lost)


def test_a_reading_that_is_ended_leaves_no_folder(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, path = tmp_path / "temporary", tmp_path / "good.srt"
    place.mkdir()
    path.write_text(SRT)
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    reading, ended = threading.Event(), threading.Event()

    def read(script: Script, text: str, is_wanted: object) -> None:
        reading.set()
        while callable(is_wanted) and is_wanted():
            time.sleep(0.001)
        ended.set()
        raise ValueError("ended")

    monkeypatch.setattr(Script, "__init__", read)
    worker = SubtitleWorker(opener_of(bundled_ffmpeg, path))
    assert reading.wait(10)
    assert any(place.iterdir())
    worker.close()
    assert ended.is_set()
    assert not any(place.iterdir())


def test_a_file_that_cannot_be_read_is_not_offered_again(
    play: Play, tmp_path: Path, dark: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video, said = tmp_path / "video.mkv", list[str]()
    video.write_bytes(dark.read_bytes())
    video.with_suffix(".srt").write_text("no subtitles at all")
    monkeypatch.setattr(Player, "notice", lambda self, text: said.append(text))
    play(video, script=["key SPACE", "wait 0.2", "key j", "quit"])
    found = [text for text in said if "ubtitles" in text]
    assert found[0].startswith("No subtitles: ")
    assert found[1:] == ["No subtitles that can be shown"]


def test_a_short_video_ends_only_when_its_named_file_was_read(
    tmp_path: Path,
    dark: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    named = tmp_path / "named.srt"
    named.write_text(SRT)

    def fail_late(self: SourceOpener) -> None:
        time.sleep(0.7)
        raise InputError("it cannot be read")

    monkeypatch.setattr(SourceOpener, "open", fail_late)
    words = ["play", str(dark), "--end", "0.1", "--sub-file"]
    assert run([*words, str(named)]) == 1
    assert "avio: error: it cannot be read" in capfd.readouterr().err
