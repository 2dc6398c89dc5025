"""A page shows the frame that is asked for, and moves for nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from avio_cli.cli.main import run as avio_run
from avio_cli.ffmpeg.locate import FFmpeg
from tests.browser import opened
from tests.clips import VARIABLE, make_clip
from tests.jobs.report.page.test_page import (
    IN_ORDER,
    SMALL,
    mot,
    number_shown,
    recorded,
)

SKIP = """() => new Promise((done) => {
  const { player } = report;
  addEventListener("hashchange", () => done(player.wanted ?? player.frame));
  document.querySelector("a[href='#tracks']").click();
})"""

NOTE_TEXTS = """() => {
  globalThis.texts = [];
  const draw = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    texts.push(text);
    return draw.call(this, text, ...rest);
  };
}"""

TIMES = """() => new Promise((done) => {
  const look = () => {
    const times = texts.filter((text) => text.startsWith("0:0"));
    if (times.length) done(times);
    else requestAnimationFrame(look);
  };
  look();
})"""


def test_the_link_to_the_tracks_leaves_the_video_where_it_is(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, chromium: Any
) -> None:
    clip = make_clip(tmp_path / "in.mp4", ticks=VARIABLE, video=IN_ORDER)
    records, page = mot(tmp_path / "t.txt", clip), tmp_path / "out.html"
    assert (
        avio_run(["report", str(records), str(clip.path), "-o", str(page), "-q"]) == 0
    )
    with opened(chromium, page, "#t=0.5") as shown:
        shown.wait_for_frame(14)
        assert shown.evaluate(SKIP) == 14


@pytest.mark.parametrize(
    "name", ["in.mp4", pytest.param("in.mkv", marks=pytest.mark.slow)]
)
def test_a_page_of_a_range_has_the_frames_of_that_range(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, chromium: Any, name: str
) -> None:
    """Also where its proxy has no others, or the video that it links goes on."""
    clip = make_clip(tmp_path / name, ticks=VARIABLE, video=IN_ORDER)
    records, page = recorded(tmp_path / "t.jsonl", clip), tmp_path / "out.html"
    lines = records.read_text().splitlines(keepends=True)
    records.write_text("".join(lines[10:22]))
    words = [str(records), str(clip.path), "-o", str(page), "-q"]
    assert avio_run(["report", *words]) == 0
    with opened(chromium, page, viewport=SMALL) as shown:
        shown.evaluate("document.getElementById('overlay').style.display = 'none'")
        for n in (11, 0, 6):
            assert shown.show(n)["boxes"][0]["x"] == 13 + n
            assert number_shown(shown, clip, 10 + n) == 10 + n
        assert "12" in shown.page.locator("#facts").inner_text()
        shown.page.keyboard.press(" ")
        shown.page.wait_for_selector("#play[aria-label=Pause]")
        shown.page.wait_for_selector("#play[aria-label=Play]")
        assert shown.evaluate("report.player.frame") == 11
    assert not shown.messages


def test_each_tick_of_a_short_chart_has_a_time_of_its_own(
    tmp_path: Path, chromium: Any
) -> None:
    one = {"id": 1, "box": [0, 0, 9, 9], "score": 0.9, "class": "a"}
    lines = [{"frame": n, "time": n / 10, "tracks": [one]} for n in range(1, 16)]
    records, page = tmp_path / "t.jsonl", tmp_path / "out.html"
    records.write_text("\n".join(map(json.dumps, lines)) + "\n")
    assert avio_run(["report", str(records), "-o", str(page), "-q"]) == 0
    with opened(chromium, page, color_scheme="light") as shown:
        shown.evaluate(NOTE_TEXTS)
        shown.page.emulate_media(color_scheme="dark")  # charts are drawn again
        times = shown.evaluate(TIMES)
        assert len(times) == len(set(times)) > 1


def test_clocks_and_boxes_without_bounds(tmp_path: Path, chromium: Any) -> None:
    """Times of a clock start at zero; a box at the edge of the world is no frame."""
    far = {"id": 1, "box": [0, 0, 1e30, 1e30], "score": 0.9, "class": "a"}
    lines = [{"frame": n, "time": 1.7e9 + n / 10, "tracks": [far]} for n in range(1, 6)]
    records, page = tmp_path / "t.jsonl", tmp_path / "out.html"
    records.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert avio_run(["report", str(records), "-o", str(page), "-q"]) == 0
    with opened(chromium, page) as shown:
        assert shown.show(2)["time"] == pytest.approx(0.2)
        shown.page.locator("#map").scroll_into_view_if_needed()
        assert shown.page.locator("#time").inner_text().startswith("0:00.200 / 0:00 ")
    assert not shown.messages
