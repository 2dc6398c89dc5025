"""Start: the first frame is decoded and shown while the player is loaded."""

from contextlib import ExitStack

from avio_cli.decode.process import DecoderFactory, start_decoder
from avio_cli.player.cover_art import still_of
from avio_cli.player.first_frame import load_player, open_window
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.audio_output import AudioPlayer
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playlist.playlist import Playlist
from avio_cli.player.statistics import Statistics


def play(job: PlayJob, decoder_factory: DecoderFactory = start_decoder) -> None:
    """Play until the user, the script or the end of the last input stops it.

    Args:
        job: what to do.
        decoder_factory: starts decoders; it may have started the first one already.

    Raises:
        AvioError: something cannot be opened, played or written.
    """
    statistics = Statistics(
        detailed=job.stats is not None, process_start=job.process_start
    )
    with ExitStack() as stack:
        clock = Clock()
        audio_player = AudioPlayer(clock)
        stack.callback(audio_player.close)
        playlist = Playlist(job, clock, audio_player, statistics, decoder_factory)
        stack.callback(playlist.close)
        media, playback = playlist.media, playlist.playback
        if media.audio_track is not None and not audio_player.open_device():
            playlist.disable_audio()
        still = still_of(media)
        window = open_window(job, media, still)
        stack.callback(window.close)
        load_player(job, playback, window, statistics)
        from avio_cli.player.player import Player

        Player(job, playlist, statistics, stack, window, still).run()
