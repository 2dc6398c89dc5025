"""What both ffmpegs say of wrong encoders, options and filters is put into words."""

import pytest

from avio_cli.ffmpeg.diagnosis import diagnose
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run

QUIET = ("-hide_banner", "-nostdin", "-loglevel", "level+warning", "-f", "lavfi")
VIDEO = "testsrc2=s=64x48:d=0.2"
CASES = [
    ("-c:v x265", "no encoder x265", "did you mean libx265?"),
    ("-c:v h265", "no encoder h265", "did you mean libx265?"),
    ("-c:v qqq", "no encoder qqq", "AVIO_FFMPEG"),
    ("-c:v libx264 -preset sloow", "no preset sloow", "did you mean slow?"),
    ("-c:v libx264 -tune grane", "no tune grane", "did you mean grain?"),
    ("-c:v libx264 -profile:v hihg", "no profile hihg", "did you mean high?"),
    ("-c:v libx264 -crf abc", "crf cannot be abc", "-h encoder=NAME"),
    ("-c:v libx264 -prest:0 slow", "no option prest", "did you mean preset?"),
    ("-c:v libvpx-vp9 -cpu-used 99", "cpu-used 99 is not in the range -8 to", "-h"),
    ("-vf scal=30:30", "scal", "did you mean scale?"),
    ("-vf hflp", "no filter hflp", "did you mean hflip?"),
    ("-vf hflip,,vflip", "one of the filters has no name", "comma"),
    ("-vf scale=w=32:foo=3", "the filter scale has no option foo", "-h filter=scale"),
    ("-vf crop=900:900", "smaller than the 900x900", "avio info"),
    ("-c:v libx264 -f webm", "WebM holds VP8", ".mkv"),
    ("-c:v libx264 -level 99", "level", "-v shows the whole log"),
]


@pytest.mark.parametrize(("words", "message", "hint"), CASES)
def test_the_cause_is_named_with_a_hint(
    ffmpeg: FFmpeg, words: str, message: str, hint: str
) -> None:
    form = () if "-f webm" in words else ("-f", "matroska")
    done = run([ffmpeg.path, *QUIET, "-i", VIDEO, *words.split(), *form, "pipe:1"])
    said = diagnose(done.status, done.stderr.splitlines())
    assert message in said[0], done.stderr
    assert hint in said[1]
