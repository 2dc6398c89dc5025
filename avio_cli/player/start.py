"""Start: the first film begins to be read before window and controls are loaded."""

from contextlib import ExitStack

from avio_cli.decode.process import DecoderFactory, start_decoder
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.audio_output import AudioPlayer
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playlist import Playlist
from avio_cli.player.statistics import Statistics


def play(job: PlayJob, launch: DecoderFactory = start_decoder) -> None:
    """Play until the user, the script or the end of all films says stop.

    Args:
        job: what to do.
        launch: starts decoders; it may have started the first one already.

    Raises:
        AvioError: something cannot be opened, played or written.
    """
    statistics = Statistics(
        detailed=job.stats is not None, process_start=job.process_start
    )
    with ExitStack() as stack:
        clock = Clock()
        feeder = AudioPlayer(clock)
        stack.callback(feeder.close)
        films = Playlist(job, clock, feeder, statistics, launch)
        stack.callback(films.close)
        # Its imports take as long as ffmpeg needs for the first picture.
        from avio_cli.player.player import Player

        Player(job, films, statistics, stack).run()
