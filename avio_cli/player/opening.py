"""Opening: from an address to a film that can be played, and its loudspeaker."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from avio_cli.acceleration import Request, choose_decoder
from avio_cli.callbacks import common_pixel_format
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.address import Address
from avio_cli.ffmpeg.capabilities import Capabilities
from avio_cli.media import MediaInfo
from avio_cli.player.film import Film, FilmSettings
from avio_cli.player.job import PlayJob
from avio_cli.player.session import FrameStage, Limits
from avio_cli.sources.decoding import ReaderSettings

if TYPE_CHECKING:
    from avio_cli.player.tracking import LiveTracker


LIVE_OPTIONS = (
    *("-fflags", "nobuffer", "-flags", "low_delay", "-analyzeduration", "1000000"),
)
"""For ffmpeg's input: hand every packet on at once, and every frame."""
LIVE_LIMITS = Limits(4 << 20, 32 << 20, 0.1, 5.0)


def film_settings(job: PlayJob, *, sound: bool) -> FilmSettings:
    """How all films of a run are read."""
    options: tuple[str, ...] = ()
    if job.low_latency:
        options += LIVE_OPTIONS
    if job.ignore_times:
        options += ("-use_wallclock_as_timestamps", "1")
    pixel_format = common_pixel_format(job.callbacks) if job.callbacks else "yuv420p"
    return FilmSettings(
        picture=job.picture,
        sound=sound,
        reading=ReaderSettings(
            pixel_format=pixel_format,
            start=job.start,
            end=job.end,
            video_filter=job.video_filter,
            input_options=options,
        ),
        audio_filter=job.audio_filter,
        limits=LIVE_LIMITS if job.low_latency else Limits(),
    )


def open_film(
    job: PlayJob, address: Address, info: MediaInfo, settings: FilmSettings
) -> "tuple[Film, LiveTracker | None]":
    """Open a source, with what tracks in it, if that is wanted.

    Raises:
        AvioError: it cannot be opened, or there is nothing to play in it.
    """
    if job.hardware != "none" and info.videos:
        settings = replace(settings, reading=_accelerated(job, address, info, settings))
    if job.tracking is None or not info.videos:
        return Film(job.ffmpeg, address, info, settings), None
    from avio_cli.player.tracking import LiveTracker  # slow to import

    tracker = LiveTracker(job.tracking, info.videos[0])
    reading = replace(settings.reading, view=tracker.view)
    stage: Callable[[], FrameStage] = tracker.stage
    settings = replace(settings, reading=reading)
    try:
        return Film(job.ffmpeg, address, info, settings, stage), tracker
    except AvioError:
        tracker.close()
        raise


def _accelerated(
    job: PlayJob, address: Address, info: MediaInfo, settings: FilmSettings
) -> ReaderSettings:
    """The same reading by a device that decodes this film."""
    request = Request(wanted=job.hardware, address=address, info=info)
    return replace(
        settings.reading,
        hardware=choose_decoder(Capabilities(job.ffmpeg), request),
        may_fall_back=job.hardware == "auto",
    )
