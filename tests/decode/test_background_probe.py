"""Probes that start before the command line is parsed."""

import os
import sys
from pathlib import Path

import pytest

from avio_cli.decode.background_probe import BackgroundProbe, probe_early
from avio_cli.ffmpeg.limits import COMMAND_LINE
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from tests.clips import Clip, make_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make_clip(tmp_path_factory.mktemp("video") / "video.mkv", frames=10)


def test_a_file_among_the_words_is_probed(clip: Clip, ffmpeg: FFmpeg) -> None:
    early = probe_early(["--loop", "--volume", "60", str(clip.path)])
    assert early is not None
    assert early.answers(ffmpeg, parse_url(clip.path, COMMAND_LINE))
    assert not early.answers(ffmpeg, parse_url(__file__))
    assert early.result().info.videos[0].width == clip.width


def test_where_a_short_probe_finds_too_little_a_long_one_follows(
    tmp_path: Path, ffmpeg: FFmpeg
) -> None:
    whole = make_clip(tmp_path / "video.ts", frames=50, extra=("-g", "40"))
    path = tmp_path / "joined-late.ts"  # as a stream is, between two keyframes
    data = whole.path.read_bytes()
    path.write_bytes(data[len(data) // 2 // 188 * 188 :])
    hurry = ("-probesize", "32", "-analyzeduration", "1")
    url = parse_url(path)
    assert probe(ffmpeg, url, hurry).videos[0].width == 0
    source = BackgroundProbe(ffmpeg, url, hurry).result()
    assert source.info.videos[0].width == whole.width


def test_nothing_but_files_is_touched(tmp_path: Path, clip: Clip) -> None:
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    (tmp_path / "folder.mp4").mkdir()
    words = [str(pipe), str(tmp_path / "folder.mp4"), str(tmp_path / "none.mp4")]
    words += ["-", "http://127.0.0.1:1/video.mp4", "/dev/video0", "x" * 5000, "a\0.mp4"]
    assert probe_early(words) is None


def test_one_that_is_closed_leaves_no_child(clip: Clip, ffmpeg: FFmpeg) -> None:
    BackgroundProbe(ffmpeg, parse_url(clip.path)).close()  # the fixture looks


_PIPED = """
from avio_cli.decode.background_probe import probe_early
from avio_cli.decode.opening import opened_input
from avio_cli.ffmpeg.limits import COMMAND_LINE
from avio_cli.ffmpeg.locate import locate_ffmpeg
from avio_cli.ffmpeg.url import parse_url

early = probe_early(["-", "--records", "-"], stdin=True)
stdin = parse_url("-", COMMAND_LINE)
with opened_input(locate_ffmpeg(), stdin, early, reread=REREAD) as probed:
    print(early is not None, probed().info.videos[0].width, probed().url.kind)
"""


@pytest.mark.parametrize(("reread", "kind"), [("", "stdin"), ("it is", "file")])
def test_standard_input_is_probed_early_and_nothing_of_it_is_lost(
    tmp_path: Path, clip: Clip, reread: str, kind: str
) -> None:
    code = _PIPED.replace("REREAD", repr(reread))
    folder = {"TMPDIR": str(tmp_path)}
    argv = [sys.executable, "-c", code]
    with Process(argv, stdin="pipe", stdout=True, environment=folder) as child:
        child.stdin.write(clip.path.read_bytes())
        child.stdin.close()
        words = child.stdout.read().split()
        child.finish(timeout=60)
    assert words == [b"True", b"%d" % clip.width, kind.encode()]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("word", ["-v", "--verbose", "--help", "--safe"])
def test_what_changes_the_probe_comes_first(clip: Clip, word: str) -> None:
    assert probe_early([str(clip.path), word]) is None


def test_without_ffmpeg_the_command_itself_reports_it(
    clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AVIO_FFMPEG", "/nowhere")
    assert probe_early([str(clip.path)]) is None


def test_a_wrong_command_line_is_one_error_as_ever(clip: Clip) -> None:
    argv = [sys.executable, "-m", "avio_cli", "play", clip.path, "--volume", "loud"]
    done = run(argv)
    assert done.status == 2
    assert "loud" in done.stderr
    assert len(done.stderr.splitlines()) == 2
