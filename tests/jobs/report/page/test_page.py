"""Recorded tracks as a page, shown by a real browser."""

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from avio_cli.cli.main import run as avio_run
from avio_cli.detections import Tracks
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.jobs.report.frames import TimedFrames
from avio_cli.jobs.report.job import ReportJob
from avio_cli.jobs.report.page.write import write_page
from avio_cli.records.reader import read_tracks
from tests.browser import Opened, opened
from tests.clips import VARIABLE, Clip, make_clip, read_index
from tests.conftest import missing

WITHIN = 1 / 16 + 1e-5
"""Pixels by which corners may differ from those of the records."""
HOSTILE = "<img src=x onerror=alert(1)></script><b>&amp;'\""
LINE = "<b>gate</b>"
FILE = "<img src=x onerror=alert(1)>&#x26;.mp4"
VP9 = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 1M -pix_fmt yuv420p".split()
B_FRAMES = "-c:v libx264 -preset medium -bf 3 -pix_fmt yuv420p".split()
IN_ORDER = "-c:v libx264 -preset veryfast -bf 0 -pix_fmt yuv420p".split()
OPUS = ("-c:a", "libopus")
LATE = ("-output_ts_offset", "3.6")
NARROW = ("-bsf:v", "h264_metadata=sample_aspect_ratio=2/3")
CASES: Mapping[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "linked": ("in.mp4", {"ticks": VARIABLE, "video": IN_ORDER}, ()),
    "proxy": ("in.mkv", {"ticks": VARIABLE, "audios": 1}, ()),
    "b_frames_proxy": ("in.mp4", {"ticks": VARIABLE, "video": B_FRAMES}, ()),
    "b_frames_embedded": (
        *("in.mp4", {"ticks": VARIABLE, "video": B_FRAMES}),
        ("--embed",),
    ),
    "even_b_frames": ("in.mp4", {"video": B_FRAMES}, ()),
    "embedded": ("in.mp4", {"ticks": VARIABLE, "video": IN_ORDER}, ("--embed",)),
    "embedded_avi": ("in.avi", {"video": "-c:v mpeg4 -bf 2".split()}, ("--embed",)),
    "late_proxy": ("in.mp4", {"extra": LATE, "audios": 1}, ()),
    "late_ts_proxy": ("in.ts", {"extra": LATE, "audios": 1}, ()),
    "with_audio": (
        *("in.mp4", {"ticks": VARIABLE, "video": IN_ORDER, "audios": 1}),
        (),
    ),
    "webm": ("in.webm", {"ticks": VARIABLE, "video": VP9}, ()),
    "webm_with_audio": ("in.webm", {"video": VP9, "audio": OPUS, "audios": 1}, ()),
    "narrow_pixels": ("in.mp4", {"extra": NARROW}, ()),
    "rotated": ("in.mp4", {"rotation": 90, "width": 96, "height": 160}, ()),
}
QUICK = ("linked",)
SMALL = {"width": 400, "height": 500}
PHONE = {"width": 390, "height": 844}
IN_VIEW = "report.shown().boxes.map(box => box.id)"
FOCUSED = "document.activeElement.id || document.activeElement.className"
PAINTED = """() => {
  const canvas = document.getElementById("overlay");
  const copy = Object.assign(document.createElement("canvas"), { width: canvas.width });
  copy.height = canvas.height;
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  const { data } = context.getImageData(0, 0, copy.width, copy.height);
  return data.filter((level, place) => place % 4 === 3 && level).length;
}"""


def mot(path: Path, clip: Clip) -> Path:
    """A track that is at another place in each frame."""
    rows = [f"{n + 1},7,{3 + n},20.13,40,49.87,0.9,-1,-1,-1" for n in range(clip.count)]
    path.write_text("\n".join(rows) + "\n")
    return path


def recorded(path: Path, clip: Clip) -> Path:
    """A person to the right, and another class to the left from the sixth frame on."""
    lines = []
    for n in range(clip.count):
        person = {"id": 7, "box": [3 + n, 20, 43 + n, 70], "score": 0.9}
        other = {"id": 12, "box": [90 - n, 9, 130 - n, 33], "score": 0.5}
        tracks = [person | {"class": "person"}, other | {"class": HOSTILE}]
        line = {"frame": n + 1, "pts": None, "time": float(clip.times[n])}
        lines.append(json.dumps(line | {"tracks": tracks[: 1 if n < 5 else 2]}))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def page(bundled_ffmpeg: FFmpeg, tmp_path: Path) -> Path:
    """Of a clip with a hostile name; its line is crossed, and so is its zone."""
    clip = make_clip(tmp_path / FILE, ticks=VARIABLE, video=IN_ORDER)
    records, made = recorded(tmp_path / "t.jsonl", clip), tmp_path / "out.html"
    words = [
        "--line",
        f"{LINE}=40,90,40,10",
        "--zone",
        "yard=30,50,150,50,150,90,30,90",
    ]
    words += [str(records), str(clip.path), "-o", str(made), "-q"]
    assert avio_run(["report", *words]) == 0
    return made


