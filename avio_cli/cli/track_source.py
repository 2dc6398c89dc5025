"""Opens what ``avio track`` reads."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from avio_cli.cli.options import common as options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from avio_cli.ffmpeg.limits import Limits
    from avio_cli.ffmpeg.media_source import MediaSource
    from avio_cli.jobs.track.job_parts import DetectorOptions


def why_reread(given: dict[str, object]) -> str:
    """Why the source must be readable several times; empty: once is enough.

    Args:
        given: the command's parameters, by name.
    """
    reasons = {
        "refine": "--refine reads it twice",
        "shards": "--shards reads it at several places",
        "start": "--start searches it",
        "resume": "--resume goes on in it",
        "report": "--report reads it twice",
        "bench": "--bench reads it several times",
    }
    if given["hwaccel"] is options.HwaccelMode.AUTO:
        return "--hwaccel auto may start again"
    return next((why for name, why in reasons.items() if given[name]), "")


@contextmanager
def opened_source(
    source: str,
    limits: "Limits",
    early_probe: object,
    reread: str,
    detector: "DetectorOptions",
) -> "Iterator[MediaSource]":
    """Probe a source; what is piped is read once, unless something reads it again."""
    from avio_cli.decode.opening import opened_input
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.ffmpeg.url import parse_url

    url = parse_url(source, limits)
    with opened_input(locate_ffmpeg(), url, early_probe, reread=reread) as probed:
        # Both take as long as the probe, which is awaited afterwards.
        import avio_cli.jobs.track.run  # noqa: F401
        from avio_cli.jobs.track.model_choice import import_runtime

        import_runtime(detector)
        yield probed()
