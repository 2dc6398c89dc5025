"""A stand-in for an ffmpeg with an NVIDIA card: the same words, done in software."""

import sys
from pathlib import Path

from avio_cli.ffmpeg.locate import FFmpeg

_SCRIPT = """#!{python}
import os, re, sys

REAL, FAILS_AFTER, ENCODES = {real!r}, {fails_after!r}, {encodes!r}
DROPPED = {{"-hwaccel", "-hwaccel_output_format", "-hwaccel_device", "-init_hw_device",
           "-filter_hw_device"}}
FOREIGN = re.compile(r"-(rc|cq|tune|preset|spatial-aq|temporal-aq|b):")
words, given = [], iter(sys.argv[1:])
on_card = encodes_there = False
for word in given:
    if word in DROPPED:
        on_card = on_card or word == "-hwaccel"
        next(given)
    elif word.endswith("_nvenc"):
        encodes_there = True
        words.append("libx264")
    elif FOREIGN.match(word) and any(w.endswith("_nvenc") for w in sys.argv):
        next(given)
    else:
        word = re.sub(r"scale_cuda=(\\d+:\\d+)[^,]*", r"scale=\\1", word)
        words.append(word.replace("hwdownload", "null").replace("hwupload", "null"))
if encodes_there and not ENCODES:
    print("[h264_nvenc @ 0x1] [error] OpenEncodeSessionEx failed: unsupported device "
          "(2): (no details)", file=sys.stderr)
    sys.exit(1)
trial = "null" in words
if FAILS_AFTER is None or trial or not (on_card or encodes_there):
    os.execv(REAL, [REAL, *words])
words[-1:-1] = ["-frames:v", str(FAILS_AFTER)]
pid = os.spawnv(os.P_NOWAIT, REAL, [REAL, *words])
os.waitpid(pid, 0)
print("[error] the card has fallen off the bus", file=sys.stderr)
sys.exit(1)
"""


def stand_in(
    folder: Path,
    ffmpeg: FFmpeg,
    *,
    fails_after: int | None = None,
    encodes: bool = True,
) -> FFmpeg:
    """Write the script.

    Args:
        folder: where.
        ffmpeg: what does the work.
        fails_after: frames after which a run on the card ends with an error.
        encodes: whether the card has an encoder, as an H100 has not.
    """
    script = folder / "ffmpeg"
    script.write_text(
        _SCRIPT.format(
            python=sys.executable,
            real=ffmpeg.path,
            fails_after=fails_after,
            encodes=encodes,
        )
    )
    script.chmod(0o755)
    return FFmpeg(str(script), "AVIO_FFMPEG", ffmpeg.ffprobe)
