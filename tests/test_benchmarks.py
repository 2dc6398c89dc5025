"""The benchmarks run, and their tables say what they promise to say."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

import pytest

if sys.platform == "win32":
    pytest.skip("the benchmarks are for POSIX", allow_module_level=True)

from avio_cli.api import open_video
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.models.layouts import LAYOUTS
from benchmarks import __main__ as whole
from benchmarks import (
    layouts,
    memory,
    playing,
    reading,
    records,
    startup,
    tracker,
    transcoding,
)
from benchmarks.plan import Plan, full_plan, long_video, quick_plan, speed_video
from benchmarks.readers import READERS
from benchmarks.rounds import Outcome, Sample, cpu, measure, wall
from benchmarks.tables import Table, spread

OWN = {"ffmpeg -f null", "avio yuv420p", "avio bgr24"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("benchmarks")


@pytest.fixture
def plan(bundled_ffmpeg: FFmpeg, folder: Path) -> Plan:
    return quick_plan(folder)


@pytest.fixture
def no_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in READERS.keys() - OWN:
        monkeypatch.delitem(READERS, name)


def as_map(table: Table) -> Mapping[str, tuple[str, ...]]:
    return {row[0]: row[1:] for row in table.rows}


def test_videos_are_as_long_as_planned(plan: Plan) -> None:
    with open_video(speed_video(plan), pixel_format="yuv420p") as video:
        frames = list(video)
    assert len(frames) == 30 * plan.seconds
    assert (frames[0].width, frames[0].height) == plan.size
    with open_video(long_video(plan), pixel_format="yuv420p") as video:
        assert sum(1 for _ in video) == plan.frames[1]


@pytest.mark.usefixtures("no_peers")
@pytest.mark.slow
def test_reading_compares_avio_with_decoding_alone(plan: Plan) -> None:
    speeds, comparison = reading.tables(plan)
    assert as_map(speeds).keys() == OWN
    assert as_map(speeds)["ffmpeg -f null"][3] == "1.00"
    assert as_map(speeds)["ffmpeg -f null"][5] == "1.00"
    assert as_map(speeds)["avio bgr24"][:2] == ("bgr24", "yes")
    assert [row[:2] for row in comparison.rows] == [
        ("avio yuv420p", "ffmpeg -f null"),
        ("avio bgr24", "ffmpeg -f null"),
    ]


@pytest.mark.parametrize("name", sorted(READERS.keys() - {"ffmpeg -f null"}))
@pytest.mark.sampled(4)
def test_each_reader_reads_every_frame(plan: Plan, name: str) -> None:
    reader = READERS[name]
    if not reader.available:
        pytest.skip(f"{reader.package} is not installed")
    sample = reading.sample(name, speed_video(plan))
    assert sample.frames == 30
    assert sample.wall > 0
    assert sample.cpu > 0


@pytest.mark.slow
def test_transcoding_compares_with_the_same_command(plan: Plan) -> None:
    (table,) = transcoding.tables(plan)
    assert [row[0] for row in table.rows][:4] == [
        "the same ffmpeg command",
        "avio transcode",
        "avio transcode, callback on yuv420p",
        "avio transcode, callback on bgr24",
    ]
    assert table.rows[0][2::2] == ("1.00", "1.00")


@pytest.mark.skipif(sys.platform != "linux", reason="peaks are read from /proc")
@pytest.mark.slow
def test_memory_sees_python_and_ffmpeg(plan: Plan) -> None:
    (table,) = memory.tables(plan)
    for row in table.rows:
        short, long, difference = map(float, row[1:4])
        assert short > 10
        assert difference == pytest.approx(long - short, abs=0.11)
        assert float(row[4]) > 10


def test_startup_counts_what_python_takes(plan: Plan) -> None:
    (table,) = startup.tables(plan)
    rows = as_map(table)
    assert 0 < float(rows["python -c pass"][0]) < float(rows["avio info VIDEO"][0])


@pytest.mark.slow
def test_decoding_of_every_layout_is_timed(plan: Plan) -> None:
    (table,) = layouts.tables(plan)
    rows = as_map(table)
    assert {name.partition(",")[0] for name in rows} == set(LAYOUTS)
    for count, least, median, boxes in rows.values():
        assert int(count) >= 8400
        assert 0 < float(least) <= float(median)
        assert 80 < int(boxes) <= 100


@pytest.mark.slow
def test_records_are_timed_beside_plain_python(plan: Plan) -> None:
    (table,) = records.tables(plan)
    shown = {(name, count) for name, count, *_ in table.rows}
    assert shown == {(n, c) for n in records.FORMATS for c in ("10", "100", "1000")}
    assert all(float(row[4]) > 0 for row in table.rows)


@pytest.mark.slow
def test_playing_measures_sync_start_seeks_and_steps(plan: Plan) -> None:
    sync, start, seeks = playing.tables(plan)
    (row,) = sync.rows
    assert int(row[4]) + int(row[5]) == 30
    assert all(float(figure) > 0 for figure in as_map(start)["avio"])
    assert float(as_map(seeks)["avio: seek to frame"][0]) > 0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds on the clock of rounds; the last entry counts."""
    times = [0.0]
    monkeypatch.setattr("benchmarks.rounds.time.perf_counter", lambda: times[-1])
    return times


