"""What `scripts/fuzz` finds it must find again, and what it once found stays mended."""

import os
import random
import sys
import time
from pathlib import Path

import pytest

from avio_cli.errors import InputError
from avio_cli.records.reader import read_tracks
from tests.fuzzing.holes import HOLES
from tests.fuzzing.judging import forked
from tests.fuzzing.media import COUNTED, MediaCase, clip, ffmpegs
from tests.fuzzing.mutations import BYTES, OF_CONTAINERS
from tests.fuzzing.targets import TARGETS

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="it looks for children in /proc"
)


def hole(kind: str, change: str) -> bytes:
    """A clip without a fifth of its bytes, in the middle."""
    whole = clip(kind)
    start, stop = len(whole) * 2 // 5, len(whole) * 3 // 5
    filled = bytes(stop - start) if change == "zeroed" else b""
    return whole[:start] + filled + whole[stop:]


class TestJudging:
    def test_what_is_fine_has_no_problem(self, tmp_path: Path) -> None:
        folder = tmp_path / "work"
        folder.mkdir()
        assert forked(lambda: 0, folder, 5).problems() == []

    def test_a_traceback_is_one(self, tmp_path: Path) -> None:
        folder = tmp_path / "work"
        folder.mkdir()

        def fail() -> int:
            raise KeyError("x")

        assert forked(fail, folder, 5).problems() == ["traceback", "status 70"]

    @pytest.mark.slow
    def test_a_hang_and_a_child_that_is_left_are_found(self, tmp_path: Path) -> None:
        folder = tmp_path / "work"
        folder.mkdir()

        def hang() -> int:
            if os.fork() == 0:
                os.execv("/bin/sleep", ["sleep", "60"])
            while True:
                time.sleep(1)

        found = forked(hang, folder, 0.05).problems()
        assert [text.partition(":")[0] for text in found] == ["hang", "child left"]

    @pytest.mark.slow
    def test_lost_frames_are_found_where_nothing_is_said(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        half = MediaCase("nut", "copy", ffmpegs()[0], hole("nut", "cut"), "cut_out")
        assert half.problems() == []
        silent = MediaCase("nut", "copy", ffmpegs()[0], clip("nut"), "other")
        assert silent.problems() == []
        monkeypatch.setitem(COUNTED, "copy", 2 * COUNTED["copy"])
        assert silent.problems()


@pytest.mark.parametrize("name", TARGETS)
def test_a_seed_gives_the_same_inputs(name: str) -> None:
    drawn = [TARGETS[name].draw(random.Random(5)) for _ in range(2)]
    assert drawn[0].data == drawn[1].data
    assert drawn[0].name == drawn[1].name


@pytest.mark.parametrize("change", [*BYTES, *OF_CONTAINERS])
def test_every_mutation_takes_any_bytes(change: object) -> None:
    assert callable(change)
    for data in (b"", b"a", b"ab", bytes(range(256))):
        for seed in range(20):
            assert isinstance(change(random.Random(seed), data), bytes)


def test_a_carriage_return_in_a_csv_is_an_error_of_its_line(tmp_path: Path) -> None:
    path = tmp_path / "tracks.csv"
    path.write_bytes(
        b"1,1,0.04,1,1,2\r3,4,0.5,person,,\n2,2,0.08,1,1,2,3,4,0.5,person,\n"
    )
    with pytest.raises(InputError, match=r"tracks\.csv, line 1"):
        read_tracks(path)


ONCE_SILENT = [
    ("ts", "zeroed", "transcode"),
    ("ts", "cut", "callback"),
    ("flv", "zeroed", "callback"),
    ("mkv", "cut", "copy"),
    ("mp4", "zeroed", "copy"),
    ("frag.mp4", "cut", "trim"),
    ("avi", "cut", "merge"),
    ("mpg", "zeroed", "callback"),
    ("ogv", "cut", "transcode"),
    ("asf", "zeroed", "transcode"),
    ("gif", "zeroed", "transcode"),
    ("h264", "zeroed", "transcode"),
    ("nut", "zeroed", "track-video"),
]


@pytest.mark.parametrize(("kind", "change", "form"), ONCE_SILENT)
@pytest.mark.sampled(5)
def test_a_hole_is_damage(kind: str, change: str, form: str) -> None:
    case = MediaCase(kind, form, ffmpegs()[0], hole(kind, change), change)
    with case.outcome() as (outcome, _):
        assert outcome.status == 1
        assert " damaged: " in outcome.text


def moved(kind: str, name: bytes, bit: int) -> bytes:
    """A clip in which one bit of the middle one of some names is flipped."""
    whole = clip(kind)
    at = whole.index(name, len(whole) // 2)
    return whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :]


SILENT_UNTIL_STRUCTURE = {
    "ts-end-zeroed": ("ts", "transcode", lambda: HOLES["end-zeroed"](clip("ts"), "ts")),
    "fragment-renamed": ("frag.mp4", "merge", lambda: moved("frag.mp4", b"moof", 2)),
    "cluster-renamed": ("webm", "copy", lambda: moved("webm", b"\x1f\x43\xb6\x75", 1)),
    "packs-cut": ("mpg", "copy", lambda: HOLES["middle-cut"](clip("mpg"), "mpg")),
    "packets-cut": ("mpg", "trim", lambda: HOLES["small-cut"](clip("mpg"), "mpg")),
    "images-joined": ("gif", "copy", lambda: HOLES["middle-cut"](clip("gif"), "gif")),
    "frames-cut": ("h264", "callback", lambda: HOLES["middle-cut"](clip("h264"), "")),
}
"""Inputs that ended with status 0 and no word, and their commands."""


@pytest.mark.parametrize("name", SILENT_UNTIL_STRUCTURE)
@pytest.mark.sampled(4)
def test_what_no_demuxer_reports_is_damage(name: str) -> None:
    kind, form, make = SILENT_UNTIL_STRUCTURE[name]
    for ffmpeg in ffmpegs():
        case = MediaCase(kind, form, ffmpeg, make(), name)
        with case.outcome() as (outcome, _):
            assert outcome.status == 1
            assert " damaged: " in outcome.text


_EVERY_FORM = ["transcode", "callback", "track-video", "copy", "trim-exact", "merge"]


@pytest.mark.slow
@pytest.mark.parametrize("form", _EVERY_FORM)
@pytest.mark.parametrize("change", ["whole", "zeroed", "cut"])
@pytest.mark.parametrize(
    "kind",
    "mkv webm mp4 frag.mp4 mov avi ts mpg flv asf ogv gif h264 nut".split(),
)
def test_a_hole_is_damage_in_every_container(kind: str, change: str, form: str) -> None:
    """With the ffmpeg of a plain install; `scripts/holes` tries both."""
    if kind == "h264" and form in ("copy", "merge"):
        pytest.skip("it has no times: its copies are refused")
    data = clip(kind) if change == "whole" else hole(kind, change)
    thorough = os.environ.get("AVIO_TESTS_THOROUGH") == "1"
    for ffmpeg in ffmpegs() if thorough else ffmpegs()[:1]:
        case = MediaCase(kind, form, ffmpeg, data, change)
        with case.outcome() as (outcome, _):
            assert outcome.status == int(change != "whole"), outcome.text
