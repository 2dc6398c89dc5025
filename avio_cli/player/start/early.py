"""Early start: a plain video is decoded before the command line is parsed."""

from collections.abc import Sequence

from avio_cli.decode.background_probe import BackgroundProbe
from avio_cli.player.job import PlayJob
from avio_cli.player.start.first_decoder import FirstDecoder

_FLAGS = frozenset(
    {
        *("--loop", "--mute", "--fullscreen", "--exit-at-end", "--keep-open"),
        *("-y", "--force", "-q", "--quiet"),
    }
)
_WITH_VALUE = frozenset(
    {"--volume", "--size", "--hud", "--record-dir", "--stats", "--script"}
)
"""Options with which the same is decoded as without any."""


def decode_early(
    arguments: Sequence[str], probing: BackgroundProbe
) -> FirstDecoder | None:
    """Start to decode a file as soon as its probe has answered.

    Args:
        arguments: those of ``avio play``.
        probing: of the first file among them.

    Returns:
        None where an option may change what is decoded, or there are more inputs.
    """
    if not _is_plain(arguments):
        return None
    job = PlayJob(ffmpeg=probing.ffmpeg, urls=(probing.url,), probing=probing)
    return FirstDecoder(job)


def _is_plain(arguments: Sequence[str]) -> bool:
    """Whether the words are known to name one input, and nothing that changes it.

    A word that is mistaken costs a decoder that nobody takes: the player compares its
    own request with what was decoded.
    """
    words, inputs = iter(arguments), 0
    for word in words:
        if word in _WITH_VALUE:
            next(words, None)
        elif word.startswith("-"):
            if word not in _FLAGS and word.partition("=")[0] not in _WITH_VALUE:
                return False
        else:
            inputs += 1
    return inputs == 1
