"""A real browser, for pages that avio makes."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import missing

_OPTIONS = ("--no-sandbox", "--enable-precise-memory-info")
_READY = "html[data-ready=true]"
_SHOW = """wanted => new Promise((done, fail) => {
  const { player, tracks, shown } = report;
  setTimeout(() => fail(new Error(`${player.frame} is shown, not ${wanted}`)), 15000);
  const check = () => {
    const settled = player.frame === wanted && !player.media.seeking;
    requestAnimationFrame(settled ? () => done(shown()) : check);
  };
  player.seek(tracks.times[wanted]);
  requestAnimationFrame(check);
})"""


@dataclass
class Opened:
    """A page that is shown, and what it said and asked for."""

    page: Any
    requests: list[str] = field(default_factory=list)
    """Addresses that are not in the page itself."""
    messages: list[str] = field(default_factory=list)
    """Whatever is in the console, and exceptions."""

    def evaluate(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)

    def shown(self) -> Any:
        """The frame, its time, and its boxes."""
        return self.evaluate("report.shown()")

    def show(self, frame: int) -> Any:
        """Seek to a frame, from 0, and wait until the browser shows it; see `shown`."""
        return self.evaluate(_SHOW, frame)

    def wait_for_frame(self, frame: int) -> None:
        """Wait until a frame is shown that something else seeks."""
        text = f"frame {frame + 1}"
        self.page.wait_for_selector(f"#time:text-matches('{text}$')")


@pytest.fixture(scope="module")  # while it is there, nothing else may use asyncio
def chromium() -> Iterator[Any]:
    """The system's Chromium, without a window."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("Playwright")
    binary = shutil.which("chromium")
    if binary is None:
        missing("Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=_OPTIONS)
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Any, path: Path, address: str = "", **context: Any
) -> Iterator[Opened]:
    """A page from the disk, in a browser that has seen nothing before.

    Args:
        browser: see `chromium`.
        path: the file.
        address: what follows it, such as ``#t=1``.
        context: of the browser: size of the window, colour scheme.
    """
    window = browser.new_context(**context)
    page = window.new_page()
    page.set_default_timeout(20_000)
    shown = Opened(page)
    page.on("request", lambda request: _note(shown.requests, request.url))
    page.on("console", lambda said: shown.messages.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: shown.messages.append(str(error)))
    page.goto(path.as_uri() + address)
    page.wait_for_selector(_READY)
    try:
        yield shown
    finally:
        window.close()


def _note(requests: list[str], url: str) -> None:
    if not url.startswith(("data:", "blob:")):
        requests.append(url)
