"""The source's own video in a browser: each frame is shown with its own boxes."""

import contextlib
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from avio_cli.live_page.copied.packets import has_web_sockets
from avio_cli.live_page.newest import Look
from tests.clips import groups, make_clip
from tests.conftest import missing
from tests.live_page.pages import Run, frame, opened_run
from tests.live_page.pages import libraries as libraries
from tests.live_page.pages import page as page

COUNT, RATE, SIZE = 250, 25, (160, 96)
OFFERED = {"copied": {"offered": True, "why": ""}}
HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
AWAIT_UNTRACKED = """() => {
  globalThis.untracked = new Promise((done) => live.source.addEventListener(
    "untracked",
    () => done([live.shown.frame, document.getElementById("snapshot").disabled]),
    { once: true },
  ));
}"""
STATE = """() => ({
  shown: document.getElementById("stage").dataset.shown,
  image: Number(document.getElementById("image").dataset.frame),
  boxes: live.shown.frame?.frame,
})"""
READ = """wanted => new Promise((done, fail) => {
  // The number in the pixels of each frame that is shown, as clips have it, its media
  // time, and that of the boxes which are drawn over it.
  const video = live.source.element, seen = [];
  const canvas = new OffscreenCanvas(160, 96);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const number = (image) => {
    context.drawImage(image, 0, 0, 160, 96);
    let word = 0;
    for (let bit = 0; bit < 15; bit += 1) {
      const [x, y] = [20 * (bit % 8) + 10, 24 * Math.floor(bit / 8) + 12];
      if (context.getImageData(x, y, 1, 1).data[1] > 125) word |= 1 << bit;
    }
    return word;
  };
  const look = (_, { mediaTime }) => {
    const { frame, boxes, media } = live.shown.frame;
    // On a busy machine the next frame may be there when this is called.
    const now = new VideoFrame(video);
    const same = Math.abs(now.timestamp / 1e6 - mediaTime) < 0.001;
    const exact = video.dataset.exact === "true" && same;
    const [drawn, x] = [number(now), boxes[0].x];
    seen.push({ number: drawn, mediaTime, frame, media, exact, x });
    now.close();
    if (seen.length === wanted) done(seen);
    else video.requestVideoFrameCallback(look);
  };
  setTimeout(() => fail(new Error(`${seen.length} frames in 20 s`)), 20000);
  video.requestVideoFrameCallback(look);
})"""


@pytest.fixture
def run(tmp_path: Path, bundled_ffmpeg: FFmpeg) -> Iterator[Run]:
    if not has_web_sockets():
        missing("wsproto")
    clip = make_clip(tmp_path / "in.mp4", frames=COUNT, video=groups(25, 2)).path
    source = MediaSource.probe(bundled_ffmpeg, parse_url(str(clip)))
    with opened_run() as opened:
        opened.page.describe(Look(class_names=("person",), about=OFFERED))
        opened.page.offer(source, source.info.videos[0])
        yield opened


@contextlib.contextmanager
def running(run: Run, count: int = COUNT) -> Iterator[threading.Thread]:
    """Track frame after frame, in time; the box of each is where its number says."""
    ended = threading.Event()

    def track() -> None:
        for number in range(count):
            tracked = frame(number, SIZE, [1])
            tracked.pts, tracked.time_base = number * 512, Fraction(1, 512 * RATE)
            tracked.tracks.boxes[:, [0, 2]] = number, number + 10
            run.page.show_boxes(tracked)
            run.page.show(tracked)
            if ended.wait(1 / RATE):
                return

    thread = threading.Thread(target=track)
    thread.start()
    try:
        yield thread
    finally:
        ended.set()
        thread.join()


@pytest.mark.usefixtures("libraries")
class TestSourceVideo:
    def test_each_frame_is_shown_with_its_own_boxes(self, page: Any, run: Run) -> None:
        with running(run):
            page.goto(run.page.url)
            page.wait_for_selector("#stage[data-shown=video]")
            seen = page.evaluate(READ, 12)
        assert page.text_content("#why") == "H.264"
        exact = [one for one in seen if one["exact"]]
        assert len(exact) >= 4, seen  # the others came before they were tracked
        for one in exact:
            assert one["frame"] == one["number"] + 1
            assert one["x"] == one["number"]
            assert abs(one["media"] - one["mediaTime"]) < 0.0006

    def test_images_can_be_chosen(self, page: Any, run: Run) -> None:
        with running(run):
            page.goto(run.page.url)
            page.wait_for_selector("#stage[data-shown=video]")
            page.select_option("#kind", "images")
            page.wait_for_selector("#stage[data-shown=images]")
            assert page.is_hidden("#video")
            first = page.get_attribute("#image", "data-frame")
            page.wait_for_selector(f"#image:not([data-frame='{first}'])")

    def test_without_media_source_there_are_images_and_the_page_says_so(
        self, page: Any, run: Run
    ) -> None:
        page.add_init_script("delete globalThis.MediaSource")
        with running(run):
            page.goto(run.page.url)
            page.wait_for_selector("#image[data-frame]")
            text = "JPEG images: this browser shows no frame exactly"
            page.wait_for_selector(f"#why:text-is('{text}')")

    def test_a_page_out_of_sight_and_back_shows_images_until_the_video_is_there(
        self, page: Any, run: Run
    ) -> None:
        """Never boxes over an image that is not theirs."""
        with running(run):
            page.goto(run.page.url)
            page.wait_for_selector("#stage[data-shown=video]")
            page.evaluate(HIDE, True)
            state = page.evaluate(STATE)
            assert state["shown"] == "images"
            assert state["boxes"] == state["image"]
            page.evaluate(HIDE, False)
            page.wait_for_selector("#stage[data-shown=video]")

    def test_after_the_end_the_last_frame_stays_with_its_boxes(
        self, page: Any, run: Run
    ) -> None:
        with running(run, count=50) as tracking:
            page.goto(run.page.url)
            page.wait_for_selector("#stage[data-shown=video]")
            tracking.join()
            run.page.close()
            page.wait_for_selector("#state[data-state=ended]")
            page.evaluate(HIDE, True)
            page.evaluate(HIDE, False)
            assert page.evaluate(STATE)["shown"] == "video"
            page.select_option("#kind", "images")
            state = page.evaluate(STATE)
        assert state["shown"] == "images"
        assert state["boxes"] == state["image"]

    def test_frames_for_which_nothing_was_tracked_for_long_have_no_boxes(
        self, page: Any, run: Run
    ) -> None:
        with running(run, count=25) as tracking:
            page.goto(run.page.url)
            page.wait_for_selector("#stage[data-shown=video]")
            tracking.join()
            page.evaluate(AWAIT_UNTRACKED)
            show(run, 65)
            assert page.evaluate("() => untracked") == [None, True]
            run.page.close()  # then the last frame is shown, too
            page.wait_for_selector("#video[data-frame='66']")


def show(run: Run, number: int) -> None:
    """One more frame is tracked."""
    tracked = frame(number, SIZE, [1])
    tracked.pts, tracked.time_base = number * 512, Fraction(1, 512 * RATE)
    run.page.show_boxes(tracked)
