"""What ffmpeg's log says of a damaged source: its exit status does not.

Seen with ffmpeg 5.1 and 9.0 over files of which 20 % of the middle were zeroed or cut
out. None of these lines is printed for whole files, for streams that begin within a
GOP, or for open GOPs.
"""

import re
from dataclasses import dataclass, field
from typing import Self

from avio_cli.ffmpeg.limits import Limits, too_large
from avio_cli.ffmpeg.url import MediaUrl

_LOST = re.compile(
    r"Error while decoding stream|Error submitting packet to decoder|"
    r"Error submitting a packet to decoder|Decoding error|"
    r"error reading from input",
    re.IGNORECASE,
)
_CUT_OFF = re.compile(
    r"partial file|File ended prematurely|Truncating packet|packet truncated|"
    # A server that ends early, a disk that fails, an image that is gone: first 9.0,
    # which says another thing where it was asked to end, then 5.1.
    r"Stream ends prematurely|Could not open file :|"
    r"Error during demuxing: (?!Immediate exit)|"
    r"^\[error\] (?:\w+:|/).*: "
    r"(?:Input/output error|Connection \w|Operation timed|Cannot allocate)|"
    # What FLV says of a last packet that is not whole.
    r"^\[(?:in#\d+/)?flv @ .*Packet corrupt",
    re.IGNORECASE,
)
_OF_DEMUXERS = {
    "matroska[\\w,]*": r"invalid as first byte of an EBML number|exceeds max length|"
    r"exceeds containing master element",
    "flv": r"Packet mismatch",
    "ogg": r"CRC mismatch",
    "asf": r"bad header|packet_obj_size -?\d+ invalid",
    "nut": r"no checksum|checksum (?:mismatch|error)",
    "mpegts\\w*": r"max resync size reached",
}
"""What each says that finds no packet where one must be, and goes on with the next."""
_HOLE = re.compile(
    "|".join(
        # While it opens a file, ffmpeg 9.0 does not name the demuxer.
        rf"(?:[/[]{name}|\[in#\d+) @ .*(?:{words})"
        for name, words in _OF_DEMUXERS.items()
    )
    + r"|\[gif @ .*(?:invalid block label|LZW decode)"
)
# A decoder shows a frame of which it could read only a part: ffmpeg 5.1 with several
# threads does not always say so, its decoders do. Or H.264's parser, which copies use,
# too, finds no frame in a packet.
_CORRUPT_FRAME = re.compile(
    r"corrupt decoded frame|missing \w+ in access unit|error while decoding MB|"
    r"\[m\w*peg\w* @ .*(?:Error at MB|-tex damaged|mb incr damaged|slice mismatch)"
)
# MPEG-TS, whose packets are counted. It says so, too, where recordings are joined.
_CORRUPT_PACKET = re.compile(r"mpegts.*Packet corrupt|corrupt input packet")

_DISCONNECTED = re.compile(r"(?:Connection|Operation) (?:reset|timed|refused)")

_BROKEN_OFF, _ASKED_AGAIN = "Stream ends prematurely", "Will reconnect at"
"""HTTP: an end that is too early, and that ffmpeg asks the server for the rest."""

_NO_LENGTH = "should be 18446744073709551615"
"""Said of a server that closes the connection at the end, and named no length."""
_FILE_END = re.compile(r"^\[in#\d+/(?!hls|dash)\S+ @ .*demuxing: Input/output error$")
_NETWORK_ERROR = re.compile(r"^\[(?:https?|tcp|tls) @ .*\[(?:error|fatal)\]")
_ESTIMATE = "Estimating duration from bitrate"


@dataclass(frozen=True, slots=True)
class Hole:
    """Bytes of a file that are no part of its container, or the place of missing ones.

    Found in the file itself: no demuxer says it.
    """

    start: int
    """The first byte."""
    stop: int
    """The byte behind the last one; `start`: where that is, nothing says."""
    doubt: str = ""
    """Why the file may have been cut off here, or was ended on purpose; empty: it is
    damage."""
    counter: bool = False
    """Whether only a clock or a counter steps here: damage where time is missing."""


