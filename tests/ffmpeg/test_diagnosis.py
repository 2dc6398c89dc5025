"""What both ffmpegs really print when something fails, and what becomes of it."""

import signal
import time
from pathlib import Path

import pytest

from avio_cli.ffmpeg.command import QUIET
from avio_cli.ffmpeg.diagnosis import (
    diagnose,
    is_error,
    left_unfinished,
    strip_prefixes,
)
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run

# Printed by ffmpeg 5.1.9 and 9.0.2: name, status, log, what it means.
LOGS = [
    (
        "no display 9.0",
        251,
        """\
[in#0 @ 0x55] [error] Cannot open display :77, error 1.
[in#0 @ 0x55] [error] Error opening input: Input/output error
[error] Error opening input file :77.""",
        "there is no display :77",
    ),
    (
        "no microphone, ALSA 5.1",
        1,
        """\
[alsa @ 0x55] [error] cannot open audio device hw:1 (No such file or directory)
[error] hw:1: Input/output error""",
        "there is no such device",
    ),
    (
        "no microphone, PulseAudio 5.1",
        1,
        "[error] default: No such process",
        "there is no such device",
    ),
    (
        "no ALSA 9.0",
        234,
        """\
[in#0 @ 0x56] [fatal] Unknown input format: 'alsa'
[error] Error opening input file hw:1.""",
        "this ffmpeg opens no devices of alsa",
    ),
    (
        "camera in use 5.1",
        1,
        """\
[video4linux2,v4l2 @ 0x55] [error] ioctl(VIDIOC_STREAMON): Device or resource busy
[error] /dev/video0: Device or resource busy""",
        "another program uses it",
    ),
    (
        "no times in Matroska 9.0",
        234,
        """\
[matroska @ 0x55] [error] Can't write packet with unknown timestamp
[out#0/matroska @ 0x55] [error] Error muxing a packet""",
        "its packets have no times, and the container needs them",
    ),
    (
        "no times in MPEG-TS 5.1",
        1,
        """\
[mpegts @ 0x55] [error] first pts and dts value must be set
[error] av_interleaved_write_frame(): Invalid data found when processing input""",
        "its packets have no times, and the container needs them",
    ),
    (
        "no index 5.1",
        1,
        """\
[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55d313d128c0] [error] moov atom not found
[error] file:nomoov.mp4: Invalid data found when processing input""",
        "the file has no index (moov atom): it is cut off or was never finished",
    ),
    (
        "no index 9.0",
        183,
        """\
[in#0 @ 0x558b7a447040] [error] moov atom not found
[in#0 @ 0x558b7a446cc0] [error] Error opening input: Invalid data found when processing\
 input
[error] Error opening input file file:nomoov.mp4.
[fatal] Error opening input files: Invalid data found when processing input""",
        "the file has no index (moov atom): it is cut off or was never finished",
    ),
    (
        "index at the end of a server's file 9.0",
        183,
        """\
[in#0/mov,mp4,m4a,3gp,3g2,mj2 @ 0x5634de5d8040] [error] stream 0, offset 0x30: partial\
 file
[http @ 0x5634de5d8980] [warning] Stream ends prematurely at 48, should be 280264""",
        "its index is at the end, and the server sends no single part of a file",
    ),
    (
        "noise 9.0",
        183,
        """\
[in#0 @ 0x55b42df2b040] [warning] Format mov,mp4,m4a,3gp,3g2,mj2 detected only with low\
 score of 1, misdetection possible!
[in#0 @ 0x55b42df2b040] [error] moov atom not found
[in#0 @ 0x55b42df2acc0] [error] Error opening input: Invalid data found when processing\
 input""",
        "it is not a media file that ffmpeg can read",
    ),
    (
        "text 5.1",
        1,
        "[error] file:text.bin: Invalid data found when processing input",
        "it is not a media file that ffmpeg can read",
    ),
    (
        "playlist 5.1",
        1,
        """\
[hls @ 0x563904c2a940] [error] Format not on whitelist 'mov,mpegts'
[error] file:l.mp4: Invalid argument""",
        "it is no plain media file, perhaps a playlist or a text",
    ),
    (
        "playlist 9.0",
        183,
        """\
[error] Not detecting m3u8/hls with non standard extension and non standard mime type
[in#0 @ 0x55694050a140] [warning] Format mov,mp4,m4a,3gp,3g2,mj2 detected only with low\
 score of 1, misdetection possible!
[in#0 @ 0x55694050a140] [error] moov atom not found""",
        "it is no plain media file, perhaps a playlist or a text",
    ),
    (
        "not decodable 5.1",
        1,
        """\
[vp9 @ 0x55d0d1478940] [error] Invalid sync code
[error] Error while decoding stream #0:0: Invalid data found when processing input
[fatal] Cannot determine format of input stream 0:0 after EOF""",
        "what it holds cannot be decoded: the data is damaged",
    ),
    (
        "not decodable 9.0",
        69,
        """\
[vist#0:0/vp9 @ 0x561483743cc0] [dec:vp9 @ 0x561483743dc0] [error] Error submitting\
 packet to decoder: Invalid data found when processing input
[vist#0:0/vp9 @ 0x561483743cc0] [dec:vp9 @ 0x561483743dc0] [error] Decode error rate 1\
 exceeds maximum 0.666667""",
        "what it holds cannot be decoded: the data is damaged",
    ),
    (
        "nothing decodable 9.0",
        183,
        """\
[mpeg2video @ 0x5649a6ac2280] [error] ignoring pic cod ext after 0
[vf#0:0 @ 0x5649a6a7af00] [error] Cannot determine format of input 0:0 after EOF
[vf#0:0 @ 0x5649a6a7af00] [error] Task finished with error code: -1094995529 (Invalid\
 data found when processing input)""",
        "what it holds cannot be decoded: the data is damaged",
    ),
    (
        "unknown encoder 5.1",
        1,
        "[fatal] Unknown encoder 'libnope'",
        "this ffmpeg has no encoder libnope",
    ),
    (
        "unknown encoder 9.0",
        8,
        """\
[vost#0:0 @ 0x5598465c1940] [fatal] Unknown encoder 'libnope'
[vost#0:0 @ 0x5598465c1940] [fatal] Error selecting an encoder
[error] Error opening output file -.
[fatal] Error opening output files: Encoder not found""",
        "this ffmpeg has no encoder libnope",
    ),
    (
        "unknown decoder 9.0",
        8,
        "[fatal] Unknown decoder 'nope'\n[error] Error opening input file file:ok.mp4.",
        "this ffmpeg has no decoder nope",
    ),
    (
        "unknown preset 5.1",
        1,
        """\
x264 [error]: invalid preset 'nope'
[libx264 @ 0x556bb85e8b80] [error] Error setting preset/tune nope/(null).
[error] Error initializing output stream 0:0 -- Error while opening encoder for output\
 stream #0:0 - maybe incorrect parameters such as bit_rate, rate, width or height
[aac @ 0x556bb85e8240] [warning] 2 frames left in the queue on closing""",
        "the encoder has no preset nope",
    ),
    (
        "unknown preset 9.0",
        234,
        """\
x264 [error]: invalid preset 'nope'
[libx264 @ 0x557ad3c81c80] [error] Error setting preset/tune nope/(null).
[vost#0:0/libx264 @ 0x557ad3c47140] [enc:libx264 @ 0x557ad3c426c0] [error] Error while\
 opening encoder - maybe incorrect parameters such as bit_rate, rate, width or height.
[vf#0:0 @ 0x557ad3c7f6c0] [error] Error sending frames to consumers: Invalid argument
[vf#0:0 @ 0x557ad3c7f6c0] [error] Task finished with error code: -22 (Invalid argument)
[vf#0:0 @ 0x557ad3c7f6c0] [error] Terminating thread with return code -22 (Invalid\
 argument)
[vost#0:0/libx264 @ 0x557ad3c47140] [enc:libx264 @ 0x557ad3c426c0] [error] Could not\
 open encoder before EOF
[out#0/mp4 @ 0x557ad3c416c0] [error] Nothing was written into output file, because at\
 least one of its streams received no packets.""",
        "the encoder has no preset nope",
    ),
    (
        "wrong value 9.0",
        234,
        """\
[libx264 @ 0x556bb85e8b80] [error] Error setting option crf to value abc.
[vost#0:0/libx264 @ 0x556bb85e8b80] [error] Error applying encoder options: Invalid\
 argument
[error] Error opening output file x.mp4.""",
        "crf cannot be abc",
    ),
    (
        "unknown option",
        8,
        """\
[error] Unrecognized option 'nosuchopt'.
[fatal] Error splitting the argument list: Option not found""",
        "Unrecognized option 'nosuchopt'",
    ),
    (
        "unknown filter 5.1",
        1,
        """\
[AVFilterGraph @ 0x555dba531d40] [error] No such filter: 'nosuch'
[error] Error reinitializing filters!
[error] Failed to inject frame into filter network: Invalid argument
[fatal] Error while processing the decoded data for stream #0:0""",
        "this ffmpeg has no filter nosuch",
    ),
    (
        "unknown filter 9.0",
        234,
        """\
[AVFilterGraph @ 0x5596f81c3c40] [error] No option name near '1'
[AVFilterGraph @ 0x5596f81c3c40] [error] Error parsing a filter description around:\x20
[AVFilterGraph @ 0x5596f81c3c40] [error] Error parsing filterchain 'nosuch=1' around:\
\x20
[error] Error opening output file -.
[fatal] Error opening output files: Invalid argument""",
        "the filters cannot be read: nosuch=1",
    ),
    (
        "no hardware 9.0",
        218,
        """\
[error] Impossible to convert between the formats supported by the filter\
 'Parsed_null_0' and the filter 'auto_scale_0'
[error] Link 'Parsed_null_0.default' -> 'auto_scale_0.default':
[error]   Pixel formats:
[error]     src: yuv420p
[error]     dst: vaapi
[vf#0:0 @ 0x561483743cc0] [error] Error reinitializing filters!
[vf#0:0 @ 0x561483743cc0] [error] Task finished with error code: -38 (Function not\
 implemented)""",
        "Impossible to convert between the formats supported by the filter"
        " 'Parsed_null_0' and the filter 'auto_scale_0'",
    ),
    (
        "container 5.1",
        1,
        """\
[webm @ 0x5594e902a3c0] [error] Only VP8 or VP9 or AV1 video and Vorbis or Opus audio\
 and WebVTT subtitles are supported for WebM.
[error] Could not write header for output file #0 (incorrect codec parameters ?):\
 Invalid argument
[error] Error initializing output stream 0:1 --\x20
[error]""",
        "WebM holds VP8, VP9 or AV1 video and Vorbis or Opus audio only",
    ),
    (
        "full disk 5.1",
        0,
        """\
[error] Error writing trailer of full/x.mkv: No space left on device
[error] Error closing file full/x.mkv: No space left on device""",
        "no space left on device",
    ),
    (
        "full disk 9.0",
        228,
        """\
[out#0/matroska @ 0x55b30c627d40] [error] Error writing trailer: No space left on device
[out#0/matroska @ 0x55b30c627d40] [error] Error closing file: No space left on device\
""",
        "no space left on device",
    ),
    (
        "no folder 9.0",
        254,
        """\
[out#0/mp4 @ 0x5583b3dfbcc0] [fatal] Error opening output /x/y.mp4: No such file or\
 directory
[error] Error opening output file /x/y.mp4.
[fatal] Error opening output files: No such file or directory""",
        "Error opening output /x/y.mp4: No such file or directory",
    ),
    (
        "forbidden 5.1",
        1,
        "[error] /sys/x.mp4: Permission denied",
        "permission denied",
    ),
    (
        "refused",
        1,
        """\
[tcp @ 0x562e19c37f80] [error] Connection to tcp://127.0.0.1:9 failed: Connection\
 refused
[error] http://127.0.0.1:9/x.mp4: Connection refused""",
        "the connection was refused",
    ),
    (
        "unknown host 9.0",
        251,
        """\
[tcp @ 0x55c6e2924880] [error] Failed to resolve hostname nosuchhost.invalid: Name or\
 service not known
[in#0 @ 0x55c6e2920cc0] [error] Error opening input: Input/output error""",
        "the host nosuchhost.invalid is not known",
    ),
    (
        "silent server",
        1,
        "[error] tcp://10.255.255.1:5: Connection timed out",
        "the server does not answer",
    ),
    (
        "login",
        1,
        """\
[http @ 0x5576b4df00c0] [warning] HTTP error 401 Unauthorized
[error] http://h/x.mp4: Server returned 401 Unauthorized (authorization failed)""",
        "the server asks for a login",
    ),
    (
        "404",
        8,
        """\
[http @ 0x55d31ceca9c0] [warning] HTTP error 404 Not Found
[in#0 @ 0x55d31cec9cc0] [error] Error opening input: Server returned 404 Not Found""",
        "the server has no such file (404)",
    ),
    (
        "403",
        1,
        "[error] http://h/x: Server returned 403 Forbidden (access denied)",
        "the server refuses (403)",
    ),
    (
        "503",
        1,
        "[error] http://h/x: Server returned 5XX Server Error reply",
        "the server refuses (5XX)",
    ),
    (
        "protocol",
        1,
        "[error] nosuch://x: Protocol not found\n[error] Did you mean file:nosuch://x?",
        "this ffmpeg does not know the protocol",
    ),
    (
        "a word of a name is no cause",
        1,
        "[error] file:/x/timeout.mp4: Is a directory",
        "file:/x/timeout.mp4: Is a directory",
    ),
    (
        "a driver's own words",
        255,
        """\
[h264_nvenc @ 0x56465a2daa00] [error] Cannot load libcuda.so.1
[vost#0:0/h264_nvenc @ 0x56465a29ecc0] [enc:h264_nvenc @ 0x56465a2d9780] [error] Error\
 while opening encoder - maybe incorrect parameters such as bit_rate, rate, width or\
 height.""",
        "Cannot load libcuda.so.1",
    ),
    ("asked to end", 255, "[warning] anything", "ffmpeg was asked from outside to end"),
    ("silence", 9, "", "ffmpeg ended with status 9 and said nothing"),
    ("no levels", 1, "segfault ahead\n", "segfault ahead"),
    ("only a summary", 1, "[fatal] Conversion failed!", "Conversion failed!"),
]


