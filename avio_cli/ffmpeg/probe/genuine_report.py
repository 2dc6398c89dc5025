"""What ffmpeg itself wrote in its report, and not the file that it reports on.

Keys of tags, languages and names of codecs are printed as they are, line feeds
included (5.1 and 9.0): a file can write whole lines. It cannot write a colour, as
ffmpeg prints its escape character as a question mark. So colours are asked for, and
what is coloured in a genuine line marks it as such.
"""

import re

from avio_cli.errors import InputError
from avio_cli.ffmpeg.process.log import COLOR

REPORT_ENVIRONMENT = {
    "AV_LOG_FORCE_COLOR": "1",
    **dict.fromkeys(("AV_LOG_FORCE_NOCOLOR", "NO_COLOR"), ""),
}
"""Variables that a child needs for a report that `genuine` can judge."""

# Of the level debug, so it has a colour; the report follows it.
_OPENED = re.compile(r"\x1b\[[\d;]*mAfter avformat_find_stream_info\(\)")
_STREAM = re.compile(r"\[(?:info|verbose)\]  {2,4}Stream #0:\d")
# The number of frames and the time base are of the level debug, the rest is not.
_STREAM_COLORED = re.compile(r"(?:\x1b\[[\d;]*m)+, \d+, \d+/\d+\x1b\[0m")
_ONCE = ("[info] Input #", "[info]   Duration: ")


def genuine(log: str, name: str) -> str:
    """The part of a log that is ffmpeg's report, without colours.

    Args:
        log: standard error of a child with `REPORT_ENVIRONMENT`.
        name: the input's name, for messages.

    Raises:
        InputError: the file has written lines into its report.
    """
    report = log[opened[-1].end() :] if (opened := [*_OPENED.finditer(log)]) else log
    if opened and _has_foreign_lines(report):
        raise InputError(
            f"cannot open {name}: its tags imitate what ffmpeg reports of a file",
            hint="an ffmpeg with its ffprobe can read it",
        )
    return COLOR.sub("", report)


def _has_foreign_lines(report: str) -> bool:
    lines = [line.removeprefix("\x1b[0m") for line in report.split("\n")]
    streams = (line for line in lines if _STREAM.match(COLOR.sub("", line)))
    if not all(map(_STREAM_COLORED.search, streams)):
        return True
    return any(sum(line.startswith(start) for line in lines) > 1 for start in _ONCE)
