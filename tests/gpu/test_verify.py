"""scripts/verify-gpu against stand-ins: what it says, and with which exit status."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from avio_cli.ffmpeg.process.run import run as run_command
from benchmarks.gpu import card, soak, verify
from benchmarks.gpu.context import Context, Data
from benchmarks.gpu.report import NotRunError, Outcome, Report
from benchmarks.gpu.verify import PIECES
from tests.conftest import REPOSITORY
from tests.gpu.machine import (
    CARD,
    SAME,
    SHIFTED,
    Answer,
    Machine,
    answering,
    done,
    failing,
    hanging,
)

if sys.platform == "win32":
    pytest.skip("verified on Linux alone", allow_module_level=True)


@pytest.fixture
def one_card(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in (verify, card):
        monkeypatch.setattr(module, "gpu_count", lambda: 1)
    monkeypatch.setattr(soak, "STEP", 0.001)
    monkeypatch.setattr(soak, "SECONDS", 0.02)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    for name in ("yolox_nano.pth", "yolox_nano.onnx", "TUD-Campus.mp4"):
        (tmp_path / name).write_bytes(b"weights")
    monkeypatch.setenv("AVIO_GPU_DATA", str(tmp_path))


def states(report: Path) -> dict[str, str]:
    return {
        step["what"]: step["state"] for step in json.loads(report.read_text())["steps"]
    }


def writing(text: str) -> Answer:
    def track(words: Any) -> Any:
        Path(words[words.index("--records") + 1]).write_text(text)
        return done()

    return track


@pytest.mark.parametrize("piece", PIECES)
def test_a_piece_that_agrees_ends_with_0(one_card: None, piece: str) -> None:
    assert verify.main([piece], Machine()) == 0


@pytest.mark.parametrize("piece", [*PIECES, "all"])
def test_without_a_device_each_piece_refuses_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    piece: str,
) -> None:
    monkeypatch.setattr(verify, "gpu_count", lambda: 0)
    machine, report = Machine(), tmp_path / "report.json"
    assert verify.main([piece, "--json", str(report)], machine) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert "no NVIDIA GPU" in shown.err
    assert machine.commands == []
    written = json.loads(report.read_text())
    assert (written["steps"], written["status"]) == ([], 2)
    assert "no NVIDIA GPU" in written["device"]


DISAGREEING: list[tuple[str, str, Answer, str]] = [
    ("card", "torch-info", answering(names=["another"], devices=1), "PyTorch"),
    ("card", "torch-info", answering(names=[], devices=0), "PyTorch"),
    ("card", "nvidia-smi", lambda _: done(stdout="a,1,2,3\nb,1,2,3\n"), "avio asks"),
    ("card", "doctor", lambda _: done(stdout='{"findings": []}'), "avio doctor"),
    ("decode", "compare", answering(**{**SAME, "worst": 2}), "HEVC, --hwaccel"),
    ("decode", "compare", answering(**{**SAME, "times_equal": False}), "H.264, "),
    ("decode", "compare", answering(**{**SAME, "frames": [90, 89]}), "VP9, "),
    ("decode", "compare", answering(**{**SAME, "lost": 1}), "damaged"),
    ("decode", "ffmpeg framecrc", lambda _: done(stdout="0\n" * 89), "VP9, all"),
    ("decode", "ffmpeg framecrc", failing("hwdownload: no"), "HEVC, all frames"),
    ("decode", "transcode", failing("avio: error: no"), "AV1, "),
    ("encode", "transcode", failing("Traceback"), "names NVENC"),
    ("encode", "transcode", failing("avio: error: of no use"), "names NVENC"),
    ("encode", "compare", answering(**{**SAME, "times_equal": False}), "auto"),
    ("encode", "compare", answering(**{**SAME, "mean": 90.0}), "auto"),
    ("encode", "compare", answering(**{**SAME, "frames": [0, 0]}), "libx264"),
    ("torch", "track --fp16", writing(""), "--fp16"),
    ("torch", "track cuda", writing(SHIFTED), "32 bits"),
    ("torch", "track --workers", failing("avio: error: out of memory"), "--workers 4"),
    ("torch", "batch", answering(worst=0.1), "at once"),
    ("onnx", "track cuda", writing(SHIFTED), "32 bits"),
    ("onnx", "providers", answering(providers="CPUExecutionProvider"), "refused"),
    ("tensorrt", "export", failing("avio: error: it differs"), "export"),
    ("tensorrt", "track .engine", writing(SHIFTED), "--trt NAME.engine"),
    ("tensorrt", "track bad.engine", failing("Segmentation fault", -11), "cut off"),
    ("tensorrt", "track bad.engine", writing(""), "of another version"),
    ("speed", "infer", answering(frames_per_second=1.0, within=False), "YOLOX-x"),
    ("speed", "ffmpeg scale_cuda", failing("no such filter"), "view scaled there"),
    ("soak", "timeout", failing("avio: error: out of memory"), "one run"),
    ("soak", "timeout", failing("Terminated", 124), "one run"),
]  # fmt: skip


@pytest.mark.parametrize(("piece", "name", "answer", "step"), DISAGREEING)
def test_what_disagrees_fails_alone_and_the_rest_is_run(
    one_card: None, tmp_path: Path, piece: str, name: str, answer: Answer, step: str
) -> None:
    report = tmp_path / "report.json"
    machine = Machine().change(name, answer)
    assert verify.main([piece, "--json", str(report)], machine) == 1
    found = states(report)
    (failed, *_) = [state for what, state in found.items() if step in what]
    assert failed == "FAILED"
    agreeing = Machine()
    verify.main([piece, "--json", str(report)], agreeing)
    if piece != "tensorrt":  # nothing is tried with what could not be built
        assert list(states(report)) == list(found)


def test_memory_that_grows_fails(one_card: None, capsys: Any) -> None:
    machine = Machine()
    machine.grows = 10.0
    assert verify.main(["soak"], machine) == 1
    assert "MiB from start to end" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("samples", "grown"),
    [
        ([0, 900, *[1000] * 8], 0),
        ([1000, 1000, *range(1000, 1080, 10)], 60),
    ],
)
def test_growth_leaves_out_the_beginning(samples: list[float], grown: float) -> None:
    assert soak.growth(samples) == pytest.approx(grown, abs=5)


@pytest.mark.parametrize(
    ("piece", "name", "package", "step"),
    [
        ("card", "torch-info", "torch", "PyTorch"),
        ("torch", "torch-info", "torch", "is there"),
        ("tensorrt", "tensorrt-info", "tensorrt", "is there"),
        ("speed", "make-yolox", "torch", "YOLOX-nano, 1440x800, fp32"),
        ("speed", "packages", "torch", "avio track --hwaccel cuda"),
        ("soak", "packages", "torch", "one run of avio track"),
        ("torch", "packages", "yolox.models", "is there"),
        ("onnx", "providers", "onnxruntime", "is there"),
    ],
)
def test_what_misses_a_package_is_not_run_and_says_why(
    one_card: None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    piece: str,
    name: str,
    package: str,
    step: str,
) -> None:
    report = tmp_path / "report.json"
    machine = Machine().change(name, answering(missing=f"{package} is not installed"))
    assert verify.main([piece, "--json", str(report)], machine) == 3
    assert states(report)[step] == "not run"
    assert f"{package} is not installed" in capsys.readouterr().out


def test_a_build_of_onnx_runtime_without_cuda_must_be_refused_in_words(
    one_card: None, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    machine = Machine().change("providers", answering(providers="CPUExecutionProvider"))
    machine.change(
        "track cuda",
        failing("avio: error: the installed ONNX Runtime cannot use cuda:0"),
    )
    assert verify.main(["onnx", "--json", str(report)], machine) == 3
    assert list(states(report).values()) == ["ok", "ok", "not run", "not run", "ok"]


def test_a_card_that_encodes_is_compared_not_refused(one_card: None) -> None:
    def encode(words: Any) -> Any:
        Path(words[words.index("transcode") + 2]).write_bytes(b"video")
        return done()

    assert verify.main(["encode"], Machine(transcode=encode)) == 0


def test_a_refusal_that_takes_long_fails(
    one_card: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.gpu.decode.SOON", -1)
    assert verify.main(["encode"], Machine()) == 1


def test_what_hangs_fails_and_the_next_step_is_run(
    one_card: None, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    machine = Machine().change("track --fp16", hanging)
    assert verify.main(["torch", "--json", str(report)], machine) == 1
    found = states(report)
    assert found["--fp16"] == "FAILED"
    assert found["--workers 4"] == "ok"


def test_a_piece_begins_nothing_when_its_time_is_over(
    one_card: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verify, "LONGEST", 0.0)
    machine = Machine()
    assert verify.main(["decode"], machine) == 3
    assert machine.commands == []
    assert "the time of this piece is over" in capsys.readouterr().out


def test_no_command_may_take_longer_than_its_piece(tmp_path: Path) -> None:
    limits: list[float] = []

    def run(argv: Any, *, timeout: float) -> Any:
        limits.append(timeout)
        return done()

    context(tmp_path, run, until=0.0).avio("doctor")
    assert limits == [1.0]


def context(folder: Path, run: Any, until: float = 1e12) -> Context:
    data = Data(checkpoint=folder, onnx=folder, video=folder)
    return Context(
        piece="card",
        report=Report("a card"),
        run=run,
        folder=folder,
        data=data,
        ffmpeg="ffmpeg",
        until=until,
    )


def nvidia_smi(folder: Path, lines: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{lines}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_the_memory_is_that_of_the_card_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvidia_smi(tmp_path, "echo GPU-aa, 1234; echo GPU-bb, 5", monkeypatch)
    here = context(tmp_path, run_command)
    assert card.memory_used(here, "bb") == 5
    with pytest.raises(NotRunError, match="which card"):
        card.memory_used(here)
    nvidia_smi(tmp_path, "echo 'GPU-aa, [N/A]'", monkeypatch)
    with pytest.raises(NotRunError, match="N/A"):
        card.memory_used(here)
    nvidia_smi(tmp_path, "echo GPU-aa, 7", monkeypatch)
    assert card.memory_used(here) == 7


def cards(*rows: str, name: str = CARD) -> Answer:
    """What nvidia-smi says of several; each row its mode of MIG."""

    def answer(words: Any) -> Any:
        column = "name" if "=name" in words[1] else "mode"
        shown = [f"{name}, 1, 2, 3" if column == "name" else row for row in rows]
        return done(stdout="\n".join(shown))

    return answer


def test_cards_that_are_hidden_from_cuda_are_no_disagreement(
    one_card: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine().change("nvidia-smi", cards("Disabled", "Disabled"))
    assert verify.main(["card"], machine) == 1
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert verify.main(["card"], machine) == 0


def test_a_part_of_a_card_is_no_disagreement(one_card: None) -> None:
    part = answering(names=[f"{CARD} MIG 1g.18gb"], devices=1)
    machine = Machine().change("nvidia-smi", cards("Enabled", "Enabled"))
    assert verify.main(["card"], machine.change("torch-info", part)) == 0


def test_a_report_that_cannot_be_written_is_refused_at_once(
    one_card: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = Machine()
    words = ["card", "--json", str(tmp_path / "absent" / "report.json")]
    assert verify.main(words, machine) == 2
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n"), machine.commands) == ("", 1, [])
    assert "absent/report.json: No such file or directory" in shown.err


@pytest.mark.parametrize("text", ["abc", "0", "1:99"])
def test_a_time_that_is_none_is_refused_before_the_first_step(
    one_card: None, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    machine = Machine()
    with pytest.raises(SystemExit, match="2"):
        verify.main(["torch", "--seconds", text], machine)
    assert "--seconds" in capsys.readouterr().err
    assert machine.commands == []


@pytest.mark.parametrize("piece", ["torch", "onnx", "tensorrt", "soak", "speed"])
@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["card", "dry"])
def test_files_that_are_missing_are_named_and_nothing_failed(
    one_card: None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    piece: str,
    dry: tuple[str, ...],
) -> None:
    words = [piece, *dry, "--data", str(tmp_path / "absent")]
    assert verify.main(words, Machine()) == 3
    shown = capsys.readouterr().out
    assert "absent/yolox_nano" in shown
    assert "FAILED  " not in shown


def test_each_runtime_tracks_at_the_size_of_its_own_model(one_card: None) -> None:
    for piece, model in (("torch", "yolox_nano.pth"), ("onnx", "yolox_nano.onnx")):
        machine = Machine()
        verify.main([piece], machine)
        asked = [words[-1] for words in machine.commands if "input-size" in words]
        assert {Path(path).name for path in asked} == {model}


def judged(status: int, stderr: str, seconds: float, frames: int = 900) -> Outcome:
    samples = [(2.0 * n, 1000.0) for n in range(int(seconds / 2) + 1)]
    return soak._judged(done(status, stderr=stderr), samples, frames, 300)


def test_a_soak_is_good_only_after_the_whole_time_and_in_good_order() -> None:
    assert judged(130, "", 300).good
    for status, stderr in ((124, ""), (130, "Traceback (most recent call last):")):
        assert not judged(status, stderr, 300).good
    assert not judged(130, "", 300, frames=0).good
    with pytest.raises(NotRunError, match="ended before 300 s"):
        judged(0, "", 300)
    with pytest.raises(NotRunError, match="seen for 100 of 300 s"):
        judged(130, "", 100)


def test_a_soak_needs_room_for_its_video(
    one_card: None, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(soak, "LONG_BYTES", 1 << 60)
    assert verify.main(["soak"], Machine()) == 3
    assert "MiB free" in capsys.readouterr().out


def test_an_nvidia_smi_that_fails_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvidia_smi(tmp_path, "echo no driver >&2; exit 9", monkeypatch)
    with pytest.raises(NotRunError, match="no driver"):
        card.smi(context(tmp_path, run_command), "name")


def test_the_script_lists_its_pieces() -> None:
    script = REPOSITORY / "scripts" / "verify-gpu"
    found = run_command([sys.executable, script, "--help"])
    assert found.status == 0
    assert all(f"  {name} " in found.stdout.decode() for name in PIECES)


@pytest.mark.parametrize(
    ("hidden", "said"),
    [
        ("avio_cli", "avio is not installed"),
        ("benchmarks", "benchmarks is not installed"),
    ],
)
def test_the_script_says_in_one_line_what_is_missing(hidden: str, said: str) -> None:
    script = REPOSITORY / "scripts" / "verify-gpu"
    hiding = f"import runpy, sys; sys.modules[{hidden!r}] = None; "
    run_it = f"sys.argv = ['x', 'card']; runpy.run_path({str(script)!r})"
    found = run_command([sys.executable, "-c", hiding + run_it])
    assert (found.status, found.stderr.count("\n")) == (2, 1)
    assert f"verify-gpu: {said} in this Python" in found.stderr
