"""``avio snapshot``."""

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from avio_cli.cli.options import common as options
from avio_cli.cli.options.common import parse_time
from avio_cli.cli.terminal import set_up_messages

EXAMPLES = """\b
Examples:
  avio snapshot video.mp4 image.png --at 1:30.5
  avio snapshot video.mkv image.jpg --at 12
"""


def snapshot_command(
    source: Annotated[
        str, typer.Argument(metavar="INPUT", help="File, URL, camera:0, screen: or -.")
    ],
    output: Annotated[
        Path,
        typer.Argument(
            parser=options.parse_output,
            metavar="OUTPUT",
            help="Image: .png, .jpg or .webp.",
        ),
    ],
    at: Annotated[
        Fraction,
        typer.Option(
            parser=parse_time, metavar="TIME", help="Time: 12.5, 1:30, 0:01:30.250."
        ),
    ],
    video_track: Annotated[
        int, typer.Option(min=0, metavar="N", help="Video stream, counted from 0.")
    ] = 0,
    max_pixels: options.MaxPixels = None,
    safe: options.Safe = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Save the frame shown at a time as an image.

    It is the last frame that starts at or before that time; rotated upright, with
    square pixels and the colours of the video.
    """
    from avio_cli.decode.stdin import spooled_stdin
    from avio_cli.ffmpeg.live.opening import opened
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.ffmpeg.url import parse_url, printable
    from avio_cli.jobs.snapshot.run import SnapshotJob, snapshot

    set_up_messages(quiet=quiet, verbose=verbose)
    ffmpeg = locate_ffmpeg()
    limits = options.input_limits(max_pixels, safe=safe)
    with (
        spooled_stdin(parse_url(source, limits)) as url,
        opened(ffmpeg, url) as media,
    ):
        job = SnapshotJob(
            source=media,
            output=output,
            at=at,
            track=video_track,
            force=force,
        )
        taken = snapshot(job)
    if not quiet:
        facts = f"{taken.width}x{taken.height}, frame at {float(taken.time):.3f} s"
        typer.echo(f"{printable(str(output))}: {facts}", err=True)
