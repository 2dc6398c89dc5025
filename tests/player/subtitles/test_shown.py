"""Subtitles on the screen: read from the window after each step of a script."""

import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.player.subtitles.extraction import Extraction
from avio_cli.player.subtitles.image import SubtitleImage
from avio_cli.player.subtitles.placement import Look as Size
from avio_cli.player.subtitles.script import Moment
from avio_cli.player.subtitles.sources import TextCues
from tests.player.conftest import Play
from tests.player.subtitles.conftest import Look
from tests.player.subtitles.making import (
    SRT,
    Box,
    ffmpeg,
    write_dvb,
    write_pgs,
    write_vobsub,
)
from tests.player.subtitles.seeing import rows_of

STYLED = """[Script Info]
ScriptType: v4.00+
PlayResX: 640
PlayResY: 360

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, Outline, Alignment
Style: Red,Arial,80,&H800000ff,&H0,0,5

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.00,0:00:01.00,Red,,0,0,0,,{\\p1}BOX
Dialogue: 0,0:00:01.00,0:00:03.00,Red,,0,0,0,,{\\move(100,100,500,100,0,1000)\\p1}BOX
""".replace("BOX", "m 0 0 l 100 0 100 50 0 50")
BOXES = (Box(0.5, 1, 100, 300, 200, 40), Box(2, 2.5, 400, 20, 80, 40))
NOTHING = (-1, -1)


def with_tracks(video: Path, *options: str | Path) -> Path:
    path = video.with_name("with tracks.mkv")
    ffmpeg("-i", video, *options, path)
    return path


def is_low(pixels: NDArray[np.uint8]) -> bool:
    return rows_of(pixels)[0] > pixels.shape[0] * 0.8


def test_a_file_beside_the_video_is_shown_at_its_times(look: Look, video: Path) -> None:
    video.with_name("video.srt").write_text(SRT)
    times = ("seek 0.48", "key c", "seek 0.52", "key c", "seek 1", "key c")
    before, low, after, high = look(video, *times, "seek 2.2", "key c")
    assert rows_of(before) == rows_of(after) == NOTHING
    assert is_low(low)
    assert rows_of(high)[1] < 100


def test_colors_and_transparency_of_a_style_are_exact(look: Look, video: Path) -> None:
    video.with_name("video.ass").write_text(STYLED)
    (seen,) = look(video, "seek 0.5", "key c")
    middle, outside = seen[180, 320].astype(int), seen[60, 60].astype(int)
    assert abs(outside - 32).max() <= 2
    assert abs(middle - (16, 16, 143)).max() <= 3, "half of red, over grey"


def test_what_moves_is_drawn_for_each_frame(look: Look, video: Path) -> None:
    video.with_name("video.ass").write_text(STYLED)
    lines = ("seek 1.2", "key c", "key . 5", "key c")
    first, later = (
        np.flatnonzero((seen[..., 2] > 100).any(axis=0))[0]
        for seen in look(video, *lines)
    )
    assert later - first == pytest.approx(400 * 0.2, abs=4)


@pytest.mark.parametrize("codec", ["copy", "dvdsub"])
@pytest.mark.slow
def test_bitmaps_are_shown(look: Look, video: Path, tmp_path: Path, codec: str) -> None:
    pgs = write_pgs(tmp_path / "s.sup", (640, 360), BOXES)
    path = with_tracks(
        video,
        "-copyts",
        "-i",
        pgs,
        "-map",
        "0",
        "-map",
        "1",
        "-c:v",
        "copy",
        "-c:s",
        codec,
    )
    seen = look(
        path, "seek 0.6", "key c", "seek 2.2", "key c", options=("--sub-track", "0")
    )
    assert [rows_of(pixels) for pixels in seen] == [(300, 339), (20, 59)]
    columns = np.flatnonzero((seen[0].min(axis=2) > 200).any(axis=0))
    assert (columns[0], columns[-1]) == (100, 299)


