"""Takes a track out of its input: text as a script, bitmaps as a small file."""

import codecs
import logging
import os
from fractions import Fraction
from pathlib import Path

from avio_cli.errors import FFmpegError, InputError
from avio_cli.ffmpeg.command import QUIET, Command, Input, Output, source_input
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.url import file_url, parse_url
from avio_cli.player.subtitles.tracks import SubtitleTrack

LOG = logging.getLogger("avio.player")

_MOST = 256 << 20
"""Bytes of a script, at most."""
LARGE_BYTES = 128 << 20
"""Size of an input of which a part is read first."""
BEFORE, AFTER = Fraction(30), Fraction(90)
"""Seconds around the position that such a part holds."""
_SCRIPTS = ("ass", "ssa")
_OLD_ENCODING = "windows-1252"
_DAMAGE = "Invalid data found"
"""In the log where a file does not go on as it should (5.1 and 9.0); status 0."""
_HEAD = 13
"""Bytes before a segment of a .sup file; the last two say how long it is."""
_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""How a file begins, and its encoding; the first that fits: one is part of another."""


class Extraction:
    """Runs the children that take a track out; killed by another thread.

    Args:
        ffmpeg: the binary to run.
        track: what to take out.
        folder: for what is taken out; it must be there.
    """

    def __init__(self, ffmpeg: FFmpeg, track: SubtitleTrack, folder: Path) -> None:
        self._ffmpeg, self._track, self._folder = ffmpeg, track, folder
        self._child: Process | None = None
        self._killed = False

    def kill(self) -> None:
        """Have whatever runs fail at once."""
        self._killed = True
        if self._child is not None:
            self._child.kill()

    def is_wanted(self) -> bool:
        """Whether it was not killed."""
        return not self._killed

    def script(self) -> str:
        """The text of the track, as an ASS script.

        Raises:
            InputError: it cannot be read, or holds no text.
        """
        track = self._track
        output = self._script_output(track.output_options)
        text = self._run(self._input(), output).decode("utf-8", "replace")
        if "Dialogue:" not in text:
            raise InputError(f"{track.name} holds no subtitles")
        return text

    def script_near(self, position: Fraction) -> str:
        """The text of a minute or two; empty where reading all takes no time either.

        Args:
            position: seconds after the start of the input.

        Raises:
            InputError: it cannot be read.
        """
        source = self._track.source
        if source is None or (source.info.size or 0) < LARGE_BYTES:
            return ""
        seeking = source.seek(position - BEFORE)
        if not seeking and position > BEFORE:
            return ""
        length = BEFORE + AFTER if seeking else position + AFTER
        limit = ("-t", f"{float(length):.6f}")
        reading = source.input((*self._track.decoding, *seeking, *limit))
        output = self._script_output(source.clock(seeking).restored())
        return self._run(reading, output).decode("utf-8", "replace")

    def _script_output(self, options: tuple[str, ...]) -> Output:
        codec = "copy" if self._track.codec in _SCRIPTS else "ass"
        words = ("-map", self._track.stream, "-c:s", codec, *options, "-f", "ass")
        return Output("pipe:1", words)

    def bitmaps(self) -> Path:
        """A Matroska file with the track alone.

        Raises:
            InputError: it cannot be read.
        """
        path, track = self._folder / "bitmaps.mkv", self._track
        if track.file is not None and _is_cut(track.file):
            LOG.warning("%s is cut: its end is missing", track.name)
        words = ("-map", track.stream, "-c", "copy", *track.output_options)
        self._run(track.input, Output(file_url(path), (*words, "-f", "matroska")))
        return path

    def fonts(self) -> Path:
        """A folder with the fonts that are attached to the input; it may be empty."""
        folder, options = self._folder / "fonts", []
        folder.mkdir(exist_ok=True)
        for number, font in enumerate(self._track.fonts):
            extension = Path(font.filename).suffix.lower()
            known = extension if extension in (".ttf", ".otf", ".ttc") else ".ttf"
            path = str(folder / f"{number}{known}")
            options += [f"-dump_attachment:{font.index}", path]
        if options:
            source = self._track.input
            dumping = Input(source.url, (*options, *source.options))
            try:
                self._run(dumping, Output("pipe:1", ("-f", "ffmetadata")))
            except InputError as error:  # libass takes another font
                LOG.warning("attached fonts cannot be read: %s", error.message)
        return folder

    def _input(self) -> Input:
        """The input; a file in an old encoding is rewritten."""
        file = self._track.file
        if file is None or self._track.codec:
            return self._track.input
        try:
            data = file.read_bytes()
        except OSError as error:
            raise InputError(f"{self._track.name}: {error.strerror}") from error
        if len(data) > _MOST or _is_utf8(data):
            return self._track.input
        copy = self._folder / f"text{file.suffix.lower()}"
        copy.write_bytes(_decoded(data, self._track.name).encode())
        return source_input(parse_url(copy))

    def _run(self, source: Input, output: Output) -> bytes:
        options = (*QUIET, "-y", *self._track.options)
        command = Command((source,), (output, *self._track.other_outputs), options)
        found, log = bytearray(), list[str]()
        try:
            argv = command.argv(self._ffmpeg.path)
            with Process(argv, stdout=True, watch=log.append) as child:
                self._child = child
                if self._killed:
                    child.kill()
                while (chunk := child.stdout.read(1 << 16)) and len(found) < _MOST:
                    found += chunk
                child.finish()
        except FFmpegError as error:
            message = f"{self._track.name} cannot be read: {error.message}"
            raise InputError(message, hint=error.hint) from error
        finally:
            self._child = None
        if self._track.file is not None and any(_DAMAGE in line for line in log):
            LOG.warning("%s is damaged: not all of it can be read", self._track.name)
        return bytes(found)


def _is_cut(file: Path) -> bool:
    """Whether a .sup file ends within a segment: ffmpeg says nothing of that."""
    if file.suffix.lower() != ".sup":
        return False
    try:
        end = 0
        with file.open("rb") as data:
            while len(head := data.read(_HEAD)) == _HEAD and head.startswith(b"PG"):
                end = data.seek(int.from_bytes(head[-2:], "big"), os.SEEK_CUR)
            return 0 < len(head) < _HEAD or end > file.stat().st_size
    except OSError:
        return False  # ffmpeg says why


def _decoded(data: bytes, name: str) -> str:
    """The text of a file that is not UTF-8.

    ffmpeg (5.1 and 9.0) reads UTF-16 only where all letters are ASCII, and no UTF-32.
    """
    encoding = next((e for mark, e in _MARKS.items() if data.startswith(mark)), "")
    if not encoding:
        LOG.warning("%s is not UTF-8: read as %s", name, _OLD_ENCODING)
        return data.decode(_OLD_ENCODING, "replace")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        LOG.warning("%s is damaged: not all of it is %s", name, encoding)
        return data.decode(encoding, "replace")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
