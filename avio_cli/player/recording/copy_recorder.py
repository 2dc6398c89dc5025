"""Recordings of a file: its packets copied, from a keyframe on; and their names."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from avio_cli.demux.keyframes import Keyframe, keyframe_before
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import OutputError, UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.url import MediaUrl, printable
from avio_cli.jobs.transcode.job import TranscodeJob
from avio_cli.jobs.transcode.run import transcode
from avio_cli.media.containers import CONTAINERS, file_container
from avio_cli.media.info import MediaInfo, Stream
from avio_cli.mux.streams import StreamSelection, copyable_streams
from avio_cli.output.file import FileOutput
from avio_cli.player.hud.text import format_time
from avio_cli.player.recording.preroll import Item
from avio_cli.presets import preset_for

_NOTICEABLE = Fraction(1, 20)
"""Seconds by which a recording may begin earlier without a word."""


def recording_path(folder: Path, now: datetime, suffix: str = ".mp4") -> Path:
    """Name a new recording by date and time: ``avio-20261125-193015.mp4``.

    Args:
        folder: where it shall be.
        now: the time of day.
        suffix: of the file, with the dot.

    Returns:
        A name that no file has.
    """
    stem, number = f"avio-{now:%Y%m%d-%H%M%S}", 1
    path = folder / f"{stem}{suffix}"
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}{suffix}"
    return path


def recording_extension(info: MediaInfo) -> str:
    """``.mp4`` where MP4 can hold all that is seen or heard as it is; else ``.mkv``."""
    kept = copyable_streams(info, CONTAINERS["mp4"])
    needed = (*info.videos, *info.audios, *info.subtitles)
    return ".mp4" if all(stream in kept for stream in needed) else ".mkv"


class CopyRecorder:
    """Keeps a stretch of a file as it is, with all streams that the result can hold.

    It begins with the last keyframe at or before the wanted start. The copy is made
    when the end is known, in the background, and gets its name when it is complete.

    Args:
        ffmpeg: the binary to run.
        address: a source that can be read several times.
        info: what it holds.
        path: where the recording goes; its suffix tells the container.
        start: seconds from the start of the file.

    Raises:
        OutputError: the place cannot be used.
        UsageError: avio does not write such files, or they cannot hold this film.
    """

    def __init__(
        self,
        ffmpeg: FFmpeg,
        address: MediaUrl,
        info: MediaInfo,
        path: Path,
        start: Fraction,
    ) -> None:
        self.path, self.frames_dropped = path, 0
        self._ffmpeg, self._address, self._asked = ffmpeg, address, start
        self._settings = EncodeSettings(
            preset=preset_for(path), streams=StreamSelection(remux=True)
        )
        self._info = replace(info, streams=_kept(info, path, self._settings))
        FileOutput(path).discard()  # tells now what would else fail at the end
        self._worker = ThreadPoolExecutor(1, "avio-recording")
        self._start = self._worker.submit(self._keyframe, start)
        self._copy: Future[None] | None = None

    @property
    def notice(self) -> str:
        """Where it really begins, once that is known and differs; else empty."""
        if not self._start.done() or self._start.exception() is not None:
            return ""
        begin = self._seconds(self._start.result())
        if self._asked - begin < _NOTICEABLE:
            return ""
        start = format_time(float(begin), fine=True)
        return f"recording from {start}, the keyframe before"

    @property
    def done(self) -> bool:
        """Whether the file is complete, or has failed: `close` returns at once."""
        return self._copy is not None and self._copy.done()

    def take(self, item: Item) -> None:
        """What is shown or heard does not matter: it is copied from the file."""

    def mark_discontinuity(self) -> None:
        """Nor does a jump on the way."""

    def stop(self, end: Fraction) -> None:
        """Begin to write all up to a time, in seconds from the start of the file.

        Where that lies before the start, the two change places.
        """
        if self._copy is None:
            self._copy = self._worker.submit(self._write, end)

    def close(self) -> None:
        """Wait until the file is complete; without `stop` before it, leave none.

        Raises:
            AvioError: it could not be written; nothing is left of it.
        """
        self._worker.shutdown()
        if self._copy is not None:
            self._copy.result()

    def _keyframe(self, start: Fraction) -> Keyframe:
        """The one to begin with; of sound alone, the start as it was asked."""
        videos, origin = self._info.videos, self._info.start or Fraction(0)
        wanted = origin + start
        if not videos:
            return Keyframe(wanted, wanted)
        index = videos[0].index
        found = keyframe_before(self._ffmpeg, self._address, index, wanted)
        # All begins later than is asked: then nothing is too early.
        return found or Keyframe(origin, origin - 1)

    def _seconds(self, keyframe: Keyframe) -> Fraction:
        return max(keyframe.pts_seconds - (self._info.start or 0), Fraction(0))

    def _write(self, end: Fraction) -> None:
        keyframe = self._start.result()
        if end < self._asked:
            keyframe, end = self._keyframe(end), self._asked
        begin, lead = (
            self._seconds(keyframe),
            keyframe.pts_seconds - keyframe.dts_seconds,
        )
        if end <= begin:
            raise OutputError(
                f"nothing to record in {printable(self.path.name)}: it ends at "
                f"{float(end):.3f} s and begins at {float(begin):.3f} s"
            )
        job = TranscodeJob(
            ffmpeg=self._ffmpeg,
            address=self._address,
            info=self._info,
            output=self.path,
            settings=replace(
                self._settings, start=begin, end=end, keyframe_preroll=lead
            ),
            allow_damaged=True,
        )
        transcode(job)


def _kept(info: MediaInfo, path: Path, settings: EncodeSettings) -> tuple[Stream, ...]:
    """The streams that the file can hold; a film must be among them if there is one.

    Raises:
        UsageError: it is not.
    """
    container = file_container(settings.preset.container)
    kept = copyable_streams(info, container)
    if info.videos and info.videos[0] not in kept:
        raise UsageError(
            f"{info.videos[0].codec} cannot be copied into {printable(path.name)}",
            hint="record into a .mkv file",
        )
    return kept