@pytest.mark.parametrize(
    ("status", "log", "meaning"),
    [row[1:] for row in LOGS],
    ids=[row[0] for row in LOGS],
)
def test_a_log_is_put_into_one_sentence(status: int, log: str, meaning: str) -> None:
    message, _ = diagnose(status, log.splitlines())
    assert message == meaning


def test_a_long_log_takes_no_long_time() -> None:
    lines = [f"[h264 @ 0x55] [error] Invalid NAL unit size {n}" for n in range(1000)]
    before = time.process_time()
    message, _ = diagnose(1, [*lines, "[error] Error while decoding stream #0:0: x"])
    assert "cannot be decoded" in message
    assert time.process_time() - before < 1  # it took 16 s


@pytest.mark.parametrize(
    ("status", "meaning", "hint"),
    [
        (-signal.SIGKILL, "killed from outside (SIGKILL)", "memory"),
        (-signal.SIGXFSZ, "grew past the size limit", "ulimit"),
        (-signal.SIGSEGV, "ended by SIGSEGV", ""),
        (-99, "ended by signal 99", ""),
    ],
)
def test_a_signal_outweighs_what_was_said_before(
    status: int, meaning: str, hint: str
) -> None:
    message, remedy = diagnose(status, ["[error] Error while decoding stream #0:0: x"])
    assert meaning in message
    assert hint in remedy