def test_bitmaps_of_television_are_shown(
    look: Look,
    video: Path,
    tmp_path: Path,
    bundled_ffmpeg: FFmpeg,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DVB, in a transport stream; the decoder of 5.1 does not read what 9.0 encodes."""
    monkeypatch.setenv("AVIO_FFMPEG", bundled_ffmpeg.path)
    write_dvb(tmp_path / "s.mkv", (640, 360), BOXES)
    words = ("-map", "0", "-map", "1", "-c:v", "mpeg2video", "-c:s", "copy")
    path = video.with_name("television.ts")
    ffmpeg("-i", video, "-i", tmp_path / "s.mkv", *words, path)
    times = ("seek 0.6", "key c", "seek 1.3", "key c", "seek 2.2", "key c")
    seen = look(path, *times, options=("--sub-track", "0"))
    assert [rows_of(pixels) for pixels in seen] == [(300, 339), NOTHING, (20, 59)]


def test_bitmaps_of_a_file_vanish_at_their_end(look: Look, video: Path) -> None:
    write_pgs(video.with_name("video.sup"), (640, 360), BOXES)
    shown, none = look(video, "seek 0.95", "key c", "seek 1.2", "key c")
    assert rows_of(shown) == (300, 339)
    assert rows_of(none) == NOTHING


def test_bitmaps_of_a_vobsub_pair_are_shown(
    look: Look, video: Path, tmp_path: Path
) -> None:
    pgs = write_pgs(tmp_path / "s.sup", (640, 360), BOXES)
    write_vobsub(video.with_name("video.sub"), pgs, (640, 360), BOXES)
    seen = look(video, "seek 0.6", "key c", "seek 2.2", "key c")
    assert [rows_of(pixels, 100) for pixels in seen] == [(300, 339), (20, 59)]


@pytest.mark.slow
def test_text_is_sharp_where_a_small_video_fills_a_large_window(
    look: Look, video: Path
) -> None:
    video.with_name("video.ass").write_text(STYLED)
    (seen,) = look(video, "seek 0.5", "key c", size="2560x1440")
    edge = seen[720, 1060:1100, 2].astype(int)
    assert (edge < 40).sum() + (edge > 135).sum() >= 39, "one step, not a slope"


@pytest.mark.slow
def test_keys_change_delay_size_and_place_and_hide_them(
    look: Look, video: Path
) -> None:
    video.with_name("video.srt").write_text(SRT)
    delayed = ("seek 1.2", "key c", "key x 3", "key c", "key z 3")
    sized = ("seek 0.6", "key c", "key G 5", "key c", "key BS", "key F 5")
    moved = ("key T 5", "key c", "key v", "key c", "key v", "key c")
    seen = [rows_of(p) for p in look(video, *delayed, *sized, *moved)]
    none, late, normal, large, up, hidden, again = seen
    assert none == hidden == NOTHING
    assert late == normal
    assert large[1] - large[0] > 1.4 * (normal[1] - normal[0])
    assert normal[0] - up[0] == pytest.approx(36, abs=1)
    assert again == up


def test_they_make_room_for_the_controls(look: Look, video: Path) -> None:
    red = SRT.replace("HHH", '<font color="#ff0000">HHH</font>')
    video.with_name("video.srt").write_text(red)
    (seen,) = look(video, "seek 0.6", "key c", options=("--hud", "pinned"))
    rows = np.flatnonzero(
        ((seen[..., 2] > 200) & (seen[..., :2].max(axis=2) < 60)).any(axis=1)
    )
    assert 230 < rows[0] < rows[-1] < 290, "they are not in the shade of the bar"


def test_a_part_of_a_large_file_is_shown_before_all_is_read(
    look: Look, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = video.with_name("text")
    text.write_text(SRT)
    words = ("-f", "srt", "-i", text, "-map", "0", "-map", "1", "-c:v", "copy")
    path = with_tracks(video, *words, "-c:s", "srt")
    drawn, whole_is_read = threading.Event(), threading.Event()
    script, render = Extraction.script, TextCues.render

    def late(self: Extraction) -> str:
        assert drawn.wait(60)
        whole_is_read.set()
        return script(self)

    def noted(self: TextCues, moment: Moment, look: Size) -> SubtitleImage:
        image = render(self, moment, look)
        drawn.set()
        return image

    monkeypatch.setattr(Extraction, "script", late)
    monkeypatch.setattr(TextCues, "render", noted)
    monkeypatch.setattr("avio_cli.player.subtitles.extraction.LARGE_BYTES", 0)
    lines = ("seek 0.6", "key c", "wait 0.5", "seek 2.2", "key c")
    low, high = look(path, *lines, options=("--sub-track", "0"))
    assert is_low(low)
    assert rows_of(high)[1] < 100
    assert whole_is_read.is_set()


@pytest.mark.slow
def test_flags_and_options_choose_the_track(look: Look, video: Path) -> None:
    low, high = video.with_name("low"), video.with_name("high")
    low.write_text("1\n00:00:00,000 --> 00:00:03,000\nHHH\n")
    high.write_text("1\n00:00:00,000 --> 00:00:03,000\n{\\an8}HHH\n")
    inputs = ("-f", "srt", "-i", low, "-f", "srt", "-i", high)
    tracks = ("-map", "0", "-map", "1", "-map", "2", "-c:v", "copy", "-c:s", "srt")
    tags = ("-metadata:s:s:0", "language=eng", "-metadata:s:s:1", "language=ger")
    plain = with_tracks(video, *inputs, *tracks, *tags, "-disposition:s", "0")

    def shown(path: Path, *options: str) -> str:
        (seen,) = look(path, "seek 1", "key c", options=options)
        if rows_of(seen) == NOTHING:
            return "none"
        return "low" if is_low(seen) else "high"

    assert shown(plain) == "none"
    assert shown(plain, "--sub-lang", "de,en") == "high"
    assert shown(plain, "--sub-track", "0") == "low"
    flagged = video.with_name("flagged.mkv")
    ffmpeg(
        "-i", plain, "-map", "0", "-c", "copy", "-disposition:s:1", "default", flagged
    )
    assert shown(flagged) == "high"
    assert shown(flagged, "--sub-track", "none") == "none"
    ffmpeg(
        "-i", plain, "-map", "0", "-c", "copy", "-disposition:s:1", "forced", flagged
    )
    assert shown(flagged) == "high"
    ffmpeg("-i", flagged, "-map", "0", "-c", "copy", video)
    video.with_name("video.srt").write_text(low.read_text())
    assert shown(video) == "low", "a file beside the video goes first"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--sub-track", "1"), "has no subtitle track 1"),
        (("--sub-lang", "fr"), "has no subtitle track in fr"),
        (("--audio-track", "0"), "has no audio track 0"),
        (("--sub-file", "none.srt"), "no such file: none.srt"),
        (("--sub-track", "0", "--sub-lang", "en"), "--sub-lang would be ignored"),
        (("--no-video", "--sub-lang", "en"), "--no-video shows nothing"),
        (("--no-audio", "--audio-lang", "en"), "--no-audio plays none"),
    ],
)
def test_what_is_not_there_is_an_error(
    video: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    message: str,
) -> None:
    video.with_name("video.en.srt").write_text(SRT)
    assert run(["play", str(video), *options]) != 0
    assert message in capsys.readouterr().err


def test_a_named_file_that_is_none_is_an_error_and_one_beside_a_warning(
    play: Play, video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = video.with_name("video.srt")
    wrong.write_text("no subtitles at all\n")
    play(video, script=["wait 0.1", "quit"])
    assert "avio: warning: " in capsys.readouterr().err
    words = ("--sub-file", str(wrong), "--keep-open")
    assert run(["play", str(video), *words]) != 0
    assert "video.srt" in capsys.readouterr().err


def test_a_dropped_file_is_shown(look: Look, video: Path, tmp_path: Path) -> None:
    (tmp_path / "other name.srt").write_text(SRT)
    lines = ("seek 0.6", "key c", f"drop {tmp_path / 'other name.srt'}", "key c")
    before, after = look(video, *lines)
    assert rows_of(before) == NOTHING
    assert is_low(after)


def test_of_several_inputs_one_without_the_track_is_skipped(
    video: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = video.with_name("other.mkv")
    other.write_bytes(video.read_bytes())
    other.with_suffix(".en.srt").write_text(SRT)
    words = ["--sub-lang", "en", "--end", "0.2"]
    assert run(["play", str(video), str(other), *words]) == 1
    seen = capsys.readouterr().err
    assert "video.mkv has no subtitle track in en" in seen
    assert "other.mkv" not in seen


def test_it_is_said_where_no_font_can_draw_them(
    video: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named = video.with_name("named.srt")
    named.write_text("1\n00:00:00,000 --> 00:01:00,000\nHHH\n")
    none = video.with_name("fonts.conf")
    none.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig><dir>{video.parent / 'none'}</dir></fontconfig>"
    )
    monkeypatch.setenv("FONTCONFIG_FILE", str(none))
    assert run(["play", str(video), "--sub-file", str(named)]) != 0
    assert "there is no font for them" in capsys.readouterr().err
