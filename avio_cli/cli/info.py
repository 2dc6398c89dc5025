"""``avio info``: streams and metadata of an input."""

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli.options.common import MaxPixels, Quiet, Safe, Verbose, input_limits
from avio_cli.cli.terminal import print_error, set_up_messages
from avio_cli.errors import AvioError, UsageError

if TYPE_CHECKING:
    from avio_cli.cli.reports.info_json import Json
    from avio_cli.cli.reports.info_text import Line, Style
    from avio_cli.ffmpeg.limits import Limits
    from avio_cli.media.info import MediaInfo


EXAMPLES = """\b
Examples:
  avio info video.mkv
  avio info *.mp4
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
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...", help="Files, URLs, camera:0, screen:, or - for stdin."
        ),
    ],
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print JSON: an object, of several INPUTs an array."
        ),
    ] = False,
    packets: Annotated[
        bool,
        typer.Option(
            "--packets", help="List the packets instead; as JSON, one a line."
        ),
    ] = False,
    max_pixels: MaxPixels = None,
    safe: Safe = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show the container, streams, chapters and metadata of INPUT.

    Of several, one that cannot be read is named, and does not hide the others; the exit
    status is 1 then.
    """
    set_up_messages(quiet=quiet, verbose=verbose)
    limits = input_limits(max_pixels, safe=safe)
    if packets and len(inputs) > 1:
        raise UsageError("--packets lists those of one INPUT", hint="name only one")
    if packets:
        _show_packets(inputs[0], limits, as_json=as_json)
    elif len(inputs) == 1:
        _show_media(_read(inputs[0], limits), as_json=as_json)
    else:
        _show_all(inputs, limits, as_json=as_json)


def _read(source: str, limits: "Limits") -> "MediaInfo":
    from avio_cli.demux.known_jumps import with_known_jumps
    from avio_cli.ffmpeg.live.opening import opened
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.ffmpeg.media_source import MediaSource
    from avio_cli.ffmpeg.probe.captions import with_closed_captions
    from avio_cli.ffmpeg.url import parse_url

    ffmpeg, url = locate_ffmpeg(), parse_url(source, limits)
    if url.kind == "device":  # it may have a second input, for its audio
        with opened(ffmpeg, url) as device:
            return device.info
    media = with_known_jumps(MediaSource.probe(ffmpeg, url)).info
    return with_closed_captions(ffmpeg, url, media)


def _show_media(media: "MediaInfo", *, as_json: bool) -> None:
    if as_json:
        from avio_cli.cli.reports.info_json import media_json

        sys.stdout.write(_dumps(media_json(media), indent=2) + "\n")
    else:
        from avio_cli.cli.reports.info_text import media_report

        _show(media_report(media))


def _show_all(inputs: list[str], limits: "Limits", *, as_json: bool) -> None:
    """Show what can be read, one after the other; as JSON all together at the end."""
    from avio_cli.cli.reports.info_json import failure_json, media_json

    found: list[Json] = []
    shown = 0
    for source in inputs:
        try:
            media = _read(source, limits)
        except AvioError as error:
            print_error(error.message, error.hint)
            found.append(failure_json(source, error.message))
            continue
        found.append(media_json(media))
        if not as_json:
            sys.stdout.write("\n" if shown else "")
            _show_media(media, as_json=False)
            sys.stdout.flush()  # in order with the errors
        shown += 1
    if as_json:
        sys.stdout.write(_dumps(found, indent=2) + "\n")
    if shown < len(inputs):
        raise typer.Exit(AvioError.exit_status)


def _show(lines: "Iterable[Line]") -> None:
    if not sys.stdout.isatty():
        from avio_cli.cli.reports.info_text import plain_text

        sys.stdout.write(plain_text(lines))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False)
    for line in lines:
        spans = ((text, _STYLES[style]) for text, style in line)
        console.print(Text.assemble(*spans), soft_wrap=True)


def _show_packets(source: str, limits: "Limits", *, as_json: bool) -> None:
    from avio_cli.cli.reports.info_json import packet_json
    from avio_cli.cli.reports.info_text import PACKET_HEADER, packet_row
    from avio_cli.demux.packet_list import list_packets
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.ffmpeg.url import parse_url

    listed = list_packets(locate_ffmpeg(), parse_url(source, limits))
    if not as_json:
        sys.stdout.write(PACKET_HEADER + "\n")
    for packet in listed:
        line = _dumps(packet_json(packet)) if as_json else packet_row(packet)
        sys.stdout.write(line + "\n")


def _dumps(value: "Json", indent: int | None = None) -> str:
    """Letters beyond ASCII stay readable where stdout can show them."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return json.dumps(value, indent=indent, ensure_ascii=not unicode)
