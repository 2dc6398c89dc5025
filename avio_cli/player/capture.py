"""Capture: recordings and screenshots of what a player shows."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np

from avio_cli.decode.settings import AudioFormat
from avio_cli.errors import AvioError, OutputError, UsageError
from avio_cli.ffmpeg.media_source import MediaSource
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
        burn: draws into a copy of a frame what is shown over it.
    """

    def __init__(
        self, job: PlayJob, burn: Callable[[Frame], Frame] = lambda frame: frame
    ) -> None:
        self._job, self._burn = job, burn
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
        self._leaves_out = False

    @property
    def recording(self) -> bool:
        """Whether a recording is running."""
        return self._recordings.recording

    @property
    def can_record(self) -> bool:
        """Whether the open input can be recorded."""
        return self._recordings.can_record

    @property
    def trouble(self) -> str:
        """Why the latest recording failed, until another begins; empty: it did not."""
        return self._recordings.trouble

    def set_media(self, media: OpenMedia) -> str:
        """Switch to another input; returns a message for the user.

        Raises:
            AvioError: the recording that was asked for cannot be made of it.
        """
        audio_format = AudioFormat()
        audio = pcm_stream(audio_format.sample_rate, audio_format.channels)
        has_audio = media.audio_track is not None
        self._media, self._shown = media, None
        source = media.source if media.video is not None else _audio_of(media.source)
        self._recordings.set_media(source, media.video, audio if has_audio else None)
        if self._record_path is None:
            return ""
        self._check_recordable(media)
        self._recordings.prepare()
        if media.video is not None:
            return ""  # it starts with the first frame
        return self._start_named(media.start)

    def check_recorded(self) -> None:
        """Check at the end that the recording asked for was begun.

        Raises:
            OutputError: it was not.
        """
        if self._record_path is not None:
            name = printable(self._record_path.name)
            raise OutputError(f"nothing was recorded in {name}: no frame was shown")

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
        if self._recordings.takes_frames:
            frame = self._burn(frame)
        self._recordings.add_frame(frame)
        return message

    def add_audio(self, block: AudioBlock) -> None:
        """Take audio that will be played; callable from any thread."""
        self._recordings.add_audio(block)

    def leave_out_audio(self, block: AudioBlock) -> None:
        """Take silence for audio that is played at another speed; once it is said."""
        self._recordings.add_audio(_silence(block))
        recorded = self._recordings.recording and self._recordings.takes_frames
        if recorded and not self._leaves_out:
            self._leaves_out = True
            text = "only at normal speed audio is recorded"
            LOG.warning("%s: the recording has silence instead", text)
            self._messages.append(text.capitalize())

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
        shown = self._burn(self._shown)
        work = threading.Thread(target=self._save, args=(shown, self._media))
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
        if self._record_path is not None:
            return self._start_named(position)
        if frame.record and not self.recording:
            self._requested = True
            return self._recordings.toggle(position)
        if self._requested and not frame.record and self.recording:
            self._requested = False
            return self._recordings.stop(position)
        return ""

    def _start_named(self, position: Fraction) -> str:
        """Start the recording that the command line asks for."""
        path, self._record_path = self._record_path, None
        return self._recordings.start(position, path, force=self._job.replace_record)

    def _check_recordable(self, media: OpenMedia) -> None:
        if not self._recordings.can_record:
            raise UsageError(
                f"{media.source.name} cannot be recorded: without video, only the "
                "audio of files is, and only unchanged",
                hint="avio transcode writes audio alone, with --af too",
            )


def _silence(block: AudioBlock) -> AudioBlock:
    """What lasts as long as a block, at the rate of normal speed."""
    rate, channels = AudioFormat().sample_rate, block.samples.shape[1]
    samples = np.zeros((round(block.duration * rate), channels), np.int16)
    return AudioBlock(samples, rate, round(block.time * rate), Fraction(1, rate))


def _audio_of(source: MediaSource) -> MediaSource:
    """The source without its video, where that is not played; cover art stays."""
    info = source.info
    dropped = (*info.videos, *info.subtitles)
    kept = tuple(stream for stream in info.streams if stream not in dropped)
    return replace(source, info=replace(info, streams=kept))
