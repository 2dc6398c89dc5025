"""BitmapCues: subtitles that are bitmaps, decoded by ffmpeg a few at a time."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from avio_cli.demux.packet_list import list_packets
from avio_cli.errors import InputError, StreamError
from avio_cli.ffmpeg.command import QUIET, Command, Output, source_input
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.nut.reader import NutReader
from avio_cli.ffmpeg.probe.probe import probe
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.seeking import seek_options
from avio_cli.ffmpeg.url import parse_url
from avio_cli.player.subtitles.image import EMPTY, SubtitleImage, centered, image_of
from avio_cli.player.subtitles.placement import Look
from avio_cli.player.subtitles.script import Moment
from avio_cli.temporary import TemporaryFolder

_BEFORE = 3
"""Packets before the wanted one that it may depend on."""
_AT_ONCE = 6
"""Packets that one child decodes from the wanted one on."""
_KEPT = 64
"""Decoded packets that are kept."""
_TICKS = 90_000
_PGS = "hdmv_pgs_subtitle"
_SAME = Fraction(1, 200)
"""Seconds: Matroska rounds times to milliseconds, ffmpeg 9.0 shows an image until a
microsecond before the next one."""


class BitmapCues:
    """Bitmaps of one track; a `CueSource`.

    Args:
        ffmpeg: the binary to run.
        path: a Matroska file with nothing but the track.
        folder: that of the file; removed at the end.
        name: of the track, for errors.

    Raises:
        InputError: it holds nothing that can be drawn.
    """

    def __init__(
        self,
        ffmpeg: FFmpeg,
        path: Path,
        folder: TemporaryFolder,
        *,
        name: str,
    ) -> None:
        self._ffmpeg, self._folder, self._name = ffmpeg, folder, name
        self._url = parse_url(path)
        stream = probe(ffmpeg, self._url).streams[0]
        times = {
            packet.pts * stream.time_base
            for packet in list_packets(ffmpeg, self._url)
            if packet.pts is not None
        }
        if not times:
            raise InputError(f"{name} holds no subtitles")
        self._times, self._codec = sorted(times), stream.codec
        self._decoded: OrderedDict[int, SubtitleImage] = OrderedDict()
        self._ends: dict[int, Fraction] = {}
        """When a packet's image vanishes, where that is before the next packet."""
        self._child: Process | None = None
        self._killed = False
        self._check_any()

    def at(self, time: Fraction) -> Moment | None:
        """What is shown at a time; None for nothing."""
        number = bisect_right(self._times, time) - 1
        if number < 0 or time >= self._ends.get(number, time + 1):
            return None
        return Moment((number,), self._times[number])

    def after(self, time: Fraction, until: Fraction) -> Iterator[Moment]:
        """What is shown later, in order."""
        number = bisect_right(self._times, time)
        while number < len(self._times) and self._times[number] <= until:
            yield Moment((number,), self._times[number])
            number += 1

    def render(self, moment: Moment, look: Look) -> SubtitleImage:
        """Decode it, and what follows."""
        number = moment.key[0]
        if number not in self._decoded:
            self._decode(number, look)
        image = self._decoded.get(number, EMPTY)
        if image.is_empty or self._codec != _PGS:
            return image
        return centered(image, look.aspect)  # bars may be cut off the video

    def kill(self) -> None:
        """Have `render` fail at once."""
        self._killed = True
        if self._child is not None:
            self._child.kill()

    def close(self) -> None:
        """Remove the file."""
        self._folder.close()

    def _check_any(self) -> None:
        """Make sure that something can be drawn: what is cut may hold no image."""
        look = Look((640, 360), (640, 360))
        try:
            images = self._images(self._times[0], None, look)
            if any(not image.is_empty for _, image in images):
                return
        except StreamError as error:
            raise InputError(f"{self._name} cannot be decoded") from error
        raise InputError(f"{self._name} holds no subtitles that can be drawn")

    def _decode(self, number: int, look: Look) -> None:
        last = min(number + _AT_ONCE, len(self._times))
        end = self._times[last] if last < len(self._times) else None
        try:
            images = list(
                self._images(self._times[max(number - _BEFORE, 0)], end, look)
            )
        except StreamError as error:
            raise InputError(f"{self._name} cannot be decoded") from error
        for n in range(number, last):
            self._keep(n, images)

    def _keep(self, number: int, images: list[tuple[Fraction, SubtitleImage]]) -> None:
        """Keep the image of a packet, and when it vanishes."""
        first = self._times[number] - _SAME
        later = self._times[number + 1 : number + 2]
        own = [
            (time, image)
            for time, image in images
            if time >= first and not (later and time >= later[0] - _SAME)
        ]
        drawn = [image for _, image in own if not image.is_empty]
        self._decoded[number] = drawn[-1] if drawn else EMPTY
        for (_, before), (time, image) in pairwise(own):
            if image.is_empty and not before.is_empty:
                self._ends[number] = time
        while len(self._decoded) > _KEPT:
            self._decoded.popitem(last=False)

    def _images(
        self, start: Fraction, end: Fraction | None, look: Look
    ) -> Iterator[tuple[Fraction, SubtitleImage]]:
        command = self._command(start, look)
        with Process(command.argv(self._ffmpeg.path), stdout=True) as child:
            self._child = child
            if self._killed:
                child.kill()
            reader = NutReader.open(child.stdout)
            if reader is None:
                raise InputError(f"{self._name} cannot be decoded")
            stream = reader.streams[0]
            shape = (stream.height, stream.width, 4)
            for packet in reader:
                time = packet.pts * stream.time_base
                if end is not None and time >= end - _SAME:
                    break
                yield time, image_of(packet.payload.reshape(shape))
        self._child = None

    def _command(self, start: Fraction, look: Look) -> Command:
        # The canvas of DVDs and of television is as large as the video, in pixels that
        # need not be square. The first frame of DVB may have another size (5.1).
        width, height = look.video_size
        size = "" if self._codec == _PGS else f"scale={width}:{height},"
        options = (
            *("-filter_complex", f"[0:s:0]{size}format=bgra[out]", "-map", "[out]"),
            *("-fps_mode", "passthrough", "-enc_time_base", f"1/{_TICKS}"),
            *("-c:v", "rawvideo", "-threads:v", "1", "-f", "nut"),
        )
        # Without -seek_timestamp it counts from the first packet.
        seek = seek_options(start - 1)
        source = source_input(self._url, ("-seek_timestamp", "1", *seek))
        return Command((source,), (Output("pipe:1", options),), (*QUIET, "-copyts"))
