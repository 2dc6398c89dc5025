"""Opening: from an address to a film that can be played, and its loudspeaker."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from avio_cli.errors import AvioError
from avio_cli.ffmpeg.address import Address
from avio_cli.media import MediaInfo
from avio_cli.player.film import Film
from avio_cli.player.film_settings import FilmSettings
from avio_cli.player.job import PlayJob
from avio_cli.player.session import FrameStage
from avio_cli.sources.decoder import Launch
from avio_cli.sources.decoding import ReaderSettings

if TYPE_CHECKING:
    from avio_cli.player.tracking import LiveTracker


def open_film(
    job: PlayJob,
    address: Address,
    info: MediaInfo,
    settings: FilmSettings,
    launch: Launch,
) -> "tuple[Film, LiveTracker | None]":
    """Open a source, with what tracks in it, if that is wanted.

    Args:
        job: what else is wanted.
        address: what to open.
        info: what the probe found there.
        settings: how it is read.
        launch: starts its decoders.

    Raises:
        AvioError: it cannot be opened, or there is nothing to play in it.
    """
    if job.hardware != "none" and info.videos:
        settings = replace(settings, reading=_accelerated(job, address, info, settings))
    if job.tracking is None or not info.videos:
        return Film(job.ffmpeg, address, info, settings, launch=launch), None
    from avio_cli.player.tracking import LiveTracker  # slow to import

    tracker = LiveTracker(job.tracking, info.videos[0])
    reading = replace(settings.reading, view=tracker.view)
    stage: Callable[[], FrameStage] = tracker.stage
    settings = replace(settings, reading=reading)
    try:
        return Film(job.ffmpeg, address, info, settings, stage, launch), tracker
    except AvioError:
        tracker.close()
        raise


def _accelerated(
    job: PlayJob, address: Address, info: MediaInfo, settings: FilmSettings
) -> ReaderSettings:
    """The same reading by a device that decodes this film."""
    from avio_cli.acceleration import Request, choose_decoder  # slow to import
    from avio_cli.ffmpeg.capabilities import Capabilities

    request = Request(wanted=job.hardware, address=address, info=info)
    return replace(
        settings.reading,
        hardware=choose_decoder(Capabilities(job.ffmpeg), request),
        may_fall_back=job.hardware == "auto",
    )
