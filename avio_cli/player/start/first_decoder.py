"""FirstDecoder: starts the first decoder while the player is being imported."""

import contextlib
import threading
from dataclasses import dataclass

from avio_cli.decode.process import Decoder, DecodeRequest, start_decoder
from avio_cli.decode.raw_frame import RawFrame, RawFrameReader
from avio_cli.ffmpeg.seeking import seek_positions
from avio_cli.media.info import VideoStream
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.open_settings import open_settings


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the player will request first."""

    request: DecodeRequest
    video: VideoStream
    """With the colours in which its frames come."""


class FirstDecoder:
    """Starts the first decoder as soon as the probe has answered; a `DecoderFactory`.

    ffmpeg takes as long to its first frame as Python to import numpy, SDL and the
    player. The player's first request is predicted from the job and the probe; if it
    requests something else after all, the running decoder is stopped.

    Args:
        job: what will be played.
    """

    def __init__(self, job: PlayJob) -> None:
        self.job = job
        self._prediction: Prediction | None = None
        self._decoder: Decoder | None = None
        self._reader: RawFrameReader | None = None
        self._frame: RawFrame | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._predicted = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def video(self) -> VideoStream | None:
        """Wait for the video that it decodes; None where it decodes nothing."""
        self._predicted.wait()
        return None if self._prediction is None else self._prediction.video

    def frame(self, seconds: float) -> RawFrame | None:
        """Wait for the first frame; None where there is none within that time."""
        self._thread.join(seconds)
        return self._frame

    def __call__(self, request: DecodeRequest, /) -> Decoder:
        """Return the started decoder if it matches the request, else a new one."""
        self._predicted.wait()  # the probe has answered: it takes no time
        decoder = self._take()
        if decoder is None:
            return start_decoder(request)
        if self._prediction is not None and self._prediction.request == request:
            return decoder
        decoder.process.kill()
        decoder.process.stop()
        return start_decoder(request)

    def close(self) -> None:
        """Stop the decoder if nobody has taken it; safe to call twice."""
        decoder = self._take()
        if decoder is not None:
            decoder.process.kill()
            decoder.process.stop()

    def _take(self) -> Decoder | None:
        """Take the started decoder, once; no other is started afterwards."""
        with self._lock:
            self._closed = True
            decoder, self._decoder = self._decoder, None
        if decoder is None:
            return None
        if self._reader is not None:
            self._reader.abandon()
            self._thread.join()
            decoder = self._reader.decoder()
        return decoder

    def _run(self) -> None:
        # What fails here fails again where the input is opened, and is reported there.
        with contextlib.suppress(Exception):
            try:
                self._prediction = _predicted(self.job)
                self._start()
            finally:
                self._predicted.set()
            if self._reader is not None:
                self._frame = self._reader.read()

    def _start(self) -> None:
        if self._prediction is None:
            return
        request = self._prediction.request
        with self._lock:
            if not self._closed:
                self._decoder = start_decoder(request)
                self._reader = RawFrameReader(self._decoder, request)


def _predicted(job: PlayJob) -> Prediction | None:
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
    return Prediction(DecodeRequest(source, reading, seek), video)
