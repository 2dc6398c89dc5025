"""Jobs that lose something get no result, whatever they copy or encode.

Each job runs as it is, but the ffmpeg that muxes its result spoils a stream: counts
agree with what was written, and only the source shows what is lost.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from avio_cli.cli.main import run as main
from avio_cli.demux.packet_selection import PacketSelection
from avio_cli.encode.run import plan_encode
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.media.info import AudioStream
from avio_cli.mux.command import EncodePlan
from avio_cli.mux.remux import remux_command
from tests.clips import groups, make_clip

CUES = "1\n00:00:00,500 --> 00:00:01,000\none\n\n2\n00:00:01,800 --> 00:00:02,200\n"
CUES += "two\n\n3\n00:00:03,000 --> 00:00:03,500\nthree\n\n"
RANGE = ("--start", "1", "--end", "3.2")
DAMAGES = {
    "audio": ("a", "noise=amount=0:drop='between(n,30,49)'", "audio track 1"),
    "sync": ("a", "setts=ts=TS+0.2/TB", "audio track 1"),
    "subtitle": ("s", "noise=amount=0:drop='eq(n,{})'", "subtitles of track 1"),
    "frames": ("v", "noise=amount=0:drop='between(n,12,16)'", "frames"),
}
"""Which stream is spoilt how, and what the message names."""


@pytest.fixture
def source(tmp_path: Path, bundled_ffmpeg: FFmpeg) -> Path:
    """Four seconds with audio and three subtitles."""
    clip = make_clip(tmp_path / "a.mkv", frames=100, audios=1, video=groups(10, 2))
    texts, whole = tmp_path / "a.srt", tmp_path / "in.mkv"
    texts.write_text(CUES)
    argv = [bundled_ffmpeg.path, "-v", "error", "-i", str(clip.path), "-i", str(texts)]
    assert run([*argv, *"-map 0 -map 1 -c copy".split(), str(whole)]).status == 0
    return whole


def spoil(plan: EncodePlan, kind: str, filter_: str) -> EncodePlan:
    """The same plan with one more bitstream filter behind those of a stream."""
    number = next(
        n for n, s in enumerate(plan.mapped) if type(s).__name__.lower()[0] == kind
    )
    first, *others = plan.command.outputs
    words, option = list(first.options), f"-bsf:{number}"
    if option in words:
        words[words.index(option) + 1] += f",{filter_}"
    else:
        words = [option, filter_, *words]
    outputs = (replace(first, options=tuple(words)), *others)
    return replace(plan, command=replace(plan.command, outputs=outputs))


def spoiling(
    make: Callable[..., EncodePlan], kind: str, filter_: str
) -> Callable[..., EncodePlan]:
    def plan(*arguments: Any, **options: Any) -> EncodePlan:
        return spoil(make(*arguments, **options), kind, filter_)

    return plan


@pytest.mark.parametrize("extension", ["mp4", "mkv"])
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("job", ["trim", "exact", "merge"])
@pytest.mark.sampled(8)
def test_a_job_that_loses_something_gets_no_result(
    ffmpeg: FFmpeg,
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    job: str,
    damage: str,
    extension: str,
) -> None:
    kind, filter_, named = DAMAGES[damage]
    # MP4 has packets that show nothing between the cues, and before the first one.
    number = {"trim": 2, "exact": 2, "merge": 3}[job] if extension == "mp4" else 1
    filter_ = filter_.format(number)
    for place, make in (
        ("avio_cli.mux.remux.remux_command", remux_command),
        ("avio_cli.encode.run.plan_encode", plan_encode),
    ):
        monkeypatch.setattr(place, spoiling(make, kind, filter_))
    result = source.with_name(f"result.{extension}")
    words = {
        "trim": ["trim", str(source), str(result), *RANGE],
        "exact": ["trim", str(source), str(result), *RANGE, "--exact"],
        "merge": ["merge", str(result), str(source), str(source)],
    }
    assert main([*words[job], "-q"]) == 1
    assert named in capsys.readouterr().err
    assert not result.exists()


def test_packets_that_were_not_selected_are_missed(
    ffmpeg: FFmpeg,
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    take = PacketSelection.take

    def skip(selection: PacketSelection, wanted: bool) -> None:
        audio = isinstance(selection.stream, AudioStream)
        take(selection, wanted and not (audio and 90 <= selection.count < 110))

    monkeypatch.setattr(PacketSelection, "take", skip)
    result = source.with_name("result.mkv")
    assert main(["trim", str(source), str(result), *RANGE, "-q"]) == 1
    assert "20 of " in capsys.readouterr().err
    assert not result.exists()


@pytest.mark.parametrize("job", ["trim", "exact", "merge"])
@pytest.mark.sampled(3)
def test_without_verification_nothing_is_read_back(
    ffmpeg: FFmpeg, source: Path, monkeypatch: pytest.MonkeyPatch, job: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("it was read")

    for name in ("list_file", "probe", "_decode_all", "Process", "list_inputs"):
        monkeypatch.setattr(f"avio_cli.mux.verify.{name}", refuse)
    result = source.with_name("result.mp4")
    words = {
        "trim": ["trim", str(source), str(result), *RANGE],
        "exact": ["trim", str(source), str(result), *RANGE, "--exact"],
        "merge": ["merge", str(result), str(source), str(source)],
    }
    assert main([*words[job], "--verify", "none", "-q"]) == 0
    assert result.exists()
