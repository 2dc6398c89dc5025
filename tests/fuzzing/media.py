"""Damaged media, by every command: nothing may be lost without a word."""

import contextlib
import functools
import os
import random
import re
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from tests.fuzzing.judging import HANG_SECONDS, Outcome, forked
from tests.fuzzing.mutations import BYTES, HOLES, OF_CONTAINERS

FRAMES = 150
_H264 = "-c:v libx264 -preset veryfast -g 12 -bf 2 -pix_fmt yuv420p -c:a aac -b:a 32k"
_MPEG4 = "-c:v mpeg4 -b:v 200k -g 12 -c:a mp2 -b:a 32k"
CONTAINERS = {
    "mkv": _H264,
    "webm": "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 200k -g 12 -c:a libopus",
    "mp4": _H264,
    "frag.mp4": f"{_H264} -movflags frag_keyframe+empty_moov+default_base_moof",
    "mov": _H264,
    "avi": _MPEG4,
    "ts": _H264,
    "mpg": "-c:v mpeg2video -b:v 300k -g 12 -bf 2 -c:a mp2 -b:a 32k -f vob",
    "flv": _H264,
    "asf": "-c:v msmpeg4 -b:v 200k -g 12 -c:a mp2 -b:a 32k",
    "ogv": "-c:v libtheora -b:v 200k -g 12 -c:a libvorbis",
    "gif": "-an -vf fps=25",
    "h264": f"{_H264} -an",
    "nut": _MPEG4,
    "mp3": "-vn -c:a libmp3lame -b:a 64k",
}
"""Extensions, and options that make a clip of each kind."""
CALLBACK = "def same(frame):\n    return frame\n"
FORMS: dict[str, Sequence[str]] = {
    "transcode": ("transcode", "IN", "out.mkv"),
    "transcode-mp4": ("transcode", "IN", "out.mp4"),
    "callback": ("transcode", "IN", "out.mkv", "--callback", "same.py:same"),
    "copy": ("transcode", "IN", "out.mkv", "--copy"),
    "copy-decode": ("transcode", "IN", "out.mkv", "--copy", "--verify", "decode"),
    "trim": ("trim", "IN", "out.mkv", "--start", "0.4"),
    "trim-exact": ("trim", "IN", "out.mkv", "--start", "0.4", "--exact"),
    "merge": ("merge", "out.mkv", "IN", "IN"),
    "track": ("track", "IN", "--model", "motion", "--records", "out.jsonl"),
    "track-video": ("track", "IN", "--model", "motion", "-o", "out.mkv"),
    "snapshot": ("snapshot", "IN", "out.png", "--at", "1"),
    "info": ("info", "IN", "--json", "--packets"),
}
"""The forms of a command line that are tried."""
ENDLESS = ("ts", "mpg", "h264", "nut", "frag.mp4")
"""What declares no duration: cut off between two packets, it is a whole file. Raw H.264
has no times either: without some packets it is shorter, and may decode or be copied."""
FRAMES_SHOWN = {"ogv": 99}
"""Theora's encoder repeats the others by packets without data."""
SILENT = ("gif", "h264")
"""Without audio."""
COUNTED = {"transcode": FRAMES, "transcode-mp4": FRAMES, "callback": FRAMES}
COUNTED |= {"copy-decode": FRAMES, "track-video": FRAMES, "trim-exact": FRAMES - 10}
COUNTED |= {"merge": 2 * FRAMES, "copy": FRAMES}
"""How many frames a result has where nothing is lost. A trim starts at a keyframe."""
_SAID = re.compile(r"damaged|cut off|missing|lost|warning|no frame", re.IGNORECASE)


