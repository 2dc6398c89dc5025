"""``avio info``: streams and metadata of an input."""

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli.options import Quiet, Verbose
from avio_cli.cli.terminal import set_up_messages

if TYPE_CHECKING:
    from avio_cli.cli.info_json import Json
    from avio_cli.cli.info_text import Line, Style
    from avio_cli.demux.packet_list import Packet


EXAMPLES = """\b
Examples:
  avio info video.mkv
  avio info video.mkv --json | jq '.streams[0].average_rate'
  avio info video.mkv --packets | head
  curl -s https://example.com/video.mkv | avio info -
"""

_STYLES: dict["Style", str] = {
    "": "",
    "title": "bold",
    "heading": "bold",
    "label": "cyan",
    "kind": "green",
    "faint": "dim",
}


def info(
    source: Annotated[
        str, typer.Argument(metavar="INPUT", help="File, URL, or - for stdin.")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON; with --packets one per line.")
    ] = False,
    packets: Annotated[
        bool, typer.Option("--packets", help="List the packets instead.")
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show the container, streams, chapters and metadata of INPUT."""
    from avio_cli.demux.known_jumps import with_known_jumps
    from avio_cli.demux.packet_list import list_packets
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.ffmpeg.media_source import MediaSource
    from avio_cli.ffmpeg.probe.captions import with_closed_captions
    from avio_cli.ffmpeg.url import parse_url

    set_up_messages(quiet=quiet, verbose=verbose)
    ffmpeg, url = locate_ffmpeg(), parse_url(source)
    if packets:
        _show_packets(list_packets(ffmpeg, url), as_json=as_json)
        return
    media = with_known_jumps(MediaSource.probe(ffmpeg, url)).info
    media = with_closed_captions(ffmpeg, url, media)
    if as_json:
        from avio_cli.cli.info_json import media_json

        sys.stdout.write(_dumps(media_json(media), indent=2) + "\n")
    else:
        from avio_cli.cli.info_text import media_report

        _show(media_report(media))


def _show(lines: "Iterable[Line]") -> None:
    if not sys.stdout.isatty():
        from avio_cli.cli.info_text import plain_text

        sys.stdout.write(plain_text(lines))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False)
    for line in lines:
        spans = ((text, _STYLES[style]) for text, style in line)
        console.print(Text.assemble(*spans), soft_wrap=True)


def _show_packets(listed: "Iterable[Packet]", *, as_json: bool) -> None:
    from avio_cli.cli.info_json import packet_json
    from avio_cli.cli.info_text import PACKET_HEADER, packet_row

    if not as_json:
        sys.stdout.write(PACKET_HEADER + "\n")
    for packet in listed:
        line = _dumps(packet_json(packet)) if as_json else packet_row(packet)
        sys.stdout.write(line + "\n")


def _dumps(value: "dict[str, Json]", indent: int | None = None) -> str:
    """Letters beyond ASCII stay readable where stdout can show them."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return json.dumps(value, indent=indent, ensure_ascii=not unicode)
