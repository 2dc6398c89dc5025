"""Every command that writes results leaves FIFOs, devices and links what they are."""

import json
import os
import stat
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli import api
from avio_cli.cli.main import run
from avio_cli.cli.options.common import check_file
from avio_cli.errors import OutputError
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import indices, make_clip
from tests.reference import timeline
from tests.special_files import Fifo, disk_node, full_node, null_node

pytestmark = pytest.mark.skipif(os.name == "nt", reason="files of POSIX")

FAST = ("--encoder-option", "preset=ultrafast")
SIZE = (160, 96)
BOXES = "".join(f"{frame},-1,40,20,30,40,0.9,-1,-1,-1\n" for frame in range(1, 26))
WRITERS = {
    "transcode": ("transcode", "{clip}", "{out}", *FAST),
    "remux": ("transcode", "{clip}", "{out}", "--copy"),
    "callback": ("transcode", "{clip}", "{out}", "--callback", "{code}:same", *FAST),
    "trim": ("trim", "{clip}", "{out}", "--start", "0.2"),
    "exact trim": ("trim", "{clip}", "{out}", "--start", "0.2", "--exact"),
    "merge": ("merge", "{out}", "{clip}", "{clip}"),
    "annotated": ("track", "{clip}", "--detections", "{boxes}", "-o", "{out}"),
}
"""Commands that write a video, by what they do."""
OTHERS = {
    "snapshot": ("snapshot", "{clip}", "{out}", "--at", "0.2"),
    "records": (
        *("track", "{clip}", "--detections", "{boxes}"),
        *("--records", "{out}", "--records-format", "jsonl"),
    ),
    "stats": (
        *("track", "{clip}", "--detections", "{boxes}"),
        *("--records", "{clip}.jsonl", "--stats", "{out}"),
    ),
    "detections": (
        *("track", "{clip}", "--detections", "{boxes}"),
        *("--records", "{clip}.jsonl", "--save-detections", "{out}"),
    ),
}
"""Commands that write something else."""
PRESETS = (
    "audio-mp3",
    "avi-mpeg4",
    "gif",
    "mkv-h264",
    "mov-prores",
    "mp4-h264",
    "webm-vp9",
)


@pytest.fixture
def clip(tmp_path: Path, ffmpeg: FFmpeg) -> Path:
    (tmp_path / "code.py").write_text("def same(frame):\n    pass\n")
    (tmp_path / "boxes.txt").write_text(BOXES)
    (tmp_path / "out").mkdir()
    return make_clip(tmp_path / "in.mp4", audios=1).path


def words(command: tuple[str, ...], clip: Path, out: Path) -> list[str]:
    folder = clip.parent
    names = {"code": folder / "code.py", "boxes": folder / "boxes.txt"}
    filled = [word.format(clip=clip, out=out, **names) for word in command]
    return [*filled, "--quiet"]


