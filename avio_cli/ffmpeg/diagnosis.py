"""Turn the end of ffmpeg's log into one sentence and a hint."""

import re
import signal
from collections.abc import Sequence

from avio_cli.ffmpeg.wrong_options import explain_option

_PREFIX = re.compile(
    r"^(?:\[(?:[^\]@]*@ ?0x[0-9a-f]+|\w+#[^\]]*|(?:dec|enc|in|out)[:#][^\]]*)\]\s*)+"
)
_LEVEL = re.compile(r"\[(panic|fatal|error|warning|info|verbose|debug)\] ?")
# What ffmpeg adds after the cause: that it gives up, and where.
_SUMMARY = re.compile(
    r"(conversion failed|error opening (input|output) files?|task finished with error|"
    r"terminating thread|nothing was written into output file|could not write header|"
    r"error (writing trailer|closing file|sending frames|splitting the argument list)|"
    r"could not open encoder before eof|error selecting an encoder|failed to set value|"
    r"error (initializing|reinitializing|applying \w+ options|parsing options)|"
    r"error while (filtering|opening encoder|processing the decoded data)|"
    r"failed to inject frame|error parsing a filter description|"
    r"link '|pixel formats:|src:|dst:)",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(r"error (writing trailer|closing file)", re.IGNORECASE)

_KNOWN: tuple[tuple[str, str, str], ...] = (
    (r"no space left on device", "no space left on device", "free some space"),
    (r"broken pipe", "what reads the output has closed it", "is it still running?"),
    (r"file too large", "the file grew past the size limit", "see `ulimit -f`"),
    (r"disk quota exceeded", "the disk quota is used up", "free some space"),
    (r"permission denied", "permission denied", ""),
    (
        # The last is hls itself, newer than ffmpeg 5.1, seeing a foreign extension.
        r"not on whitelist|format not allowed|not detecting m3u8",
        "it is no plain media file, perhaps a playlist or a text",
        "files that name other files are not opened",
    ),
    (
        # Matroska, then MPEG-TS: said of raw H.264, which has no times at all.
        r"can't write packet with unknown timestamp|first pts .*value must be set",
        "its packets have no times, and the container needs them",
        "omit --copy to encode it",
    ),
    (
        # Said by ffmpeg 5.1, which has no demuxer for it.
        r"skipping unsupported chunk: ANIM|unknown input format: '?webp_anim",
        "this ffmpeg cannot read animated WebP",
        "the ffmpeg that imageio-ffmpeg brings can; AVIO_FFMPEG names it",
    ),
    (
        # Any text or noise named .mp4 is taken for one without its index.
        r"(?s)misdetection possible.*moov atom not found",
        "it is not a media file that ffmpeg can read",
        "check that the file is complete",
    ),
    (
        # Reading went on where the server began again, and that is not where it was.
        # Only from the start (\A): from each letter of a long log it takes seconds.
        r"(?s)\A(?=.*offset 0x[0-9a-f]+: partial file)"
        r".*\[http.*stream ends prematurely",
        "its index is at the end, and the server sends no single part of a file",
        "download it first",
    ),
    (
        r"moov atom not found",
        "the file has no index (moov atom): it is cut off or was never finished",
        "copy or download it again",
    ),
    (
        r"device or resource busy",
        "another program uses it",
        "close that; fuser names it",
    ),
    (
        # Of x11grab, whose own line ends in a number.
        r"cannot open display ([^\s,]+)",
        "there is no display {0}",
        "DISPLAY names it, such as :0",
    ),
    (
        r"unknown input format: '?(v4l2|x11grab|alsa|pulse|avfoundation|dshow|gdigrab)",
        "this ffmpeg opens no devices of {0}",
        "one of a distribution may",
    ),
    (
        # Video4Linux, then ALSA, PulseAudio, AVFoundation, DirectShow.
        r"cannot open audio device|\[error\] \S+: no such process|"
        r"(?:audio|video) device not found|could not find \w+ device with name|"
        r"inappropriate ioctl for device|not a video capture device",
        "there is no such device",
        "avio doctor lists what it finds",
    ),
    (
        r"selected (?:framerate|video size).*not supported|"
        r"could not set video options|cannot find a proper format|"
        r"VIDIOC_S_(?:FMT|PARM)\)?: invalid argument",
        "the device does not offer this size, rate or format",
        "leave them out, or look them up: v4l2-ctl --list-formats-ext",
    ),
    (
        r"picture size (\d+x\d+) exceeds specified max pixel count",
        "a frame of {0} is above the limit of pixels",
        "",
    ),
    (
        r"error while decoding stream|decoding error|error submitting packet|"
        r"cannot determine format of input",
        "what it holds cannot be decoded: the data is damaged",
        "check that the file is complete",
    ),
    (
        r"invalid data found when processing input",
        "it is not a media file that ffmpeg can read",
        "check that the file is complete",
    ),
    (
        r"rematrix is needed between (.+?) and (.+?) but",
        "{0} cannot be mixed to {1}",
        "ffmpeg knows where up to 8 channels are heard",
    ),
    (r"unknown decoder '?([\w-]+)'?", "this ffmpeg has no decoder {0}", ""),
    (r"connection refused", "the connection was refused", "check address and port"),
    (r"401 unauthorized", "the server asks for a login", "check user and password"),
    (r"404 not found", "the server has no such file (404)", "check the address"),
    (r"server returned (\d\d\d|5XX)", "the server refuses ({0})", "try again later"),
    (
        r"failed to resolve hostname ([^\s:]+)",
        "the host {0} is not known",
        "check the address and the network",
    ),
    (r"(?:connection|operation) timed out", "the server does not answer", ""),
    (
        r"no route to host|network is unreachable",
        "the network does not lead there",
        "check the address and the network",
    ),
    (r"protocol not found", "this ffmpeg does not know the protocol", ""),
    (r"cannot allocate memory", "ffmpeg ran out of memory", ""),
)

SIGNALLED = 255
"""The status of an ffmpeg that ended in order after SIGINT or SIGTERM."""


def is_error(line: str) -> bool:
    """Whether a log line, printed with ``-loglevel level+…``, is an error."""
    match = _LEVEL.search(line)
    return match is not None and match[1] in ("panic", "fatal", "error")


def strip_prefixes(line: str) -> str:
    """A log line without its level, component and address."""
    return _PREFIX.sub("", _LEVEL.sub("", line, count=1)).strip()


def left_unfinished(lines: Sequence[str]) -> bool:
    """Whether ffmpeg says that it could not finish a file.

    ffmpeg 5.1 ends with status 0 all the same, even where half of the video is missing.
    """
    return any(is_error(line) and _UNFINISHED.search(line) for line in lines)


def diagnose(status: int, lines: Sequence[str]) -> tuple[str, str]:
    """Find the cause among a failed child's last log lines.

    Args:
        status: exit status, negative for a signal.
        lines: the log's tail, oldest first.

    Returns:
        One sentence without full stop, and a hint (may be empty).
    """
    if status < 0:
        return _by_signal(-status)
    text = "\n".join(lines)
    for pattern, message, hint in _KNOWN:
        if match := re.search(pattern, text, re.IGNORECASE):
            return message.format(*match.groups()), hint
    if (explained := explain_option(text)) is not None:
        return explained
    if status == SIGNALLED and not any(map(is_error, lines)):
        return "ffmpeg was asked from outside to end", ""
    cause = _most_specific(lines)
    return (
        cause or f"ffmpeg ended with status {status} and said nothing",
        "-v shows the whole log of ffmpeg",
    )


def _by_signal(number: int) -> tuple[str, str]:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    if name == "SIGXFSZ":
        return "the file grew past the size limit", "see `ulimit -f`"
    if name == "SIGKILL":
        return "ffmpeg was killed from outside (SIGKILL)", "was memory running out?"
    return f"ffmpeg was ended by {name}", ""


def _most_specific(lines: Sequence[str]) -> str:
    logged = [line for line in lines if is_error(line)] or lines
    errors = [text for line in logged if (text := strip_prefixes(line))]
    causes = [text for text in errors if not _SUMMARY.match(text)]
    return (causes or errors or [""])[-1].removesuffix(" around:").rstrip(".")