def number_shown(shown: Opened, clip: Clip, wanted: int) -> int:
    """The number that the frame on the screen shows, once it is the wanted one.

    On a busy machine the browser reports a frame some time before it draws it.
    """
    for _ in range(10):
        if (number := _number_shown(shown, clip)) == wanted:
            break
        shown.page.wait_for_timeout(100)
    return number


def _number_shown(shown: Opened, clip: Clip) -> int:
    image = np.frombuffer(shown.page.locator("#video").screenshot(), np.uint8)
    pixels = cv2.imdecode(image, cv2.IMREAD_COLOR)
    size = (clip.width, clip.height)
    return read_index(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


@pytest.mark.parametrize(
    "case",
    [pytest.param(c, marks=() if c in QUICK else pytest.mark.slow) for c in CASES],
)
def test_each_frame_is_shown_with_the_boxes_of_its_time(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, chromium: Any, case: str
) -> None:
    name, options, words = CASES[case]
    clip = make_clip(tmp_path / name, **options)
    records, page = mot(tmp_path / "t.txt", clip), tmp_path / "out.html"
    given = [str(records), str(clip.path), "-o", str(page), "-q", *words]
    assert avio_run(["report", *given]) == 0
    proxy = page.with_name("out.proxy.mp4")
    assert proxy.exists() == case.endswith("proxy")
    known = read_tracks(records)
    with opened(chromium, page, viewport=SMALL) as shown:
        shown.evaluate("document.getElementById('overlay').style.display = 'none'")
        for n in np.random.default_rng(1).permutation(clip.count)[:20].tolist():
            now = shown.show(n)
            assert number_shown(shown, clip, n) == n
            (box,) = now["boxes"]
            corners = [box["x"], box["y"], box["x"] + box["w"], box["y"] + box["h"]]
            assert np.abs(corners - known.at(n + 1).boxes[0]).max() <= WITHIN
    assert not shown.messages
    allowed = (page, clip.path, proxy)
    assert set(shown.requests) <= {path.as_uri() for path in allowed}


@pytest.mark.slow
def test_real_records_are_those_of_the_page(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, chromium: Any, shared: Path
) -> None:
    records = shared / "mot/PETS09-S2L1/gt/gt.txt"
    page = tmp_path / "out.html"
    words = [str(records), str(shared / "media/vtest.avi"), "-o", str(page), "-q"]
    assert avio_run(["report", *words]) == 0
    known = read_tracks(records)
    with opened(chromium, page) as shown:
        for n in np.linspace(0, 794, 20).astype(int).tolist():
            boxes = {box["id"]: box for box in shown.show(n)["boxes"]}
            tracks = known.at(n + 1)
            assert boxes.keys() == set(tracks.ids.tolist())
            for track_id, (x1, y1, x2, y2) in zip(
                tracks.ids.tolist(), tracks.boxes.tolist(), strict=True
            ):
                box = boxes[track_id]
                assert abs(box["x"] - x1) <= WITHIN
                assert abs(box["y"] - y1) <= WITHIN
                assert abs(box["x"] + box["w"] - x2) <= WITHIN
                assert abs(box["y"] + box["h"] - y2) <= WITHIN
    assert not shown.messages


def test_bars_seek_and_switches_hide(page: Path, chromium: Any) -> None:
    with opened(chromium, page, viewport={"width": 1300, "height": 900}) as shown:
        bar = shown.page.locator("li[data-id='7'] .track-bar")
        share = (VARIABLE[20] + 500) / (VARIABLE[-1] + 3000)
        bar.click(position={"x": bar.bounding_box()["width"] * share, "y": 9})
        shown.wait_for_frame(20)
        assert shown.evaluate(IN_VIEW) == [7, 12]
        pick = shown.page.locator("li[data-id='7'] .pick")
        assert pick.get_attribute("aria-pressed") == "true"
        all_painted = shown.evaluate(PAINTED)
        for name in ("Boxes", "Labels", "Trails", "Lines", "Zones"):
            before = shown.evaluate(PAINTED)
            shown.page.locator("#parts label", has_text=name).click()
            assert shown.evaluate(PAINTED) < before, name
        assert all_painted > 0 == shown.evaluate(PAINTED)
        shown.page.locator("#classes label", has_text="person").click()
        assert shown.evaluate(IN_VIEW) == [12]
        shown.page.locator("li[data-id='12'] input").uncheck()
        assert shown.evaluate(IN_VIEW) == []
        shown.page.get_by_role("button", name="All", exact=True).click()
        assert shown.evaluate(IN_VIEW) == [12]
        shown.page.locator("#crossings button").first.click()
        shown.wait_for_frame(10)
        assert shown.page.locator("#dwell tbody tr").count() == 2
    assert not shown.messages


def test_names_stay_text(page: Path, chromium: Any) -> None:
    with opened(chromium, page) as shown:
        assert shown.page.locator("h1").inner_text() == FILE
        assert shown.page.title().startswith(FILE)
        assert HOSTILE in shown.page.locator("#classes").inner_text()
        assert LINE in shown.page.locator("#crossings").inner_text()
        assert shown.page.locator("img:not([src^='data:image/jpeg'])").count() == 0
        assert shown.page.locator("b:text-is('&')").count() == 0
    assert not shown.messages


def test_the_keyboard_is_enough(page: Path, chromium: Any) -> None:
    with opened(chromium, page, "#t=0.5&id=12") as shown:
        shown.wait_for_frame(14)
        press = shown.page.keyboard.press
        for key, frame in ((".", 15), (",", 14), ("Home", 0), ("End", 39)):
            press(key)
            shown.wait_for_frame(frame)
        press("j")
        shown.wait_for_frame(0)
        press(" ")
        shown.page.wait_for_selector("#play[aria-label=Pause]")
        press("k")
        shown.page.wait_for_selector("#play[aria-label=Play]")
        press("?")
        shown.page.wait_for_selector("#keys[open]")
        press("Escape")
        assert _reached(shown) >= {"play", "position", "order", "pick", "track-bar"}
        shown.page.locator("li[data-id='7'] .track-bar").focus()
        press("ArrowDown")
        press("Enter")
        shown.wait_for_frame(5)
    assert not shown.messages


def _reached(shown: Opened) -> set[str]:
    """Ids, or classes, of what the tab key comes to."""
    reached = set()
    for _ in range(45):
        shown.page.keyboard.press("Tab")
        reached.add(
            shown.evaluate(
                "document.activeElement.id || document.activeElement.className"
            )
        )
    return reached


@pytest.mark.parametrize(
    "context",
    [
        {"color_scheme": "light"},
        pytest.param({"color_scheme": "dark"}, marks=pytest.mark.slow),
        {"color_scheme": "dark", "viewport": PHONE},
    ],
    ids=["light", "dark", "phone"],
)
def test_axe_finds_nothing_serious(
    page: Path, chromium: Any, context: dict[str, Any]
) -> None:
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        missing("axe-playwright-python")
    with opened(chromium, page, bypass_csp=True, **context) as shown:
        found = Axe().run(shown.page).response["violations"]
        assert not [f"{v['id']}: {v['nodes'][0]['html']}" for v in found]
        wide = "document.documentElement.scrollWidth > innerWidth"
        assert not shown.evaluate(wide), "it scrolls sideways"


def test_a_missing_video_is_named_and_the_rest_works(page: Path, chromium: Any) -> None:
    (page.parent / FILE).unlink()
    with opened(chromium, page) as shown:
        shown.page.wait_for_selector("#message:visible")
        assert FILE in shown.page.locator("#message").inner_text()
        assert [box["id"] for box in shown.show(20)["boxes"]] == [7, 12]


def test_without_a_video_a_clock_runs(tmp_path: Path, chromium: Any) -> None:
    times = tuple(Fraction(tick, 90_000) for tick in VARIABLE)
    clip = Clip(tmp_path / "none.mp4", times, 160, 96)
    records, page = recorded(tmp_path / "t.jsonl", clip), tmp_path / "out.html"
    assert avio_run(["report", str(records), "-o", str(page), "-q"]) == 0
    with opened(chromium, page) as shown:
        assert [box["x"] for box in shown.show(20)["boxes"]] == [23, 70]
        shown.page.keyboard.press("Home")
        shown.wait_for_frame(0)
        shown.page.keyboard.press(" ")
        shown.wait_for_frame(39)
        shown.page.wait_for_selector("#play[aria-label=Play]")
    assert not shown.messages


@pytest.mark.slow
def test_an_hour_of_thirty_tracks_needs_little_memory(
    tmp_path: Path, chromium: Any
) -> None:
    count, ids = 108_000, np.arange(1, 31)
    scores, classes = np.full(30, 0.8, np.float32), np.zeros(30, np.int64)
    noise = np.random.default_rng(3)
    corners = noise.uniform(0, 900, (30, 2))
    tracks = []
    for _ in range(count):
        corners = np.clip(corners + noise.normal(0, 2, (30, 2)), 0, 1800)
        boxes = np.hstack((corners, corners + 60)).astype(np.float32)
        tracks.append(Tracks(boxes, scores, classes, ids))
    times = tuple(Fraction(n, 30) for n in range(count))
    none: tuple[()] = ()
    frames = TimedFrames(
        times, tuple(tracks), ("person",), Fraction(1, 30), (none,) * count
    )
    page = tmp_path / "out.html"
    write_page(ReportJob(records=tmp_path / "t.jsonl", output=page), frames, None)
    with opened(chromium, page) as shown:
        heap = shown.evaluate("performance.memory.usedJSHeapSize")
        assert len(shown.show(77_777)["boxes"]) == 30
    assert not shown.messages
    assert heap < 300 << 20
