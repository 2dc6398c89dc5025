"""A batch does what is left to do, once, and says what became of all of it."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.jobs.batch.status import Status, write_status
from tests.jobs.batch.conftest import Children

pytestmark = pytest.mark.usefixtures("bundled_ffmpeg")
DAMAGED = (1, ("avio: error: it is damaged", "hint: --allow-damaged"))
KILLED = (-9, ())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def batch(videos: Path, out: Path, *words: str, start: str = "0") -> int:
    options = ("--out", str(out), *words)
    return run(["batch", str(videos), *options, "--", "trim", "--start", start])


def report(out: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    capsys.readouterr()
    run(["batch", "report", str(out), "--json"])
    return {row["name"]: row for row in json.loads(capsys.readouterr().out)["jobs"]}


def test_a_folder_is_converted_and_its_broken_file_reported(
    videos: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = (videos / "a.mp4").read_bytes()
    (videos / "broken.mp4").write_bytes(whole[: len(whole) // 2])
    words = ["batch", str(videos), "--out", str(out), "--jobs", "2"]

    assert run([*words, "--", "transcode", "--width", "64"]) == 1

    said = capsys.readouterr().err
    assert "avio: error: 1 of 4 jobs failed" in said
    made = {p.relative_to(out).as_posix() for p in out.glob("**/*.*") if p.is_file()}
    seen = {name for name in made if not name.startswith(".")}
    assert seen == {"a.mp4", "b.mp4", "more/c.mp4"}
    rows = report(out, capsys)
    assert rows["broken.mp4"]["state"] == "failed"
    assert rows["broken.mp4"]["quarantined"]
    assert Path(rows["broken.mp4"]["log"]).read_text().count("avio: error: ") == 1
    page = out.parent / "report.html"
    assert run(["batch", "report", str(out), "-o", str(page)]) == 1
    assert "broken.mp4" in page.read_text()


def test_only_what_has_changed_is_done_again(
    videos: Path, out: Path, children: Children
) -> None:
    assert batch(videos, out) == 0
    assert sorted(children.sources) == ["a.mp4", "b.mp4", "c.mp4"]

    assert batch(videos, out, "--quiet") == 0
    assert len(children.sources) == 3, "nothing has changed"

    (out / "a.mp4").unlink()
    (out / "more/c.mp4").write_bytes(b"other")
    os.utime(videos / "b.mp4", (1, 1))
    assert batch(videos, out) == 0
    assert sorted(children.sources[3:]) == ["a.mp4", "b.mp4", "c.mp4"]

    assert batch(videos, out, start="0.5") == 0
    assert len(children.sources) == 9, "other settings"


def test_the_same_files_by_other_paths_are_not_done_again(
    videos: Path, out: Path, children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = videos.with_name("link")
    link.symlink_to(videos)
    monkeypatch.chdir(videos.parent)
    assert batch(link, out) == 0
    assert len(children.sources) == 3

    for path in ("videos", "./videos/.", "videos/more/..", "link/"):
        assert run(["batch", path, "--out", "out", "--", "trim", "--start", "0"]) == 0
    assert len(children.sources) == 3

    assert batch(videos, link) == 2  # its results would be its sources


def test_content_is_compared_where_that_is_asked_for(
    videos: Path, out: Path, children: Children
) -> None:
    assert batch(videos, out, "--hash") == 0
    os.utime(videos / "b.mp4", (1, 1))
    made = out / "a.mp4"
    found = made.stat()
    made.write_bytes(b"x" * found.st_size)
    os.utime(made, ns=(found.st_atime_ns, found.st_mtime_ns))

    moved = videos.rename(videos.with_name("moved"))
    assert batch(moved, out, "--hash") == 0
    assert len(children.sources) == 3
    videos = moved.rename(videos)
    assert batch(videos, out, "--hash", "--verify") == 0
    assert children.sources[3:] == ["a.mp4"]


def test_what_fails_for_good_is_tried_once_and_then_only_on_request(
    videos: Path,
    out: Path,
    children: Children,
    capsys: pytest.CaptureFixture[str],
) -> None:
    children.fails = lambda source, _: DAMAGED if source.name == "a.mp4" else (0, ())

    assert batch(videos, out) == 1
    assert children.sources.count("a.mp4") == 1
    assert batch(videos, out) == 1
    assert (
        "--retry-failed tries again what had failed before: 1"
        in capsys.readouterr().err
    )
    assert len(children.sources) == 3

    children.fails = lambda source, _: (0, ())
    assert batch(videos, out, "--retry-failed") == 0
    assert children.sources[3:] == ["a.mp4"]


def test_what_may_pass_is_tried_again(
    videos: Path, out: Path, children: Children, capsys: pytest.CaptureFixture[str]
) -> None:
    def twice(source: Path, call: int) -> tuple[int, tuple[str, ...]]:
        tried = children.sources.count("a.mp4")
        return KILLED if source.name == "a.mp4" and tried <= 2 else (0, ())

    children.fails = twice
    assert batch(videos, out, "--retries", "2") == 0
    assert report(out, capsys)["a.mp4"]["attempts"] == 3

    children.fails = lambda source, _: KILLED
    assert batch(videos, out, "--retries", "1", start="0.1") == 1
    rows = report(out, capsys)
    assert {row["reason"] for row in rows.values()} == {"it was killed (SIGKILL)"}
    assert all(row["quarantined"] for row in rows.values())


def test_what_could_not_be_noted_as_done_is_done_again(
    videos: Path, out: Path, children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []

    def write(folder: Path, status: Status) -> None:
        if status.state == "done" and not refused:
            refused.append(status.name)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_status(folder, status)

    monkeypatch.setattr("avio_cli.jobs.batch.attempt.write_status", write)

    assert batch(videos, out) == 0
    assert len(children.sources) == 4
    assert batch(videos, out) == 0
    assert len(children.sources) == 4, "all is noted"


def test_files_of_others_are_kept(
    videos: Path, out: Path, children: Children, capsys: pytest.CaptureFixture[str]
) -> None:
    out.mkdir()
    (out / "b.mp4").write_text("mine")

    assert batch(videos, out) == 1

    assert "b.mp4 exists, and is no result of this batch" in capsys.readouterr().err
    assert (out / "b.mp4").read_text() == "mine"
    assert not children.sources
    assert batch(videos, out, "-y") == 0
    assert (out / "b.mp4").read_bytes() == (videos / "b.mp4").read_bytes()


def test_results_of_another_source_are_kept(
    videos: Path, out: Path, children: Children, capsys: pytest.CaptureFixture[str]
) -> None:
    assert batch(videos, out) == 0
    copied = videos.with_name("copied")
    shutil.copytree(videos, copied)

    assert batch(copied, out) == 1

    said = capsys.readouterr().err
    assert "a.mp4 is the result of another source" in said
    assert f"that source was {videos / 'a.mp4'}" in said
    assert batch(videos, out) == 0
    assert len(children.sources) == 3, "those of the first are still done"
    assert batch(copied, out, "-y") == 0
    assert batch(copied, out) == 0
    assert len(children.sources) == 6


def test_a_name_that_is_too_long_fails_alone(
    videos: Path, out: Path, children: Children
) -> None:
    listed = videos.with_name("all.txt")
    listed.write_text(f"{videos / 'a.mp4'}\n{videos / ('x' * 300)}.mp4\n")
    children.fails = lambda source, _: DAMAGED if "xx" in source.name else (0, ())

    assert batch(listed, out) == 1
    assert sorted(children.sources) == ["a.mp4", f"{'x' * 300}.mp4"]


def test_a_folder_of_the_name_of_a_result_is_named(
    videos: Path, out: Path, children: Children, capsys: pytest.CaptureFixture[str]
) -> None:
    (out / "b.mp4").mkdir(parents=True)
    assert batch(videos, out, "-y") == 1
    assert "b.mp4 is a folder" in capsys.readouterr().err

    (out / "b.mp4").rmdir()
    (out / "more").write_text("mine")
    assert batch(videos, out) == 1
    row = report(out, capsys)["more/c.mp4"]
    assert row["failure"] == "permanent"
    assert f"{out / 'more'}: " in row["reason"]
    assert children.sources.count("c.mp4") == 1


def test_two_inputs_with_one_result_are_refused(
    videos: Path, out: Path, children: Children, capsys: pytest.CaptureFixture[str]
) -> None:
    (videos / "a.mkv").write_bytes(b"1")
    words = ["batch", str(videos), "--out", str(out)]

    assert run([*words, "--", "transcode"]) == 2
    assert "would have the same result" in capsys.readouterr().err
    assert run(["batch", str(videos), "--out", str(videos), "--", "trim"]) == 2
    assert "would have a source as its result" in capsys.readouterr().err
    assert not children.sources


def test_a_source_that_is_a_link_is_not_replaced_by_its_result(
    videos: Path, tmp_path: Path, children: Children, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "links"
    folder.mkdir()
    (folder / "x.mp4").symlink_to(videos / "a.mp4")

    words = ["batch", str(folder / "x.mp4"), "--out", str(folder), "-y"]
    assert run([*words, "--", "trim", "--start", "0"]) == 2

    assert "would have a source as its result" in capsys.readouterr().err
    assert (folder / "x.mp4").is_symlink()
    assert not children.sources


def test_parts_do_all_and_report_together(
    videos: Path, out: Path, children: Children, capsys: pytest.CaptureFixture[str]
) -> None:
    assert batch(videos, out, "--part", "1/2") == 0
    assert run(["batch", "report", str(out)]) == 1
    assert "1 of 2 parts begun" in capsys.readouterr().out

    assert batch(videos, out, "--part", "2/2") == 0
    assert run(["batch", "report", str(out)]) == 0
    assert "3 jobs: 3 done" in capsys.readouterr().out
    assert sorted(children.sources) == ["a.mp4", "b.mp4", "c.mp4"]


def test_parts_that_saw_different_inputs_are_not_complete(
    videos: Path, out: Path, children: Children, capsys: pytest.CaptureFixture[str]
) -> None:
    assert batch(videos, out, "--part", "1/2") == 0
    (videos / "b.mp4").unlink()
    (videos / "more/c.mp4").unlink()
    assert batch(videos, out, "--part", "2/2") == 0
    said = "the parts saw different inputs: part 1 saw 3, part 2 saw 1"
    assert said in capsys.readouterr().err

    assert run(["batch", "report", str(out)]) == 1
    shown = capsys.readouterr().out
    assert "1 of 2 parts begun" in shown
    assert said in shown
    assert batch(videos, out, "--part", "1/2") == 0
    assert run(["batch", "report", str(out)]) == 0


def test_results_that_are_gone_are_not_reported_as_done(
    videos: Path, out: Path, children: Children, capsys: pytest.CaptureFixture[str]
) -> None:
    assert batch(videos, out) == 0
    (out / "a.mp4").unlink()
    shutil.copyfile(out / "b.mp4", out / "copy.mp4")
    (out / "copy.mp4").replace(out / "b.mp4")

    rows = report(out, capsys)

    states = {name: row["state"] for name, row in rows.items()}
    assert states == {"a.mp4": "gone", "b.mp4": "done", "more/c.mp4": "done"}
    assert rows["a.mp4"]["reason"] == "a.mp4 is not there any more as it was made"
    page = out.parent / "report.html"
    assert run(["batch", "report", str(out), "-o", str(page)]) == 1
    assert 'class="gone">1 gone' in page.read_text()


def test_a_run_whose_plan_another_one_replaced_says_so(
    videos: Path, out: Path, children: Children, capsys: pytest.CaptureFixture[str]
) -> None:
    assert batch(videos, out) == 0
    assert "another run" not in capsys.readouterr().err

    def other(source: Path, call: int) -> tuple[int, tuple[str, ...]]:
        if call == 4:
            assert batch(videos / "more", out, start="0.5") == 0
        return 0, ()

    children.fails = other
    assert batch(videos, out, start="0.25") == 0
    assert "another run has replaced the plan" in capsys.readouterr().err


def test_a_plan_says_why_and_does_nothing(
    videos: Path, out: Path, children: Children, capsys: pytest.CaptureFixture[str]
) -> None:
    assert batch(videos, out, "--part", "1/3") == 0
    capsys.readouterr()

    assert batch(videos, out, "--plan-only") == 0

    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert sorted(line[0] for line in lines) == ["done", "new", "new"]
    assert [line[4] for line in lines] == ["a.mp4", "b.mp4", "more/c.mp4"]
    assert len(children.sources) == 1


def test_what_ended_a_run_is_tried_last(
    videos: Path, out: Path, children: Children
) -> None:
    with (videos / "b.mp4").open("ab") as file:
        file.write(bytes(1000))

    def die(source: Path, call: int) -> tuple[int, tuple[str, ...]]:
        raise RuntimeError("as a killed run, it notes nothing")

    children.fails = die
    assert batch(videos, out) == 1
    children.fails = lambda source, _: (0, ())
    assert batch(videos, out) == 0
    assert children.sources[0] == "b.mp4", "the largest"
    assert children.sources[-1] == "b.mp4"


def test_a_full_disk_ends_the_batch(
    videos: Path,
    out: Path,
    children: Children,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("avio_cli.jobs.batch.run.SPARE_BYTES", 1 << 60)

    assert batch(videos, out) == 1

    assert "MB left for" in capsys.readouterr().err
    assert not children.sources


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "the command is missing"),
        (["--", "play"], "avio batch runs no 'play'"),
        (["--", "transcode", "--widht", "3"], "no such option: --widht"),
        (["--", "track", "-o", "x.mp4"], "--output: avio batch names the results"),
        (["--", "track", "--ray", "local"], "--ray: avio batch itself spreads jobs"),
        (["--", "snapshot"], "--at is missing"),
        (["--", "transcode", "--preset", "mp5"], "unknown preset 'mp5'"),
        (["--part", "8/7", "--", "transcode"], "--part '8/7' is not I/N"),
    ],
)
def test_wrong_usage_is_found_before_anything_runs(
    words: list[str],
    said: str,
    videos: Path,
    out: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["batch", str(videos), "--out", str(out), *words]) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("kind", ["folder", "pattern", "list"])
def test_what_the_batch_made_is_no_input_of_it(
    kind: str, videos: Path, children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(videos)
    listed = videos.with_name("all.txt")
    words = {"folder": ".", "pattern": "**/*.mp4", "list": str(listed)}
    for _ in range(2):
        listed.write_text("\n".join(map(str, Path().glob("**/*.mp4"))))
        assert batch(Path(words[kind]), Path("out")) == 0
    assert len(children.sources) == 3


def test_records_go_on_where_a_child_was_interrupted(
    videos: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words: list[list[str]] = []

    def child(argv: list[str], stop: object) -> tuple[int, tuple[str, ...]]:
        words.append(argv)
        records = Path(argv[argv.index("--records") + 1])
        if len(words) == 1:
            records.with_name(f".{records.name}.resume").write_text("{}")
            return KILLED
        records.write_text("{}")
        return 0, ()

    monkeypatch.setattr("avio_cli.jobs.batch.attempt._run", child)
    monkeypatch.setattr("avio_cli.jobs.batch.run.RETRY_SECONDS", 0.01)
    start = ["batch", str(videos / "a.mp4"), "--out", str(out), "--", "track"]

    assert run([*start, "--model", "motion"]) == 0
    assert ["--resume" in argv for argv in words] == [False, True]
    assert not any((out / ".avio-batch" / "work").iterdir())
