"""Formats that are written as a whole: at the end of a run, or of a conversion."""

import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO, Protocol

from avio_cli.ffmpeg.output_place import followed
from avio_cli.records.entry import FrameRecord, VideoInfo
from avio_cli.records.exchange.cvat_writer import write_cvat
from avio_cli.records.exchange.label_studio_writer import write_label_studio
from avio_cli.records.exchange.parquet import write_parquet
from avio_cli.records.exchange.zipped import write_mot_zip
from avio_cli.records.facts import lost
from avio_cli.records.files import AppendedFile, LineFile, display_name, failed
from avio_cli.records.formats import RecordTarget
from avio_cli.records.line_reader import read_json_lines
from avio_cli.records.parsing import ClassNames
from avio_cli.records.recorded import RecordedTracks
from avio_cli.records.rows import json_line
from avio_cli.replacing import new_file, removed_on_failure, rename, sync

LOG = logging.getLogger("avio.records")


class WholeWriter(Protocol):
    """Writes all tracks into an open file."""

    def __call__(
        self,
        recorded: RecordedTracks,
        video: VideoInfo,
        file: BinaryIO,
        tolerance: float | None = None,
    ) -> None:
        """Write them.

        Args:
            recorded: the tracks.
            video: what is known of the video; 0 or None where something is not.
            file: open for writing.
            tolerance: pixels by which boxes between key frames may be wrong, where the
                format has key frames; None: every box is one.

        Raises:
            AvioError: something is missing that the format needs.
            OSError: it cannot be written.
        """
        ...


WRITERS: Mapping[str, WholeWriter] = {
    "cvat": write_cvat,
    "cvat-mot": write_mot_zip,
    "label-studio": write_label_studio,
    "parquet": write_parquet,
}
"""By the name of the format."""


class WholeFile:
    """A file of such a format, made when a run ends, however it does.

    Meanwhile JSON lines grow in a hidden file beside it: that is what a kill leaves,
    and where a resumed run goes on.

    Args:
        target: the file; its content is replaced.
        video: the tracked video.
        keep: bytes to keep of the lines; None: none, a new file is made.

    Raises:
        AvioError: something is missing that the format needs.
        OutputError: the lines cannot be written.
    """

    def __init__(
        self, target: RecordTarget, video: VideoInfo, keep: int | None
    ) -> None:
        assert target.path is not None
        assert target.growing is not None
        self._path, self._growing = target.path, target.growing
        self._format = target.format
        self._write, self._video = WRITERS[target.format.name], video
        self._write(RecordedTracks((), video.class_names), video, BytesIO())
        file = AppendedFile(self._growing, keep=keep)
        self._lines = LineFile(file, json_line, video)
        self.mark = self._lines.mark
        self._closed = False

    def write(self, entry: FrameRecord) -> None:
        """Append one frame."""
        self._lines.write(entry)

    def close(self) -> None:
        """Make the file of what was written so far; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self._lines.close()
        names = ClassNames(list(self._video.class_names))
        entries = read_json_lines(self._growing, names).entries
        recorded = RecordedTracks(tuple(entries), tuple(names.names), True)
        try:
            self._make(recorded)
        except OSError as error:
            raise failed(display_name(self._path), error) from error
        if losses := lost(recorded, self._format.keeps):
            LOG.warning("%s does not keep: %s", self._format.name, ", ".join(losses))

    def done(self) -> None:
        """Remove the lines: the run is complete, and none goes on from there."""
        with suppress(OSError):
            self._growing.unlink()

    def _make(self, recorded: RecordedTracks) -> None:
        final = followed(self._path)  # a link stays
        path, descriptor = new_file(final)
        with removed_on_failure(path), os.fdopen(descriptor, "w+b") as file:
            self._write(recorded, self._video, file)
            sync(file)
        rename(path, final)
