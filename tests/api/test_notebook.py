"""A notebook shows the result of a run: a page, a video, or text."""

from pathlib import Path
from typing import Any

import pytest

import avio_cli as avio
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.pages.notebook import result_html
from tests.clips import make_clip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_text_and_names_stay_text(folder: Path) -> None:
    page = folder / "<b> & 100%.html"
    shown = result_html(["<script>alert(1)</script>"], page, None)
    assert "<pre>&lt;script&gt;alert(1)&lt;/script&gt;</pre>" in shown
    assert 'src="%3Cb%3E%20%26%20100%25.html"' in shown
    assert "&lt;b&gt; &amp; 100%.html</a>" in shown


def test_what_no_notebook_serves_is_named_only(folder: Path) -> None:
    for file in (folder.parent / "run.html", folder / "run.mkv"):
        shown = result_html([], file, None)
        assert "src=" not in shown
        assert str(file) in shown


@pytest.mark.parametrize(
    ("made", "element"),
    [
        ({"output": "o.mp4"}, '<video src="o.mp4"'),
        ({"report": "r.html"}, "<iframe src"),
    ],
)
def test_a_result_shows_itself(
    bundled_ffmpeg: FFmpeg, folder: Path, made: dict[str, Any], element: str
) -> None:
    make_clip(folder / "in.mp4", frames=10)
    result = avio.track("in.mp4", model="motion", **made)
    shown = result._repr_html_()
    assert shown.startswith("<pre>frames      10 in ")
    assert element in shown


def test_a_browser_shows_the_page_in_a_frame(
    bundled_ffmpeg: FFmpeg, folder: Path, chromium: Any
) -> None:
    make_clip(folder / "in.mp4", frames=10)
    result = avio.track("in.mp4", model="motion", report="r.html", output="o.mp4")
    Path("notebook.html").write_text(result._repr_html_())
    page = chromium.new_page()
    try:
        page.goto((folder / "notebook.html").as_uri())
        page.frame_locator("iframe").locator("html[data-ready=true]").wait_for()
        assert page.locator("video").count() == 0
    finally:
        page.close()
