"""Capture: recordings and screenshots of what a player shows."""

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
from avio_cli.player.recording.preroll import pcm_stream
from avio_cli.player.recording.recordings import RecordingManager
from avio_cli.player.screenshot import save_screenshot

LOG = logging.getLogger("avio.player")


class Capture:
    """Records and saves screenshots for a player.

    Args:
        job: states where files are written.
    """

    def __init__(self, job: PlayJob) -> None:
        self._job = job
        drawn = job.callbacks or job.tracks or job.tracking
        changed = bool(drawn or job.video_filter or job.audio_filter)
        self._recordings = RecordingManager(
            job.ffmpeg, job.record_folder, Fraction(job.pre_roll), changed=changed
        )
        self._media: OpenMedia | None = None
        self._record_path = job.record
        self._requested = False
        self._shown: Frame | None = None
        self._saving: list[threading.Thread] = []
        self._one_at_a_time = threading.Lock()
        self._messages: deque[str] = deque()

    @property
    def recording(self) -> bool:
        """Whether a recording is running."""
        return self._recordings.recording

    @property
    def can_record(self) -> bool:
        """Whether the open input can be recorded."""
        return self._recordings.can_record

    def set_media(self, media: OpenMedia) -> None:
        """Switch to another input."""
        audio_format = AudioFormat()
        audio = pcm_stream(audio_format.sample_rate, audio_format.channels)
        has_audio = media.audio_track is not None
        self._media, self._shown = media, None
        self._recordings.set_media(
            media.source, media.video, audio if has_audio else None
        )

    def add_frame(self, frame: Frame, position: Fraction, *, jumped: bool) -> str:
        """Take a frame that is shown; returns a message for the user.

        Args:
            frame: as it is shown; must not be changed afterwards.
            position: its time, in seconds after the start of the input.
            jumped: whether it does not follow the frame before.
        """
        self._shown = frame
        if jumped:
            self._recordings.mark_discontinuity()
        message = self._apply_record_requests(frame, position)
        self._recordings.add_frame(frame)
        return message

    def add_audio(self, block: AudioBlock) -> None:
        """Take audio that will be played; callable from any thread."""
        self._recordings.add_audio(block)

    def toggle(self, position: Fraction) -> str:
        """Start or stop a recording; returns a message for the user."""
        self._requested = False
        return self._recordings.toggle(position)

    def stop(self, position: Fraction) -> None:
        """Stop a recording; its file is finished in the background."""
        self._recordings.stop(position)

    def poll(self) -> str:
        """The next message about recordings and screenshots; empty for none."""
        return self._messages.popleft() if self._messages else self._recordings.poll()

    def screenshot(self) -> str:
        """Save the shown frame in the background; `poll` reports the result."""
        if self._shown is None or self._media is None:
            return "There is no frame to save"
        work = threading.Thread(target=self._save, args=(self._shown, self._media))
        work.start()
        self._saving.append(work)
        return "Screenshot"

    def _save(self, frame: Frame, media: OpenMedia) -> None:
        try:
            with self._one_at_a_time:  # each sees which names the ones before took
                path = save_screenshot(
                    self._job.ffmpeg,
                    frame,
                    self._job.record_folder,
                    source=media.info.source,
                    video=media.video,
                    origin=media.origin,
                )
            self._messages.append(f"Saved {printable(path.name)}")
        except AvioError as error:
            LOG.warning("%s", error.message)
            self._messages.append(f"No screenshot: {error.message}")

    def close(self, position: Fraction) -> None:
        """Stop everything, and wait until the files are complete.

        Raises:
            AvioError: one could not be written.
        """
        for work in self._saving:
            work.join()
        self._recordings.close(position)

    def _apply_record_requests(self, frame: Frame, position: Fraction) -> str:
        """Handle record requests of the command line and of callbacks."""
        path, self._record_path = self._record_path, None
        if path is not None:
            return self._recordings.start(position, path)
        if frame.record and not self.recording:
            self._requested = True
            return self._recordings.toggle(position)
        if self._requested and not frame.record and self.recording:
            self._requested = False
            return self._recordings.stop(position)
        return ""