def left(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.all_cases
@pytest.mark.parametrize("force", [(), ("-y",)], ids=["", "-y"])
@pytest.mark.parametrize("kind", [*WRITERS, *OTHERS])
@pytest.mark.sampled(15)
def test_the_null_device_needs_neither_force_nor_extension_and_stays(
    kind: str, force: tuple[str, ...], clip: Path
) -> None:
    node = null_node(clip.parent / "out" / "null")
    assert run([*words({**WRITERS, **OTHERS}[kind], clip, node), *force]) == 0
    assert stat.S_ISCHR(node.lstat().st_mode)
    assert left(node.parent) == ["null"]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.sampled(4)
def test_the_null_device_takes_a_preset(preset: str, clip: Path) -> None:
    node = null_node(clip.parent / "out" / "null")
    assert run(["transcode", str(clip), str(node), "--preset", preset, "-q"]) == 0
    assert stat.S_ISCHR(node.lstat().st_mode)


@pytest.mark.all_cases
@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.sampled(5)
def test_what_reads_a_fifo_gets_the_whole_video(kind: str, clip: Path) -> None:
    with Fifo(clip.parent / "out" / "a.mkv") as fifo:
        assert run(words(WRITERS[kind], clip, fifo.path)) == 0
    got = clip.with_name("got.mkv")
    got.write_bytes(fifo.content)
    expected = {"exact trim": [*range(5, 25)], "merge": [*range(25), *range(25)]}
    numbers = expected.get(kind, [*range(25)])
    if kind != "annotated":  # a box lies over the number
        assert indices(got, *SIZE) == numbers
    # Matroska rounds to milliseconds.
    wanted = [Fraction(40 * index, 1000) for index in range(len(numbers))]
    assert list(timeline(got).relative) == wanted
    assert left(fifo.path.parent) == ["a.mkv"]


@pytest.mark.parametrize("kind", ["records", "stats", "detections"])
def test_what_reads_a_fifo_gets_all_text(kind: str, clip: Path) -> None:
    with Fifo(clip.parent / "out" / "a.jsonl") as fifo:
        assert run(words(OTHERS[kind], clip, fifo.path)) == 0
    lines = fifo.content.decode().splitlines()
    if kind == "stats":
        assert json.loads(fifo.content)["frames"] == 25
    else:
        assert len(lines) == 25
    assert left(fifo.path.parent) == ["a.jsonl"]


def test_what_reads_a_fifo_gets_an_image(clip: Path) -> None:
    with Fifo(clip.parent / "out" / "a.png") as fifo:
        assert run(words(OTHERS["snapshot"], clip, fifo.path)) == 0
    got = clip.with_name("got.png")
    got.write_bytes(fifo.content)
    assert indices(got, *SIZE) == [5]


@pytest.mark.all_cases
@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.sampled(5)
def test_a_container_that_seeks_is_refused_in_a_fifo(
    kind: str, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = clip.parent / "out" / "a.mp4"
    os.mkfifo(path)
    assert run([*words(WRITERS[kind], clip, path), "-y"]) == 1
    lines = [
        line
        for line in capsys.readouterr().err.splitlines()
        if not line.startswith("avio: warning")
    ]
    assert "a.mp4 is no regular file, and mp4 cannot be written in one go" in lines[0]
    assert lines[1].startswith("hint: ")
    assert len(lines) == 2
    assert stat.S_ISFIFO(path.lstat().st_mode)


@pytest.mark.parametrize("kind", ["transcode", "callback", "trim"])
@pytest.mark.sampled(3)
def test_a_reader_that_leaves_fails_the_run(kind: str, clip: Path) -> None:
    big = make_clip(clip, frames=250, width=640, height=360, audios=1).path
    with Fifo(clip.parent / "out" / "a.mkv", limit=100) as fifo:
        assert run(words(WRITERS[kind], big, fifo.path)) == 1
    assert left(fifo.path.parent) == ["a.mkv"]


@pytest.mark.all_cases
@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.sampled(5)
def test_a_full_device_fails_the_run(kind: str, clip: Path) -> None:
    node = full_node(clip.parent / "out" / "full")
    command = words(WRITERS[kind], clip, node)
    assert run([*command, "--preset", "mkv-h264", "-y"]) == 1
    assert stat.S_ISCHR(node.lstat().st_mode)
    assert left(node.parent) == ["full"]


@pytest.mark.all_cases
@pytest.mark.parametrize("kind", [*WRITERS, *OTHERS])
@pytest.mark.sampled(8)
def test_a_disk_is_refused(
    kind: str, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    node = disk_node(clip.parent / "out" / "disk.png")
    command = words({**WRITERS, **OTHERS}[kind], clip, node)
    preset = ("--preset", "mkv-h264") if kind in WRITERS else ()
    assert run([*command, *preset, "-y"]) == 1
    assert "disk.png is no regular file, and not written to" in capsys.readouterr().err
    assert stat.S_ISBLK(node.lstat().st_mode)


@pytest.mark.all_cases
@pytest.mark.parametrize("kind", [*WRITERS, *OTHERS])
@pytest.mark.sampled(8)
def test_a_link_stays_and_what_it_leads_to_is_made_and_replaced(
    kind: str, clip: Path
) -> None:
    extension = {"snapshot": ".png", "stats": ".json"}.get(kind, ".mkv")
    target = clip.parent / "out" / f"target{extension}"
    link = clip.parent / f"link{extension}"
    link.symlink_to(f"out/{target.name}")
    command = words({**WRITERS, **OTHERS}[kind], clip, link)
    assert run(command) == 0
    made = target.read_bytes()
    target.write_bytes(b"old")
    assert run(command) == 1
    assert target.read_bytes() == b"old"
    assert run([*command, "-y"]) == 0
    assert abs(len(target.read_bytes()) - len(made)) < 200
    assert link.is_symlink()
    assert left(target.parent) == [target.name]


@pytest.mark.parametrize("force", [False, True])
def test_coco_records_follow_a_link_and_refuse_a_fifo(force: bool, clip: Path) -> None:
    link, fifo = clip.with_name("link.json"), clip.with_name("fifo.json")
    link.symlink_to("out/target.json")
    os.mkfifo(fifo)
    boxes = ("--detections", str(clip.with_name("boxes.txt")), "-q")
    more = ("-y",) if force else ()
    track = ["track", str(clip), *boxes, *more]
    assert run([*track, "--records", str(link)]) == 0
    assert link.is_symlink()
    made = json.loads((clip.parent / "out" / "target.json").read_text())
    assert len(made["images"]) == 25
    assert left(clip.parent / "out") == ["target.json"]
    assert run([*track, "--records", str(fifo)]) == 1
    assert stat.S_ISFIFO(fifo.lstat().st_mode)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
@pytest.mark.all_cases
@pytest.mark.parametrize("kind", ["transcode", "callback", "trim"])
@pytest.mark.sampled(3)
def test_an_open_pipe_of_avio_gets_the_whole_video(kind: str, clip: Path) -> None:
    read_end, write_end = os.pipe()  # the clip is smaller than what it holds
    path = Path(f"/dev/fd/{write_end}")
    try:
        command = words(WRITERS[kind], clip, path)
        assert run([*command, "--preset", "mkv-h264"]) == 0
    finally:
        os.close(write_end)
    with os.fdopen(read_end, "rb") as source:
        clip.with_name("got.mkv").write_bytes(source.read())
    assert indices(clip.with_name("got.mkv"), *SIZE) == [*range(25)]


def test_python_writes_into_a_fifo_and_a_null_device(clip: Path) -> None:
    node = null_node(clip.parent / "out" / "null")
    with Fifo(clip.with_name("a.mkv")) as fifo:
        for path in (node, fifo.path):
            with api.open_video(clip) as video, api.create_video(path) as out:
                for frame in video:
                    out.write(frame)
    clip.with_name("got.mkv").write_bytes(fifo.content)
    assert indices(clip.with_name("got.mkv"), *SIZE) == [*range(25)]
    assert stat.S_ISCHR(node.lstat().st_mode)


def test_a_recording_removes_nothing_before_it_is_complete(tmp_path: Path) -> None:
    node = null_node(tmp_path / "null")
    check_file(node, (), force=True)
    os.mkfifo(tmp_path / "fifo.mkv")
    check_file(tmp_path / "fifo.mkv", (), force=True)
    (tmp_path / "old.mp4").write_bytes(b"old")
    (tmp_path / "link.mp4").symlink_to("old.mp4")
    with pytest.raises(OutputError, match="exists"):
        check_file(tmp_path / "link.mp4", (), force=False)
    check_file(tmp_path / "link.mp4", (), force=True)
    assert left(tmp_path) == ["fifo.mkv", "link.mp4", "null", "old.mp4"]
    assert stat.S_ISCHR(node.lstat().st_mode)


@pytest.mark.parametrize(
    "words",
    [
        "play IN --record OUT",
        "play IN --stats OUT",
        "track IN --model motion --stats OUT",
        "track IN --model motion --records OUT --records-format mot",
        "track IN --model motion --save-detections OUT",
        "track --detections DET --records DET",
        "track IN --detections DET --records DET",
    ],
)
@pytest.mark.parametrize("force", ["-y", "-q"])
def test_no_input_is_replaced_through_any_link_whether_forced_or_not(
    words: str,
    force: str,
    clip: Path,
    bundled_ffmpeg: FFmpeg,
    capsys: pytest.CaptureFixture[str],
) -> None:
    detections = clip.with_name("det.txt")
    detections.write_text("1,-1,1,1,9,9,0.9,-1,-1,-1\n")
    link = clip.with_name("link")
    link.symlink_to(clip.name)
    names = {"IN": str(clip), "OUT": str(link), "DET": str(detections)}
    before = clip.read_bytes(), detections.read_bytes()
    assert run([*(names.get(word, word) for word in words.split()), force]) == 1
    assert "is the input itself" in capsys.readouterr().err
    assert (clip.read_bytes(), detections.read_bytes()) == before


@pytest.mark.parametrize("kind", [*WRITERS, "snapshot"])
def test_a_name_without_extension_is_a_usage_error(
    kind: str, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = clip.parent / "out" / "result"
    assert run(words({**WRITERS, **OTHERS}[kind], clip, path)) == 2
    assert "has no extension" in capsys.readouterr().err
    assert left(path.parent) == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
@pytest.mark.all_cases
@pytest.mark.parametrize("kind", [*WRITERS, *OTHERS])
@pytest.mark.sampled(8)
def test_a_folder_that_takes_no_file_is_one_error_for_root_too(
    kind: str, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path("/proc/a.png" if kind == "snapshot" else "/proc/a.mkv")
    assert run([*words({**WRITERS, **OTHERS}[kind], clip, path), "-y"]) == 1
    errors = [
        line
        for line in capsys.readouterr().err.splitlines()
        if line.startswith("avio: error")
    ]
    assert len(errors) == 1
    assert "cannot write" in errors[0] or "cannot be written" in errors[0]


def test_a_verification_that_cannot_be_done_is_reported(
    clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    node = null_node(clip.parent / "out" / "null")
    assert run(["transcode", str(clip), str(node), "--verify", "decode"]) == 0
    assert "null cannot be read back: not verified" in capsys.readouterr().err
