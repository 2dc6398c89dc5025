"""What must not be shown as it is: credentials, and what breaks a line.

Names and addresses come from users and from files, and go to terminals, logs, reports
and results: each passes here first.
"""

import re

# A password with a slash in it is no valid URL, yet it must not be shown: with a colon
# before the first slash, all up to the last @ is hidden.
_USER_INFO = re.compile(r"://(?:[^/?#\s@:]*:\S*|[^/?#\s]*)@")
# Some cameras want rtsp://host/user=me_password=secret_channel=1.
_PARAMETER = re.compile(
    r"((?<=[?&;#])[\w.%\[\]-]+|(?<=/)user(?:name)?)="
    # A quote ends the value where it ends the quoted URL: before a blank or the end.
    r"(?:[^&#\s'\"]|['\"](?!['\",.:;)\]}]{0,4}(?:\s|$)))+"
)
# What follows the application in the path of an RTMP server is the key of a stream. In
# its debug log ffmpeg repeats it without the URL (5.1, 9.0).
_STREAM_KEY = re.compile(
    r"(\brtmp[est]*://[^/\s]+/[^/\s'\"]+/|\bpath = /[^/\s]+/|\bfname = "
    r"|(?<=[?&])streamid=)"  # of SRT; it may hold what would end a parameter
    r"(?:[^\s'\"]|['\"](?!['\",.:;)\]}]{0,4}(?:\s|$)))+?"
    r"(?=['\",.:;)\]}]{0,5}(?:\s|$))",
    re.IGNORECASE,
)
# In its debug log ffmpeg repeats the requests that it sends (5.1, 9.0).
_HEADER = re.compile(r"\b((?:authorization|cookie): ?)[^\r\n]+", re.IGNORECASE)
_SECRET = re.compile(
    r"(pass(word|wd|phrase)?|pwd|user(name)?|usr|login(use|pas)?|token|secret|key|auth|"
    r"sig(nature)?|credentials?|jwt|\bcid)\]?$",
    re.IGNORECASE,
)


def mask_credentials(text: str) -> str:
    """Hide passwords, and keys of URLs and streams, in a text."""
    text = _HEADER.sub(r"\1***", text)
    hidden = _STREAM_KEY.sub(r"\1***", _USER_INFO.sub("://***@", text))
    return _PARAMETER.sub(_mask_parameter, hidden)


def _mask_parameter(match: re.Match[str]) -> str:
    return f"{match[1]}=***" if _SECRET.search(match[1]) else match[0]


def printable(text: str) -> str:
    """Escape what would break a line or a terminal, keep the rest as it is."""
    return "".join(
        character if character.isprintable() else _escape(character)
        for character in text
    )


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
