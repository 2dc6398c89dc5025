"""Recordings of what is shown: frames and audio, encoded during playback."""

import threading
from collections import deque
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Literal

from avio_cli.encode.encoder import Encoder
from avio_cli.encode.settings import AudioOptions, EncodeSettings, VideoOptions
from avio_cli.encode.video import fast_encoder_options
from avio_cli.errors import AvioError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.media.frame import AudioBlock, Frame
from avio_cli.media.info import AudioStream, VideoStream
from avio_cli.mux.streams import StreamSelection
from avio_cli.output.growing import IN_ORDER, open_recording, with_kept
from avio_cli.output.special import refuse_unstreamable
from avio_cli.player.recording.preroll import Item
from avio_cli.player.recording.queue import END, RecordingQueue
from avio_cli.player.recording.timestamps import TimestampMapper
from avio_cli.presets import Preset, preset_for

Discontinuity = Literal["", "on", "back"]
"""How a block of audio follows the one before it."""
QUEUED_BYTES = 112 << 20
"""Frames queued for the encoder; when it falls behind further, frames are dropped."""
_HELD_BLOCKS = 500
"""Blocks of audio that wait for the frame at their time."""
_JUMP = Fraction(1, 2)
"""Seconds between two blocks from which on it may be a jump."""
_STEADY_AUDIO = "aresample=async=1:min_hard_comp=0.02:first_pts=0"
"""Fills gaps with silence, so that a lost packet of a camera shifts nothing."""


class FrameRecorder:
    """Encodes frames and audio as they are played; never makes the player wait.

    The recording starts with the first frame, at time 0. Audio may come before or
    after the frames it belongs to; what is before the first or after the last one
    is dropped. Audio is int16.

    Args:
        ffmpeg: the binary to run.
        path: the output; its extension selects the preset.
        video: the played video stream: colours, sample aspect ratio, frame rate.
        audio: what `write_audio` will get (`pcm_stream`); None for none.
        preset: how to encode; None for the one of the extension.
        pre_roll: what was shown before: `PrerollBuffer.items`.
        force: whether an existing file is replaced.

    Raises:
        OutputError: the output cannot be written there.
        UsageError: no preset fits the path.
    """

    def __init__(
        self,
        ffmpeg: FFmpeg,
        path: Path,
        *,
        video: VideoStream | None = None,
        audio: AudioStream | None = None,
        preset: Preset | None = None,
        pre_roll: Iterable[Item] = (),
        force: bool = False,
    ) -> None:
        self.path, self.frames_dropped = path, 0
        """Frames dropped because the encoder was too slow."""
        settings = _settings(preset or preset_for(path))
        refuse_unstreamable(path, settings.container)
        self._output = open_recording(path, ffmpeg, settings.container, force=force)
        self._encoder = Encoder(ffmpeg, self._output, settings, like=video, audio=audio)
        self._timestamps, self._has_audio = TimestampMapper(video), audio is not None
        self._held: deque[tuple[AudioBlock, Discontinuity]] = deque()
        self._audio_received: Fraction | None = None
        self._queue = RecordingQueue(QUEUED_BYTES)
        self._error: AvioError | None = None
        for item in pre_roll:
            self._queue.put(item, urgent=True)
        self._thread = threading.Thread(target=self._run, name="avio-recording")
        self._thread.start()

    def write(self, frame: Frame) -> None:
        """Take a frame; it must not be changed any more.

        Raises:
            AvioError: the recording has failed.
        """
        self._check()
        if not self._queue.put(frame):
            self.frames_dropped += 1

    def write_audio(self, block: AudioBlock) -> None:
        """Take a block of audio, at its time on the source's clock.

        Raises:
            AvioError: the recording has failed.
        """
        self._check()
        if self._has_audio:
            self._queue.put(block, urgent=True)

    def take(self, item: Item) -> None:
        """Take a frame or a block of audio; see `write` and `write_audio`.

        Raises:
            AvioError: the recording has failed.
        """
        if isinstance(item, AudioBlock):
            self.write_audio(item)
        else:
            self.write(item)

    def mark_discontinuity(self) -> None:
        """The player has jumped: what comes next follows what was recorded."""
        self._queue.put(None, urgent=True)

    @property
    def notice(self) -> str:
        """Empty: it starts where requested."""
        return ""

    @property
    def done(self) -> bool:
        """Whether the file is complete, or has failed: `close` returns at once."""
        return not self._thread.is_alive()

    def stop(self, end: Fraction | None = None) -> None:
        """Take nothing more; the file is finished in the background."""
        self._queue.end()

    def close(self) -> None:
        """Stop, and wait until the file is complete. Safe to call twice.

        Raises:
            AvioError: it could not be written to its end; what was written stays.
        """
        self.stop()
        self._thread.join()
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            while (entry := self._queue.take()) is not END:
                self._take(entry)
            self._flush(last=True)
            self._encoder.finish()
        except AvioError as error:
            self._encoder.close()
            self._error = with_kept(error, self._output)
            self._queue.abandon()
        finally:
            self._encoder.close()

    def _take(self, entry: object) -> None:
        if entry is None:
            self._mark_discontinuity()
        elif isinstance(entry, AudioBlock):
            self._held.append((entry, self._jump_to(entry)))
            self._flush()
        elif isinstance(entry, Frame):
            if self._timestamps.goes_far_back(entry):
                self._mark_discontinuity()
            frame = self._timestamps.map_frame(entry)
            if frame is not None:
                self._encoder.write(frame)
            self._flush()

    def _mark_discontinuity(self) -> None:
        self._flush(last=True)
        self._timestamps.mark_discontinuity()
        if self._held:  # audio after the jump has come before its frame
            self._held[0] = (self._held[0][0], "")
        else:
            self._audio_received = None

    def _jump_to(self, block: AudioBlock) -> Discontinuity:
        """Whether a block does not follow the one before it."""
        previous_end, self._audio_received = (
            self._audio_received,
            block.time + block.duration,
        )
        if previous_end is None or abs(block.time - previous_end) < _JUMP:
            return ""
        return "on" if block.time > previous_end else "back"

    def _flush(self, *, last: bool = False) -> None:
        """Write the audio whose frames are there; with `last`, up to the last frame."""
        if not self._timestamps.running:
            while len(self._held) > _HELD_BLOCKS or (last and self._held):
                self._held.popleft()
            return
        while self._held and self._is_next(*self._held[0], last=last):
            block = self._timestamps.map_audio(self._held.popleft()[0], last=last)
            if len(block.samples):
                self._encoder.write_audio(block)

    def _is_next(self, block: AudioBlock, jump: Discontinuity, *, last: bool) -> bool:
        """Whether a block belongs to the frames that are there."""
        if len(self._held) > _HELD_BLOCKS:
            return True
        if jump == "back" or (jump and last):
            return False  # it waits for the frames after a jump
        return last or not self._timestamps.ends_before(block)


def _settings(preset: Preset) -> EncodeSettings:
    # Playback leaves the encoder little of the CPU.
    return EncodeSettings(
        preset=preset,
        video=VideoOptions(options=IN_ORDER | fast_encoder_options(preset)),
        audio=AudioOptions(filters=_STEADY_AUDIO),
        streams=StreamSelection(audio_copy=()),
    )