@pytest.mark.parametrize(
    ("seconds", "rounds"),
    [(1, 3), (20, 3), (25, 2), (30, 2), (31, 1), (1000, 1)],
)
def test_rounds_take_turns_until_no_further_one_fits(
    seconds: float, rounds: int, clock: list[float], tmp_path: Path
) -> None:
    order: list[str] = []

    def contender(name: str) -> Sample:
        order.append(name)
        clock.append(clock[-1] + seconds / 2)
        return Sample(wall=seconds / 2, cpu=1)

    plan = Plan(tmp_path, 3, (2, 2), 1, (1, 2), limit=60)
    outcome = measure({"a": lambda: contender("a"), "b": lambda: contender("b")}, plan)

    assert order == ["a", "b"] * rounds
    assert len(outcome.rounds) == len(outcome.noise) == rounds


def test_ratios_are_made_within_each_round() -> None:
    rounds = tuple(
        {"a": Sample(wall=noise, cpu=1), "b": Sample(wall=2 * noise, cpu=4)}
        for noise in (1.0, 10.0, 3.0)
    )
    outcome = Outcome(rounds, (0.0, 0.0, 0.0))
    assert outcome.ratios("b", "a", wall) == [2, 2, 2]
    assert outcome.ratios("a", "b", cpu) == [0.25] * 3
    assert outcome.median("a", wall) == 3


def test_tables_are_aligned_and_become_markdown() -> None:
    table = Table("T", ("name", "x"), (("long name", "1"), ("n", "22")), "Noise.")
    assert table.text().splitlines()[2:] == [
        "name       x",
        "long name  1",
        "n          22",
        "Noise.",
    ]
    assert "| long name | 1 |" in table.markdown().splitlines()


@pytest.mark.parametrize(
    ("ratios", "text"),
    [
        ([2.0], "2.00"),
        ([1.0, 2.0], "1.50 (1.00 to 2.00)"),
        ([1, 5, 9], "5.00 (1.00 to 9.00)"),
    ],
)
def test_spread_is_median_and_extremes(ratios: list[float], text: str) -> None:
    assert spread(ratios) == text


@pytest.mark.parametrize(
    ("pace", "fits"),
    [
        (1, [reading, startup, memory]),
        (0.5, [reading, startup, memory]),
        (2, [reading, startup]),
        (7, [reading]),
    ],
)
def test_what_would_take_too_long_is_left_out(
    pace: float,
    fits: list[ModuleType],
    clock: list[float],
) -> None:
    seconds = {reading: 10, startup: 5, memory: 15}
    measured = {}
    for benchmark, measured[benchmark] in whole.fitting(seconds, most=50):
        if measured[benchmark]:
            clock.append(clock[-1] + pace * seconds[benchmark])
    assert measured == {benchmark: benchmark in fits for benchmark in seconds}


def test_many_rounds_are_no_slow_machine(clock: list[float], tmp_path: Path) -> None:
    seconds, most = whole.budget(full_plan(tmp_path, rounds=7, limit=135))
    for benchmark, fits in whole.fitting(seconds, most):
        assert fits, benchmark
        clock.append(clock[-1] + whole.SECONDS[benchmark] * 7 / 3)


@pytest.mark.usefixtures("bundled_ffmpeg")
def test_what_is_left_out_is_named_in_both_texts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(whole, "SECONDS", {reading: whole.MOST + 1})
    page = tmp_path / "page.md"
    whole.main(["--folder", str(tmp_path), "--markdown", str(page)])
    for text in (page.read_text(encoding="utf-8"), capsys.readouterr().out):
        assert "Left out, there was no time: python -m benchmarks.reading\n" in text


TITLES = ("Reading", "Transcoding", "Peak memory", "CPU seconds")


@pytest.mark.usefixtures("no_peers", "bundled_ffmpeg")
@pytest.mark.parametrize(
    ("benchmarks", "titles"),
    [
        ((startup, tracker), TITLES[3:]),
        pytest.param(tuple(whole.SECONDS), TITLES, marks=pytest.mark.slow),
    ],
    ids=["one", "all"],
)
def test_tables_are_written_as_markdown(
    benchmarks: Sequence[ModuleType],
    titles: Sequence[str],
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(whole, "SECONDS", dict.fromkeys(benchmarks, 1))
    page = tmp_path / "page.md"
    whole.main(["--quick", "--folder", str(folder), "--markdown", str(page)])
    text = page.read_text(encoding="utf-8")
    assert "avio-cli" in text.splitlines()[1]
    for title in titles:
        assert f"### {title}" in text
    assert "objects" in capsys.readouterr().out