def test_a_known_cause_comes_with_a_remedy() -> None:
    assert diagnose(1, ["[error] x: No space left on device"])[1] == "free some space"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[error] a", True),
        ("[in#0 @ 0x55] [fatal] a", True),
        ("[in#0 @ 0x55] [panic] a", True),
        ("[in#0 @ 0x55] [warning] said [error] before", False),
        ("no level", False),
    ],
)
def test_the_level_identifies_errors(line: str, expected: bool) -> None:
    assert is_error(line) is expected


@pytest.mark.parametrize(
    "line",
    [
        "[error] what happened",
        "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55d63d79e8c0] [error] what happened",
        "[vost#0:0/libx264 @ 0x5a] [enc:libx264 @ 0x5b] [warning] what happened",
        "[Parsed_scale_0 @ 0x55b48cb6] [Eval @ 0x7ffd59ac] [error] what happened",
        "what happened",
    ],
)
def test_a_plain_line_has_neither_level_nor_component(line: str) -> None:
    assert strip_prefixes(line) == "what happened"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("[error] Error writing trailer of x.mkv: No space left on device", True),
        ("[out#0/mp4 @ 0x56] [error] Error closing file: Input/output error", True),
        ("[info] Error closing file is the name of this song", False),
        ("[error] Error while decoding stream #0:0", False),
    ],
)
def test_a_file_left_unfinished_is_noticed(line: str, expected: bool) -> None:
    assert left_unfinished(["[error] before", line, "[warning] after"]) is expected