@functools.cache
def clip(kind: str) -> bytes:
    """A whole file of small frames, six seconds long, with audio."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"clip.{kind}")
        size = "64x48" if kind != "mpg" else "128x96"
        argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin"]
        argv += ["-f", "lavfi", "-i", f"testsrc2=d=6:s={size}:r=25"]
        argv += ["-f", "lavfi", "-i", "sine=440:d=6:r=44100"]
        argv += [*CONTAINERS[kind].split(), "-bitexact", str(path)]
        subprocess.run(argv, check=True)
        return path.read_bytes()


@dataclass(frozen=True)
class MediaCase:
    """One damaged file, and what is done with it by which ffmpeg."""

    kind: str
    form: str
    ffmpeg: str
    data: bytes
    change: str = ""
    """The mutation that made it; empty: it is whole."""

    @property
    def name(self) -> str:
        system = "system" if self.ffmpeg.startswith("/usr/bin") else "bundled"
        return f"{self.form}-{system}-{self.change}.{self.kind}"

    def problems(self) -> list[str]:
        """Run it; returns what is wrong."""
        with self.outcome() as (outcome, folder):
            return [*outcome.problems(), *self._lost(outcome, folder)]

    @contextlib.contextmanager
    def outcome(self) -> Iterator[tuple[Outcome, Path]]:
        """Run it; yields how it ended, and the folder that it ran in."""
        preload()
        with tempfile.TemporaryDirectory(prefix="avio-fuzz-") as parent:
            folder = Path(parent, "work")
            folder.mkdir()
            (folder / f"in.{self.kind}").write_bytes(self.data)
            (folder / "same.py").write_text(CALLBACK)
            yield forked(self._run, folder, HANG_SECONDS), folder

    def _run(self) -> int:
        from avio_cli.cli.main import run

        os.environ["AVIO_FFMPEG"] = self.ffmpeg
        source = f"in.{self.kind}"
        return run([source if word == "IN" else word for word in FORMS[self.form]])

    def _is_whole_but_shorter(self) -> bool:
        unseen = self.change in ("cut_out", "cut_evenly", "noise")
        timeless = self.kind == "h264" and (unseen or self.form == "merge")
        ends_early = self.kind in ENDLESS and self._lacks_its_end()
        return self.kind == "mp3" or timeless or ends_early

    def _lacks_its_end(self) -> bool:
        """Whether all is gone from some place on, but for a twentieth at most."""
        last = clip(self.kind)[-len(clip(self.kind)) // 20 :]
        if self.kind == "ts" and len(self.data) % 188:
            return False
        cuts = ("cut_out", "cut_evenly", "truncated")
        return self.change in cuts and not self.data.endswith(last)

    def _lost(self, outcome: Outcome, folder: Path) -> Iterator[str]:
        made = {path.name for path in folder.iterdir()}
        made -= {f"in.{self.kind}", "same.py", "__pycache__"}
        if outcome.status and (left := {n for n in made if "jsonl" not in n}):
            yield f"file left: {sorted(left)}"
        if any(name.startswith(".") for name in made if not name.endswith(".resume")):
            yield f"hidden file left: {sorted(made)}"
        if not self.change and self.form != "info" and outcome.status not in (0, 2):
            yield f"a whole file fails: {outcome.text.strip()[-200:]}"
        wanted, said = COUNTED.get(self.form, 0), _SAID.search(outcome.text)
        if outcome.status or not wanted or said or self._is_whole_but_shorter():
            return
        video = next((folder / name for name in made if name.startswith("out.")), None)
        shown = wanted * FRAMES_SHOWN.get(self.kind, FRAMES) // FRAMES
        frames, seconds = (counted(video), heard(video)) if video else (0, 0.0)
        if frames < 0.98 * shown:
            yield f"silent loss: {frames} of {shown} frames"
        if self.kind not in SILENT and seconds < 0.97 * wanted / 25:
            yield f"silent loss: {seconds:.2f} of {wanted / 25:.2f} s of audio"


def counted(path: Path) -> int:
    """How many frames a result holds."""
    return len(_packets(path, "0:v"))


def heard(path: Path) -> float:
    """Seconds of audio that a result holds, all packets together."""
    packets = _packets(path, "0:a", "-time_base", "1/1000000")
    return sum(int(packet[3]) for packet in packets) / 1_000_000


def _packets(path: Path, stream: str, *options: str) -> list[list[bytes]]:
    """Stream, dts, pts, duration and size of each."""
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "quiet", "-nostdin", "-i", str(path)]
    # The demuxer of Matroska marks no packet of a gif as a keyframe (ffmpeg 9.0).
    argv += ["-map", stream, "-c", "copy", "-copyinkf", *options, "-f", "framecrc", "-"]
    lines = subprocess.run(argv, capture_output=True, check=False).stdout.splitlines()
    return [line.split(b",") for line in lines if line[:1].isdigit()]


def ffmpegs() -> list[str]:
    """Both, where the system has one."""
    found = [imageio_ffmpeg.get_ffmpeg_exe()]
    with contextlib.suppress(OSError):
        Path("/usr/bin/ffmpeg").stat()
        found.append("/usr/bin/ffmpeg")
    return found


def preload() -> None:
    """Import what runs need, once, before they fork."""
    import numpy as np  # noqa: F401

    import avio_cli.jobs.merge.run
    import avio_cli.jobs.snapshot.run
    import avio_cli.jobs.track.run
    import avio_cli.jobs.transcode.run
    import avio_cli.jobs.trim.run
    import avio_cli.vision.detectors.motion  # noqa: F401


def draw(rng: random.Random) -> MediaCase:
    """A case at random: holes, any change, and those of what names its parts."""
    kind = rng.choice(list(CONTAINERS))
    mutate = rng.choice(rng.choices((HOLES, BYTES, OF_CONTAINERS), (4, 3, 3))[0])
    data = mutate(rng, clip(kind))
    form, ffmpeg = rng.choice(list(FORMS)), rng.choice(ffmpegs())
    return MediaCase(kind, form, ffmpeg, data, mutate.__name__)
