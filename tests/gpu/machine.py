"""A machine with a card, as far as scripts/verify-gpu sees it: commands and answers."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from avio_cli.errors import FFmpegError
from avio_cli.ffmpeg.process.run import Completed
from benchmarks.gpu.context import WORKER

CARD = "NVIDIA H200"
TRACKS = "".join(
    f"{frame},{id_},{50 * id_ + frame},20,30,60,0.9,-1,-1,-1\n"
    for frame in range(1, 31)
    for id_ in (1, 2, 3)
)
SHIFTED = TRACKS.replace(",20,30,60", ",24,30,60")
UUID = "1a2b"
SAME = {"frames": [90, 90], "times_equal": True, "worst": 0, "mean": 0.0, "lost": 0}
HARDWARE = ("NVIDIA GPU", "cuda decoder")
ANSWERS: Mapping[str, dict[str, Any]] = {
    "torch-info": {"torch": "2.11", "devices": 1, "names": [CARD], "uuid": UUID},
    "packages": {"packages": {}},
    "tensorrt-info": {"version": "11.4"},
    "providers": {"providers": "TensorrtExecutionProvider CUDAExecutionProvider"},
    "input-size": {"size": "416x416"},
    "batch": {"worst": 1e-5},
    "compare": SAME,
    "make-yolox": {"parameters": 1},
    "infer": {"frames_per_second": 500.0, "within": True},
}
_LOOKS = 25
"""How often the memory is looked at before a soak ends."""

Answer = Callable[[Sequence[str]], Completed]


def done(status: int = 0, stdout: str = "", stderr: str = "") -> Completed:
    return Completed(status, stdout.encode(), stderr)


def failing(stderr: str, status: int = 1) -> Answer:
    return lambda argv: done(status, stderr=stderr)


def answering(**changed: Any) -> Answer:
    """A worker's answer."""
    return lambda argv: done(stdout=json.dumps(changed))


def hanging(argv: Sequence[str]) -> Completed:
    raise FFmpegError(f"{argv[0]} did not end within 240 s")


class Machine:
    """Answers as if all were well, but for what is changed by name.

    Names are those of programs, of avio's commands, and of the worker's functions; a
    command with a word of the name behind a space is changed alone: ``track --fp16``.
    """

    def __init__(self, **changed: Answer) -> None:
        self.changed = {key.replace("__", " --"): a for key, a in changed.items()}
        self.commands: list[list[str]] = []
        self.memory = 1000.0
        self.grows = 0.0
        self._looks, self._enough = 0, threading.Event()

    def change(self, name: str, answer: Answer) -> "Machine":
        self.changed[name] = answer
        return self

    def __call__(self, argv: Sequence[str], *, timeout: float) -> Completed:
        words = list(argv)
        self.commands.append(words)
        name = _name(words)
        for key, answer in self.changed.items():
            first, _, rest = key.partition(" ")
            if first == name and (not rest or any(rest in word for word in words)):
                return answer(words)
        if name in ANSWERS:
            return done(stdout=json.dumps(ANSWERS[name]))
        method = getattr(self, f"_{name.replace('-', '_')}")
        result: Completed = method(words)
        return result

    def _nvidia_smi(self, words: Sequence[str]) -> Completed:
        if "memory.used" in words[1]:
            self._looks += 1
            if self._looks >= _LOOKS:
                self._enough.set()
            self.memory += self.grows
            return done(stdout=f"GPU-{UUID}, {self.memory}\n")
        if "driver_version" in words[1]:
            return done(stdout=f"{CARD}, 580.1, 143771, 9.0\n")
        if "mig.mode" in words[1]:
            return done(stdout="Disabled\n")
        return done(stdout=f"{CARD}\n")

    def _ffmpeg(self, words: Sequence[str]) -> Completed:
        if "framecrc" in words:
            return done(stdout="#software: x\n" + "0, 0, 0, 1, 345600, 0x1\n" * 90)
        if not words[-1].startswith(("/dev/", "-")):
            Path(words[-1]).write_bytes(bytes(10000))
        return done()

    def _doctor(self, words: Sequence[str]) -> Completed:
        rows = [
            {"section": "hardware", "name": name, "state": "ok", "detail": "decodes"}
            for name in HARDWARE
        ]
        return done(stdout=json.dumps({"findings": rows}))

    def _transcode(self, words: Sequence[str]) -> Completed:
        if _asks_nvenc(words):
            return done(1, stderr="avio: error: cuda cannot encode: no encoder")
        Path(words[words.index("transcode") + 2]).write_bytes(b"video")
        return done()

    def _track(self, words: Sequence[str]) -> Completed:
        if any("bad.engine" in word for word in words):
            return done(1, stderr="avio: error: bad.engine: TensorRT cannot open it")
        records = words[words.index("--records") + 1]
        if records == "-":
            return done(stdout=TRACKS)
        Path(records).write_text(TRACKS)
        return done()

    def _export(self, words: Sequence[str]) -> Completed:
        model = Path(words[words.index("export") + 1])
        model.with_suffix(".engine").write_bytes(bytes(5000))
        return done()

    def _timeout(self, words: Sequence[str]) -> Completed:
        self._enough.wait(20)
        Path(words[words.index("--records") + 1]).write_text("{}\n" * 100)
        return done(130)


def _asks_nvenc(words: Sequence[str]) -> bool:
    plain = "--video-codec" not in words and "--preset" not in words
    return plain and words[words.index("--hwaccel") + 1] == "cuda"


def _name(words: Sequence[str]) -> str:
    """What it is about: a program, a command of avio, a function of the worker."""
    if words[1:3] in (["-P", str(WORKER)], ["-m", "avio_cli"]):
        return words[3]
    return Path(words[0]).name.partition("-linux")[0]
