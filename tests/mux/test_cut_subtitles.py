"""Subtitles from files have the times of the command's source, however it counts."""

from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.demux.timeline import list_inputs
from avio_cli.ffmpeg.clock import Clock
from avio_cli.ffmpeg.command import Input
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.url import file_url
from avio_cli.mux.cut_subtitles import CutSubtitles
from avio_cli.mux.subtitles import SUBRIP, TEXT_FILES, Cue, encode_cues, write_cues

FIRST = Fraction(13, 4)
CUES = (
    Cue(FIRST, Fraction(4), "one"),
    Cue(Fraction(5), Fraction(6), "two"),
)


@pytest.mark.parametrize("shift", [0, 2])
@pytest.mark.parametrize("clock", [Clock(), Clock((), Fraction(7, 5))])
@pytest.mark.parametrize("form", ["subrip", "webvtt", "mov_text"])
def test_times_are_those_of_the_source(
    ffmpeg: FFmpeg, tmp_path: Path, clock: Clock, shift: int, form: str
) -> None:
    text = write_cues(tmp_path / "text", CUES, TEXT_FILES.get(form, SUBRIP))
    if form == "mov_text":
        text = encode_cues(ffmpeg, text, tmp_path / "text.mov", form)
    made = CutSubtitles(inputs={2: text})
    (moved,) = made.timed(clock, shift)
    (line,) = list_inputs(ffmpeg, moved, ("-map", "0"), clock)
    # The list has the times that are restored on the output side.
    shown = [time - shift for time in line.shown()]
    assert shown[-1] == CUES[-1].start
    assert CUES[0].start in shown


def test_times_that_are_kept_need_no_option(tmp_path: Path) -> None:
    text = Input(file_url(tmp_path / "a.srt"), ("-f", "srt"))
    made = CutSubtitles(inputs={2: text})
    assert list(made.timed(Clock())) == [text]
