"""The page in a browser: it moves, shows boxes where they are, and asks nobody else."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from avio_cli.live_page.newest import Look
from tests.live_page.pages import Run, opened_run
from tests.live_page.pages import libraries as libraries
from tests.live_page.pages import page as page

HOSTILE = "<img src=x onerror=alert(1)>"
SIZE = (320, 240)
CORNERS = [[200, 150], [300, 150], [300, 200]]
SHAPE = {"name": HOSTILE, "kind": "zone", "points": CORNERS}
PAINTED = """([x, y]) => {
  const canvas = document.getElementById("overlay");
  const scale = canvas.width / 320;
  const point = new OffscreenCanvas(1, 1).getContext("2d");
  point.drawImage(canvas, -x * scale, -y * scale);
  return point.getImageData(0, 0, 1, 1).data[3] > 0;
}"""
IS_NAMED = "place => document.querySelector(place)?.textContent.includes('<img')"
NOTHING_KEPT = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("denied", "SecurityError"); },
})"""
BOX, LABEL, ZONE = (10, 26), (7, 29), (250, 150)
"""Points where each of them is drawn: the box is at 5,6 to 15,26, its label below."""


@pytest.fixture
def run() -> Iterator[Run]:
    with opened_run(f"{HOSTILE}.mp4") as opened:
        opened.page.describe(Look(class_names=(HOSTILE,), about={"shapes": [SHAPE]}))
        opened.monitor.name([HOSTILE], {})
        yield opened


@contextlib.contextmanager
def running(run: Run) -> Iterator[None]:
    """Show frames all the time, as a run does."""
    ended = threading.Event()

    def show() -> None:
        while not ended.wait(0.02):
            run.show(SIZE)

    thread = threading.Thread(target=show)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def frame_number(page: Any) -> int:
    return int(page.wait_for_selector("#image[data-frame]").get_attribute("data-frame"))


@pytest.mark.usefixtures("libraries")
class TestPage:
    def test_the_first_image_comes_soon_and_others_follow(
        self, page: Any, run: Run
    ) -> None:
        with running(run):
            page.goto(run.page.url)
            first = frame_number(page)
            page.wait_for_selector(f"#image:not([data-frame='{first}'])")
            assert frame_number(page) > first

    def test_what_is_drawn_can_be_switched(self, page: Any, run: Run) -> None:
        run.show(SIZE)
        page.goto(run.page.url)
        frame_number(page)
        page.wait_for_selector("#counts tr")
        for name, place in (("boxes", BOX), ("labels", LABEL), ("shapes", ZONE)):
            for on in (False, True):
                for other in ("boxes", "labels", "trails", "shapes"):
                    page.set_checked(f"[name={other}]", on and other == name)
                assert page.evaluate(PAINTED, place) is on, (name, on)

    def test_names_are_text(self, page: Any, run: Run) -> None:
        run.show(SIZE)
        page.goto(run.page.url)
        frame_number(page)
        for place in ("#source", "#classes dt", "#counts th", "#events li"):
            page.wait_for_function(IS_NAMED, arg=place)
            text = page.text_content(place)
            assert HOSTILE in text
        assert page.query_selector("img") is None

    def test_a_snapshot_is_what_is_seen(
        self, page: Any, run: Run, tmp_path: Path
    ) -> None:
        run.show(SIZE)
        page.goto(run.page.url)
        frame_number(page)
        for name in ("labels", "trails", "shapes"):
            page.uncheck(f"[name={name}]")
        with page.expect_download() as download:
            page.click("#snapshot")
        assert download.value.suggested_filename == "avio-frame-1-0.000s.png"
        download.value.save_as(tmp_path / "shot.png")
        image = cv2.imread(tmp_path / "shot.png")
        assert image.shape[1] * 240 == image.shape[0] * 320
        small = cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA).astype(int)
        edge = small[10:22, 5]  # left side of the box: one colour over the noise
        assert np.ptp(edge, axis=0).max() < np.ptp(small[10:22, 100], axis=0).max()

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_axe_finds_nothing_and_a_phone_is_wide_enough(
        self, scheme: str, chromium: Any, run: Run
    ) -> None:
        axe = pytest.importorskip("axe_playwright_python.sync_playwright")
        run.show(SIZE)
        phone = {"viewport": {"width": 390, "height": 844}, "color_scheme": scheme}
        with chromium.new_context(bypass_csp=True, **phone) as context:
            page = context.new_page()
            page.goto(run.page.url)
            frame_number(page)
            page.wait_for_selector("#events li")
            found = axe.Axe().run(page).response["violations"]
            assert not [f"{v['id']}: {v['nodes'][0]['html']}" for v in found]
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def test_the_end_is_said(self, chromium: Any) -> None:
        context = chromium.new_context()
        with opened_run() as run:
            run.show(SIZE)
            page = context.new_page()
            page.goto(run.page.url)
            frame_number(page)
        page.wait_for_selector("#state[data-state=ended]", timeout=20_000)
        context.close()

    def test_a_refusal_and_a_browser_that_keeps_nothing(
        self, chromium: Any, run: Run
    ) -> None:
        """It asks again, and the rest of it works."""
        refused: list[str] = []

        def refuse_once(route: Any) -> None:
            route.continue_() if refused else route.fulfill(status=503)
            refused.append(route.request.url)

        run.show(SIZE)
        with chromium.new_context() as context:
            context.add_init_script(NOTHING_KEPT)
            page = context.new_page()
            page.clock.install()
            page.route("**/messages", refuse_once)
            page.goto(run.page.url)
            page.wait_for_selector("#state[data-state=lost]")
            page.clock.fast_forward(5000)
            page.wait_for_selector("#events li", state="attached")
            page.uncheck("[name=boxes]")
            assert not page.is_checked("[name=boxes]")
        assert len(refused) == 2