@pytest.mark.parametrize(
    ("arguments", "meaning"),
    [
        ("-i file:/gone.mp4", "No such file or directory"),
        ("-f lavfi -i testsrc -c:v nope -f null -", "this ffmpeg has no encoder nope"),
        (
            "-f lavfi -i testsrc -c:v:0 mpeg4 -b:v:0 x -f null -",
            "b cannot be x|Undefined constant or missing",
        ),
        ("-f lavfi -i testsrc -vf nope -f null -", "this ffmpeg has no filter nope"),
        ("-nope 5", "Unrecognized option 'nope'"),
    ],
)
def test_both_ffmpegs_say_so_today(
    ffmpeg: FFmpeg, arguments: str, meaning: str
) -> None:
    done = run([ffmpeg.path, *QUIET, *arguments.split()])
    message, _ = diagnose(done.status, done.stderr.splitlines())
    assert any(words in message for words in meaning.split("|")), done.stderr


def test_text_named_mp4_is_no_media(ffmpeg: FFmpeg, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("hello\n")
    done = run([ffmpeg.path, *QUIET, "-i", f"file:{tmp_path / 'a.mp4'}"])
    message, hint = diagnose(done.status, done.stderr.splitlines())
    assert message == "it is not a media file that ffmpeg can read"
    assert hint == "check that the file is complete"
