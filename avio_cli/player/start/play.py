"""Start: opens the first input and what plays it."""

from contextlib import ExitStack

from avio_cli.decode.process import DecoderFactory, start_decoder
from avio_cli.player.cover_art import still_of
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.audio_output import AudioPlayer
from avio_cli.player.playback.clock import Clock
from avio_cli.player.player import Player
from avio_cli.player.playlist.playlist import Playlist
from avio_cli.player.start.first_frame import Shown, open_window
from avio_cli.player.statistics import Statistics


def play(
    job: PlayJob,
    decoder_factory: DecoderFactory = start_decoder,
    shown: Shown | None = None,
) -> None:
    """Play until the user, the script or the end of the last input stops it.

    Args:
        job: what to do.
        decoder_factory: starts decoders; it may have started the first one already.
        shown: the window, which is closed at the end; None: it is not open yet.

    Raises:
        AvioError: something cannot be opened, played or written.
    """
    statistics = Statistics(
        detailed=job.stats is not None, process_start=job.process_start
    )
    with ExitStack() as stack:
        if shown is not None:
            stack.callback(shown.window.close)
            statistics.on_start(shown.when)
        clock = Clock()
        audio_player = AudioPlayer(clock)
        stack.callback(audio_player.close)
        playlist = Playlist(job, clock, audio_player, statistics, decoder_factory)
        stack.callback(playlist.close)
        media = playlist.media
        if media.audio_track is not None and not audio_player.open_device():
            playlist.disable_audio()
        still = still_of(media)
        if shown is None:
            window = open_window(job, media.info.source, media.video, still)
            stack.callback(window.close)
        else:
            window = shown.window
        Player(job, playlist, statistics, stack, window, still).run()
