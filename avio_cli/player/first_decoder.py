"""FirstDecoder: the first film is decoded before what plays it has been imported."""

import contextlib
import threading

from avio_cli.decode.process import Decoder, DecodeRequest, start_decoder
from avio_cli.ffmpeg.seeking import seek_positions
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.open_settings import open_settings


class FirstDecoder:
    """Starts the first decoder as soon as the probe has answered; a `Launch`.

    ffmpeg takes as long to its first picture as Python to import numpy, SDL and the
    player. What the player orders first is told from the job and the probe; should it
    order something else after all, the decoder that runs is stopped.

    Args:
        job: what will be played.
    """

    def __init__(self, job: PlayJob) -> None:
        self._job = job
        self._begun: tuple[DecodeRequest, Decoder] | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __call__(self, order: DecodeRequest, /) -> Decoder:
        """The decoder that was begun, if it is the one that is ordered, or another."""
        if not self._closed:
            self._thread.join()  # the probe has answered: it takes no time
        begun = self._take()
        if begun is not None and begun[0] == order:
            return begun[1]
        if begun is not None:
            begun[1].process.stop()
        return start_decoder(order)

    def close(self) -> None:
        """Stop what nobody has taken; safe to call twice."""
        begun = self._take()
        if begun is not None:
            begun[1].process.stop()

    def _take(self) -> tuple[DecodeRequest, Decoder] | None:
        """What was begun, once; nothing is begun any more."""
        with self._lock:
            self._closed = True
            begun, self._begun = self._begun, None
            return begun

    def _run(self) -> None:
        # What fails here fails again where the film is opened, and is told there.
        with contextlib.suppress(Exception):
            order = _predicted_request(self._job)
            with self._lock:
                if order is not None and not self._closed:
                    self._begun = order, start_decoder(order)


def _predicted_request(job: PlayJob) -> DecodeRequest | None:
    """What the player will ask for first; None where that cannot be told simply."""
    address = job.probing.address
    is_file = address.kind == "file" and address.can_reopen
    if not is_file or job.callbacks or job.tracking or job.hardware != "none":
        return None
    info = job.probing.result()
    settings = open_settings(job, address, sound=job.audio)
    video = settings.video_of(info)
    if video is None:
        return None
    audio_track = settings.audio_track_of(info)
    reading = settings.for_playback(job.start, audio_track=audio_track, speed=job.speed)
    seek = next(seek_positions(job.start, video.average_rate))
    return DecodeRequest(job.ffmpeg, address, info, reading, seek)
