"""The documentation as a site: what is found, copied, and fits a phone."""

import contextlib
import functools
import importlib.util
import json
import re
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import avio_cli
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from tests.conftest import REPOSITORY, missing
from tests.pages import blocks, examples

DOCS = REPOSITORY / "docs"
SOUGHT = "crop resize rotate webcam notebook compress gif subtitles blur docker".split()
"""What people look for, in their own words."""
SHOWN = ["", "track/", "play/", "recipes/", "api/", "comparison/", "models/"]
WINDOWS = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]
BESIDE = """[...document.querySelectorAll("pre:has(.md-code__button)")].map((pre) =>
  pre.querySelector("code").getBoundingClientRect().right
  <= pre.querySelector(".md-code__button").getBoundingClientRect().left)"""
SCROLLED = """(() => {
  const wrap = document.querySelector(".md-typeset__scrollwrap");
  wrap.scrollLeft = 150;
  return [wrap.scrollLeft, wrap.querySelector("td").getBoundingClientRect().left];
})()"""
NOTEBOOK = """
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], 4)
nbclient.NotebookClient(notebook, timeout=300).execute()
nbformat.write(notebook, "done.ipynb")
"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves the site without a log."""

    def log_message(self, *words: object) -> None:
        return


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; that it builds without a warning is part of the test."""
    for package in ("mkdocs", "material", "mkdocstrings_handlers"):
        if importlib.util.find_spec(package) is None:
            missing(f"{package}, of the extra docs,")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    config = [
        "--config-file",
        str(REPOSITORY / "mkdocs.yml"),
        "--site-dir",
        str(folder),
    ]
    built = run([*command, *config], timeout=300)
    assert built.status == 0, built.stderr
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served: search and clipboard need a server."""
    handler = functools.partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@contextlib.contextmanager
def window(chromium: Any, **options: Any) -> Iterator[Any]:
    context = chromium.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(30_000)
    try:
        yield page
    finally:
        context.close()


def test_every_public_name_is_in_the_reference() -> None:
    named = re.findall(r"^::: avio_cli\.(\w+)$", (DOCS / "api.md").read_text(), re.M)
    assert sorted(named) == sorted({*avio_cli.__all__} - {"__version__", "api"})


def test_images_of_the_home_page_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in (DOCS / "home").iterdir()}
    assert sizes
    for name, size in sizes.items():
        assert size < (60_000 if name.endswith(".jpg") else 1_500_000), name


@pytest.mark.slow
@pytest.mark.parametrize("word", SOUGHT)
def test_the_search_index_has_a_heading_with_the_word(site: Path, word: str) -> None:
    index = json.loads((site / "search/search_index.json").read_text())
    titles = [entry["title"] for entry in index["docs"]]
    assert any(word in title.lower() for title in titles)


@pytest.mark.slow
def test_typing_into_the_search_finds_recipes(address: str, chromium: Any) -> None:
    with window(chromium) as page:
        page.goto(address)
        for word in SOUGHT:
            page.fill("[data-md-component=search-query]", word)
            page.keyboard.press("End")
            found = page.locator(".md-search-result__link mark").filter(
                has_text=re.compile(word, re.I)
            )
            found.first.wait_for(state="attached")


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
def test_no_page_is_wider_than_its_window(
    address: str, chromium: Any, width: int, scheme: str
) -> None:
    size = {"width": width, "height": 800}
    with window(chromium, viewport=size, color_scheme=scheme) as page:
        for name in SHOWN:
            page.goto(address + name)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, name


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
def test_copy_buttons_lie_beside_the_commands(
    address: str, chromium: Any, width: int
) -> None:
    with window(chromium, viewport={"width": width, "height": 800}) as page:
        for name in ("", "quickstart/"):
            page.goto(address + name)
            page.wait_for_selector(".md-code__button", state="attached")
            free = page.evaluate(BESIDE)
            assert free
            assert all(free), name


@pytest.mark.slow
def test_the_first_column_stays_where_a_table_scrolls(
    address: str, chromium: Any
) -> None:
    with window(chromium, viewport={"width": 390, "height": 800}) as page:
        page.goto(address + "comparison/")
        page.wait_for_selector(".md-typeset__scrollwrap")
        scrolled, left = page.evaluate(SCROLLED)
        assert scrolled == 150
        assert left >= 0


@pytest.mark.slow
def test_copy_buttons_copy_commands_without_prompt_and_output(
    address: str, chromium: Any
) -> None:
    allowed = ["clipboard-read", "clipboard-write"]
    with window(chromium, permissions=allowed) as page:
        page.goto(address + "recipes/")
        shown = [b for b in blocks(DOCS / "recipes.md") if b.language == "console"]
        copies = page.locator(".language-console .md-code__button")
        copies.first.wait_for(state="attached")
        assert copies.count() == len(shown)
        for number, block in enumerate(shown):
            page.evaluate("navigator.clipboard.writeText('')")
            copies.nth(number).click(force=True)
            page.wait_for_function("navigator.clipboard.readText()")
            copied = page.evaluate("navigator.clipboard.readText()")
            lines = [line for line in copied.splitlines() if line]
            assert lines == [example.command for example in examples(block)]


@pytest.mark.slow
def test_the_notebook_runs_and_shows_a_frame_and_a_video(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("nbclient", "ipykernel"):
        if importlib.util.find_spec(package) is None:
            missing(package)
    monkeypatch.chdir(tmp_path)
    done = run(
        [sys.executable, "-c", NOTEBOOK, str(DOCS / "notebook.ipynb")], timeout=300
    )
    assert done.status == 0, done.stderr
    text = Path("done.ipynb").read_text()
    assert '"image/png": "iVBOR' in text
    assert '<video src=\\"tracked.mp4\\"' in text