@dataclass(slots=True)
class DamageWatch:
    """Watches the log of an ffmpeg that reads a source."""

    lost_packets: int = 0
    corrupt_frames: int = 0
    """Lines about frames of which a part could not be decoded."""
    corrupt_packets: int = 0
    """Packets with a wrong counter: damage, where time is missing, too."""
    cut_off: bool = False
    hole: bool = False
    """Whether bytes in the middle are no part of the container."""
    place: Hole | None = None
    """Where that was found in the file itself."""
    estimates: bool = False
    """Whether the container declares no duration."""
    disconnected: bool = False
    """Whether the network broke it off: a server that ends a body does not."""
    is_short: bool = False
    """Whether a server ended before the length that it had named."""
    first_words: str = field(default="")
    limits: Limits = field(default_factory=Limits)
    """Those of the source."""
    is_http: bool = False
    """Whether an HTTP server sends the source."""
    refused: tuple[int, int] | None = None
    """Width and height of a frame above the limit."""
    resumptions: int = 0
    """Times at which ffmpeg asked a server for the rest of a file."""
    _broken_off: bool = False
    """Whether only an end that is too early made it `cut_off`."""
    _length_is_unknown: bool = False
    _network_failed: bool = False

    @classmethod
    def of(cls, url: MediaUrl, address: str = "") -> Self:
        """The watch of a source, which knows its limits and how it is sent.

        Args:
            url: what is read.
            address: what is at the other end, where that is a pipe.
        """
        sent = (address or url.url).lower()
        return cls(limits=url.limits, is_http=sent.startswith("http"))

    def feed(self, line: str) -> None:
        """Take one log line; called in the thread that drains the log."""
        self._network_failed |= self.is_http and bool(_NETWORK_ERROR.search(line))
        if size := too_large(line):
            self.refused = self.refused or size
        elif _ASKED_AGAIN in line:
            self._ask_again()
        elif _NO_LENGTH in line and not self.resumptions:
            self._length_is_unknown = True
        elif self._notices(line):
            self.first_words = self.first_words or line
        elif _ESTIMATE in line:
            self.estimates = True
        elif _CORRUPT_PACKET.search(line):
            self.corrupt_packets += 1

    def _ask_again(self) -> None:
        """What broke off goes on at the same byte, unless nothing comes of that."""
        self.resumptions += 1
        self.is_short = False
        if self._broken_off:
            self.cut_off = self._broken_off = False
            if _BROKEN_OFF in self.first_words:
                self.first_words = ""

    def found(self, hole: Hole | None) -> None:
        """Take what the structure of the file shows."""
        if hole is not None and hole.counter:
            self.corrupt_packets += 1
        elif hole is not None:
            self.place = hole
            self.hole |= not hole.doubt

    def _notices(self, line: str) -> bool:
        if _LOST.search(line):
            self.lost_packets += 1
        elif _HOLE.search(line):
            self.hole = True
        elif _CORRUPT_FRAME.search(line):
            self.corrupt_frames += 1
        elif _CUT_OFF.search(line) and not self._is_end(line):
            self._broken_off = not self.cut_off and _BROKEN_OFF in line
            self.cut_off = True
            self.is_short |= _BROKEN_OFF in line
            self.disconnected |= bool(_DISCONNECTED.search(line))
        else:
            return False
        return True

    def _is_end(self, line: str) -> bool:
        # ffmpeg 5.1 and 9.0 take the end of data without a length for an error, 9.0
        # also that of a chunked body that is whole: no protocol complains before.
        if self.is_http and not self._network_failed and _FILE_END.search(line):
            return True
        return self._length_is_unknown and line.endswith("Input/output error")
