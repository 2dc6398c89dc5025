"""What ffmpeg reports to have read and written, in the format of both versions."""

import pytest

from avio_cli.ffmpeg.command import VERBOSE_LOG
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.progress import MuxerStats

# Printed by ffmpeg 5.1.9 and 9.0.2 at their end.
LOGS = [
    """\
[verbose]   Input stream #0:0 (video): 50 packets read (66703 bytes); 49 frames decoded;
[verbose]   Input stream #0:1 (audio): 88 packets read (17620 bytes);
[verbose]   Total: 138 packets (84323 bytes) demuxed
[verbose]   Output stream #0:0 (video): 49 frames encoded; 48 packets muxed (649 bytes);
[verbose]   Output stream #0:1 (audio): 88 packets muxed (17620 bytes);
[verbose]   Total: 138 packets (82529 bytes) muxed""",
    """\
[out#0/mp4 @ 0x561005dffd40] [verbose]   Output stream #0:0 (video): 49 frames encoded;\
 48 packets muxed (64895 bytes);
[out#0/mp4 @ 0x561005dffd40] [verbose]   Output stream #0:1 (audio): 88 packets muxed\
 (17620 bytes);
[in#0/mov,mp4,m4a,3gp,3g2,mj2 @ 0x56] [verbose]   Input stream #0:0 (video): 50 packets\
 read (66703 bytes); 49 frames decoded; 0 decode errors;
[in#0/mov,mp4,m4a,3gp,3g2,mj2 @ 0x56] [verbose]   Input stream #0:1 (audio): 88 packets\
 read (17620 bytes);""",
]


def stats_of(log: str) -> MuxerStats:
    stats = MuxerStats()
    for line in log.splitlines():
        stats.feed(line)
    return stats


@pytest.mark.parametrize("log", LOGS, ids=["5.1", "9.0"])
def test_frames_and_packets_are_counted(log: str) -> None:
    stats = stats_of(log)
    assert stats.muxed == {0: ("video", 48), 1: ("audio", 88)}
    assert stats.decoded == {(0, 0): 49}
    assert stats.read == {(0, 0): 50}


def test_encoded_audio_has_samples_too() -> None:
    stats = stats_of(
        "[verbose]   Output stream #0:1 (audio): 87 frames encoded (88200 samples);"
        " 88 packets muxed (17620 bytes);"
    )
    assert stats.muxed == {1: ("audio", 88)}


def test_other_lines_count_nothing() -> None:
    assert stats_of("[info] Stream #0:0 (video): 5 packets muxed\n\n") == MuxerStats()


def test_both_ffmpegs_say_so(ffmpeg: FFmpeg) -> None:
    source = "-f lavfi -i testsrc2=s=64x48:r=25:d=0.4 -f lavfi -i sine=d=0.4"
    argv = [ffmpeg.path, *VERBOSE_LOG, *source.split(), "-f", "null", "-"]
    stats = stats_of(run(argv).stderr)
    assert stats.muxed[0] == ("video", 10)
    assert stats.muxed[1][0] == "audio"
    assert stats.decoded[0, 0] == 10
