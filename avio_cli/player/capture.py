"""Keeping: recordings and screenshots of what a player shows."""

import logging
import threading
from collections import deque
from fractions import Fraction

from avio_cli.decode.settings import AudioFormat
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.url import printable
from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.open_media import OpenMedia
from avio_cli.player.recording.manager import RecordingManager
from avio_cli.player.recording.preroll import pcm_stream
from avio_cli.player.screenshot import save_screenshot

LOG = logging.getLogger("avio.player")


class Capture:
    """Records and takes pictures for a player.

    Args:
        job: says where to.
    """

    def __init__(self, job: PlayJob) -> None:
        self._job = job
        drawn = job.callbacks or job.tracks or job.tracking
        changed = bool(drawn or job.video_filter or job.audio_filter)
        self._recordings = RecordingManager(
            job.ffmpeg, job.record_folder, Fraction(job.pre_roll), changed=changed
        )
        self._media: OpenMedia | None = None
        self._starts = job.record
        self._requested = False
        self._shown: Frame | None = None
        self._saving: list[threading.Thread] = []
        self._news: deque[str] = deque()

    @property
    def recording(self) -> bool:
        """Whether a recording runs."""
        return self._recordings.recording

    @property
    def can_record(self) -> bool:
        """Whether the film can be recorded."""
        return self._recordings.can_record

    def set_media(self, film: OpenMedia) -> None:
        """Another film begins."""
        form = AudioFormat()
        sound = pcm_stream(form.sample_rate, form.channels)
        has_sound = film.audio_track is not None
        self._media = film
        self._recordings.set_media(
            film.address, film.info, film.video, sound if has_sound else None
        )

    def add_frame(self, frame: Frame, position: Fraction, *, jumped: bool) -> str:
        """A frame is shown; returns what to tell the user.

        Args:
            frame: as it is seen; must not be changed any more.
            position: where it is, in seconds after the film's start.
            jumped: whether it does not follow the frame before.
        """
        self._shown = frame
        if jumped:
            self._recordings.mark_discontinuity()
        told = self._apply_record_requests(frame, position)
        self._recordings.add_frame(frame)
        return told

    def add_audio(self, block: AudioBlock) -> None:
        """Sound will be heard; from any thread."""
        self._recordings.add_audio(block)

    def toggle(self, position: Fraction) -> str:
        """Begin a recording, or end it; returns what to tell the user."""
        self._requested = False
        return self._recordings.toggle(position)

    def stop(self, position: Fraction) -> None:
        """End a recording; its file is finished in the background."""
        self._recordings.stop(position)

    def poll(self) -> str:
        """News of recordings and screenshots; empty where there is none."""
        return self._news.popleft() if self._news else self._recordings.poll()

    def screenshot(self) -> str:
        """Save the frame that is shown, in the background; `poll` tells how it went."""
        if self._shown is None or self._media is None:
            return "There is no picture"
        work = threading.Thread(target=self._save, args=(self._shown, self._media))
        work.start()
        self._saving.append(work)
        return "Screenshot"

    def _save(self, frame: Frame, film: OpenMedia) -> None:
        try:
            path = save_screenshot(
                frame,
                self._job.record_folder,
                film=film.info.source,
                video=film.video,
                origin=film.origin,
            )
            self._news.append(f"Saved {printable(path.name)}")
        except AvioError as error:
            LOG.warning("%s", error.message)
            self._news.append(f"No screenshot: {error.message}")

    def close(self, position: Fraction) -> None:
        """End all, and wait until the files are complete.

        Raises:
            AvioError: one could not be written.
        """
        for work in self._saving:
            work.join()
        self._recordings.close(position)

    def _apply_record_requests(self, frame: Frame, position: Fraction) -> str:
        """Begin what the command line asks for, and what a callback wishes."""
        path, self._starts = self._starts, None
        if path is not None:
            return self._recordings.start(position, path)
        if frame.record and not self.recording:
            self._requested = True
            return self._recordings.toggle(position)
        if self._requested and not frame.record and self.recording:
            self._requested = False
            return self._recordings.stop(position)
        return ""
