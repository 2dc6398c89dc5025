"""Recordings by stream copy, from a keyframe on; and names of recordings."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from avio_cli.demux.keyframes import Keyframe, keyframe_before
from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.encode.job import EncodeJob
from avio_cli.encode.run import encode
from avio_cli.encode.settings import EncodeSettings
from avio_cli.errors import AvioError, OutputError, UsageError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import printable
from avio_cli.media.containers import CONTAINERS, file_container
from avio_cli.media.info import MediaInfo, Stream
from avio_cli.mux.streams import StreamSelection, copyable_streams
from avio_cli.output.growing import GrowingFile, open_recording, with_kept
from avio_cli.output.special import refuse_unstreamable
from avio_cli.player.recording.growing_copy import GrowingCopy
from avio_cli.player.recording.preroll import Item
from avio_cli.presets import preset_for
from avio_cli.progress import format_time

_NOTICEABLE = Fraction(1, 20)
"""Seconds by which a recording may start earlier without a notice."""


def recording_path(folder: Path, now: datetime, extension: str = ".mp4") -> Path:
    """Name a new recording by date and time: ``avio-20261125-193015.mp4``.

    Args:
        folder: where it will be.
        now: the time of day.
        extension: of the file name, with the dot.

    Returns:
        A path that does not exist.
    """
    stem, number = f"avio-{now:%Y%m%d-%H%M%S}", 1
    path = folder / f"{stem}{extension}"
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}{extension}"
    return path


def recording_extension(info: MediaInfo) -> str:
    """``.mp4`` if MP4 can contain all video, audio and subtitles; else ``.mkv``."""
    kept = copyable_streams(info, CONTAINERS["mp4"])
    needed = (*info.videos, *info.audios, *info.subtitles)
    return ".mp4" if all(stream in kept for stream in needed) else ".mkv"


class CopyRecorder:
    """Copies a range of a file, with all streams that the output can contain.

    It starts at the last keyframe at or before the wanted start. The copy is made
    in the background when the end is known. Until then the file has what a
    `GrowingCopy` writes, for the case that the player is killed.

    Args:
        source: one that can be read several times.
        path: the output; its extension sets the container.
        start: seconds from the start of the file.
        force: whether an existing file is replaced.

    Raises:
        OutputError: the output cannot be written there.
        UsageError: avio does not write such files, or they cannot contain this video.
    """

    def __init__(
        self,
        source: MediaSource,
        path: Path,
        start: Fraction,
        *,
        force: bool = False,
    ) -> None:
        self.path, self.frames_dropped, self._requested = path, 0, start
        self._force = force
        self._settings = EncodeSettings(
            preset=preset_for(path), streams=StreamSelection(remux=True)
        )
        kept = _kept(source.info, path, self._settings)
        self._source = replace(source, info=replace(source.info, streams=kept))
        container = file_container(self._settings.preset.container)
        refuse_unstreamable(path, container)
        self._output = open_recording(path, source.ffmpeg, container, force=force)
        self._growing: GrowingCopy | None = None
        self._worker = ThreadPoolExecutor(1, "avio-recording")
        self._start = self._worker.submit(self._begin, start)
        self._copy: Future[None] | None = None

    @property
    def notice(self) -> str:
        """Where it really starts, once that is known and differs; else empty."""
        if not self._start.done() or self._start.exception() is not None:
            return ""
        start = self._seconds(self._start.result())
        if self._requested - start < _NOTICEABLE:
            return ""
        shown = format_time(float(start), fine=True)
        return f"recording from {shown}, the keyframe before"

    @property
    def done(self) -> bool:
        """Whether the file is complete, or has failed: `close` returns at once."""
        if self._copy is not None:
            return self._copy.done()
        return self._growing is not None and self._growing.failure is not None

    def take(self, item: Item) -> None:
        """Do nothing: frames and audio are copied from the file."""

    def mark_discontinuity(self) -> None:
        """Do nothing: a jump does not change what is copied."""

    def stop(self, end: Fraction) -> None:
        """Start to write all up to a time, in seconds from the start of the file.

        An end before the start swaps the two.
        """
        if self._copy is None:
            self._copy = self._worker.submit(self._write, end)

    def close(self) -> None:
        """Wait until the file is complete; without `stop` before, there is no file.

        Raises:
            AvioError: it could not be written; what was written stays.
        """
        self._worker.shutdown()
        growing = self._growing
        if growing is not None:
            growing.stop()
        if self._copy is not None:
            self._copy.result()
        elif growing is not None and growing.failure is not None:
            raise growing.failure
        else:
            self._remove()

    def _begin(self, start: Fraction) -> Keyframe:
        """Find the keyframe, and start to write from there."""
        keyframe = self._keyframe(start)
        if isinstance(self._output, GrowingFile):
            settings = self._from(keyframe)
            self._growing = GrowingCopy(self._source, settings, self._output)
        return keyframe

    def _remove(self) -> None:
        if isinstance(self._output, GrowingFile):
            self._output.remove()
        else:
            self._output.discard()

    def _from(self, keyframe: Keyframe) -> EncodeSettings:
        lead = keyframe.pts_seconds - keyframe.dts_seconds
        start = self._seconds(keyframe)
        return replace(self._settings, start=start, keyframe_preroll=lead)

    def _keyframe(self, start: Fraction) -> Keyframe:
        """The one to start with; with audio only, the start as requested."""
        self._source = with_known_jumps(self._source)
        videos, origin = self._source.info.videos, self._source.origin
        wanted = origin + start
        if not videos:
            return Keyframe(wanted, wanted)
        index = videos[0].index
        keyframe = keyframe_before(self._source, index, wanted)
        # The source starts later than requested: copy from its start.
        return keyframe or Keyframe(origin, origin - 1)

    def _seconds(self, keyframe: Keyframe) -> Fraction:
        return max(keyframe.pts_seconds - self._source.origin, Fraction(0))

    def _write(self, end: Fraction) -> None:
        """Replace what grew by the copy of the range; where that fails, it stays."""
        try:
            self._write_range(end)
        except AvioError as error:
            self._output.discard()
            raise with_kept(error, self._output) from error

    def _write_range(self, end: Fraction) -> None:
        keyframe = self._start.result()
        if end < self._requested:
            keyframe, end = self._keyframe(end), self._requested
        if self._growing is not None:
            self._growing.stop()
        settings = self._from(keyframe)
        start = settings.start
        if end <= start:
            self._remove()
            raise OutputError(
                f"nothing to record in {printable(self.path.name)}: it ends at "
                f"{float(end):.3f} s and starts at {float(start):.3f} s"
            )
        job = EncodeJob(
            source=self._source,
            output=self.path,
            settings=replace(settings, end=end),
            force=self._force or isinstance(self._output, GrowingFile),
            allow_damaged=True,
        )
        if not job.force:
            self._output.discard()
        encode(job)


def _kept(info: MediaInfo, path: Path, settings: EncodeSettings) -> tuple[Stream, ...]:
    """The streams that the file can contain; video, else audio, must be among them.

    Raises:
        UsageError: it is not.
    """
    container = file_container(settings.preset.container)
    kept = copyable_streams(info, container)
    for stream in (*info.videos, *info.audios)[:1]:
        if stream in kept:
            continue
        raise UsageError(
            f"{stream.codec} cannot be copied into {printable(path.name)}",
            hint="record into a .mkv file",
        )
    return kept
