"""FirstDecoder: starts the first decoder while the player is being imported."""

import contextlib
import threading

from avio_cli.decode.process import Decoder, DecodeRequest, start_decoder
from avio_cli.ffmpeg.seeking import seek_positions
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.open_settings import open_settings


class FirstDecoder:
    """Starts the first decoder as soon as the probe has answered; a `DecoderFactory`.

    ffmpeg takes as long to its first frame as Python to import numpy, SDL and the
    player. The player's first request is predicted from the job and the probe; if it
    requests something else after all, the running decoder is stopped.

    Args:
        job: what will be played.
    """

    def __init__(self, job: PlayJob) -> None:
        self._job = job
        self._started: tuple[DecodeRequest, Decoder] | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __call__(self, request: DecodeRequest, /) -> Decoder:
        """Return the started decoder if it matches the request, else a new one."""
        if not self._closed:
            self._thread.join()  # the probe has answered: it takes no time
        started = self._take()
        if started is not None and started[0] == request:
            return started[1]
        if started is not None:
            started[1].process.stop()
        return start_decoder(request)

    def close(self) -> None:
        """Stop the decoder if nobody has taken it; safe to call twice."""
        started = self._take()
        if started is not None:
            started[1].process.stop()

    def _take(self) -> tuple[DecodeRequest, Decoder] | None:
        """Take the started decoder, once; no other is started afterwards."""
        with self._lock:
            self._closed = True
            started, self._started = self._started, None
            return started

    def _run(self) -> None:
        # What fails here fails again where the input is opened, and is reported there.
        with contextlib.suppress(Exception):
            request = _predicted_request(self._job)
            with self._lock:
                if request is not None and not self._closed:
                    self._started = request, start_decoder(request)


def _predicted_request(job: PlayJob) -> DecodeRequest | None:
    """The player's first request; None where it is not simple to predict."""
    url = job.probing.url
    is_file = url.kind == "file" and url.can_reopen
    if not is_file or job.callbacks or job.tracking or job.hardware != "none":
        return None
    source = job.probing.result()
    settings = open_settings(job, source, audio=job.audio)
    video = settings.video_of(source.info)
    if video is None:
        return None
    audio_track = settings.audio_track_of(source.info)
    reading = settings.for_playback(job.start, audio_track=audio_track, speed=job.speed)
    seek = next(seek_positions(job.start, video.average_rate))
    return DecodeRequest(source, reading, seek)
