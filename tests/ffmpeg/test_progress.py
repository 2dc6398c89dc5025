"""Reports that begin with nonsense, come in pieces, and never run backwards."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.progress import ProgressParser, ProgressStep


def report(frame: object, microseconds: object, size: object, end: bool = False) -> str:
    return (
        f"frame={frame}\nfps=0.00\nstream_0_0_q=28.0\nbitrate=N/A\ntotal_size={size}\n"
        f"out_time_us={microseconds}\nout_time_ms={microseconds}\nout_time=N/A\n"
        f"dup_frames=0\ndrop_frames=0\nspeed=N/A\n"
        f"progress={'end' if end else 'continue'}\n"
    )


def steps(*reports: str) -> list[ProgressStep]:
    return list(ProgressParser().feed("".join(reports).encode()))


def test_a_report_becomes_numbers() -> None:
    assert steps(report(12, 480_000, 1234)) == [ProgressStep(12, 0.48, 1234)]


@pytest.mark.parametrize("nothing", ["N/A", "-9223372036854775808", "-23220", "", "x"])
def test_what_is_no_number_yet_counts_as_nothing(nothing: str) -> None:
    assert steps(report(nothing, nothing, nothing)) == [ProgressStep(0, 0.0, 0)]


def test_it_never_runs_backwards() -> None:
    found = steps(report(9, 9_000_000, 900), report(3, "N/A", 1), report(10, 1, 2))
    assert found[1] == found[0]
    assert found[2] == ProgressStep(10, 9.0, 900)


def test_padding_and_windows_line_ends_do_not_matter() -> None:
    data = b"frame=    7\r\nout_time_us= 40000 \r\ntotal_size=5\r\nprogress=end\r\n"
    assert list(ProgressParser().feed(data)) == [ProgressStep(7, 0.04, 5)]


def test_audio_alone_has_no_frames() -> None:
    data = b"out_time_us=40000\ntotal_size=5\nprogress=continue\n"
    assert list(ProgressParser().feed(data)) == [ProgressStep(0, 0.04, 5)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 60)))
def test_pieces_of_any_size_give_the_same(sizes: list[int]) -> None:
    data = (report(1, 40_000, 10) + report(2, 80_000, 20, end=True)).encode()
    parser, found = ProgressParser(), []
    for size in [*sizes, len(data)]:
        found += parser.feed(data[:size])
        data = data[size:]
    assert found == [ProgressStep(1, 0.04, 10), ProgressStep(2, 0.08, 20)]


def test_both_ffmpegs_report_so(ffmpeg: FFmpeg) -> None:
    source = "-f lavfi -i testsrc2=s=64x48:r=25:d=1 -f null -"
    argv = [ffmpeg.path, "-nostdin", "-progress", "pipe:1", *source.split()]
    last = list(ProgressParser().feed(run(argv).stdout))[-1]
    assert last.frames == 25
    assert 0.9 < last.seconds <= 1.0
