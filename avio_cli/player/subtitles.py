"""The ffmpeg filter that draws a file's own subtitles over its picture."""

from avio_cli.ffmpeg.address import Address


def subtitle_filter(address: Address, track: int | None) -> str:
    """Say how to draw a subtitle track; empty for none, and where it is not a file.

    Args:
        address: the file.
        track: counted over the subtitles, from 0.
    """
    if track is None or address.kind != "file":
        return ""
    return f"subtitles=filename={_escaped(str(address.path))}:stream_index={track}"


def _escaped(path: str) -> str:
    """A path as it stands in a filter's option, inside a chain of filters."""
    option = "".join(f"\\{c}" if c in "\\':" else c for c in path)
    return "".join(f"\\{c}" if c in "\\'[],;" else c for c in option)
