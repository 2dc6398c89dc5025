"""SubtitleTrack: one that can be shown, inside of an input or in a file of its own."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from avio_cli.errors import InputError
from avio_cli.ffmpeg.command import LOCAL_PROTOCOLS, Input, Output, source_input
from avio_cli.ffmpeg.limits import Limits
from avio_cli.ffmpeg.locate import FFmpeg, has_decoder
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import MediaUrl, cannot_open
from avio_cli.media.info import OtherStream, SubtitleStream
from avio_cli.player.subtitles.file_names import BITMAP_FILES, TEXT_FILES, labels_of

BITMAPS = ("hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle")
"""Codecs of bitmaps that are drawn; Matroska holds them, which is how they are kept."""
TELETEXT = "dvb_teletext"
_TELETEXT_DECODER = "libzvbi_teletextdec"
_TELETEXT_AS_TEXT = (
    *("-fix_sub_duration", "-txt_page", "subtitle", "-txt_format", "ass"),
)
"""A page is shown until the next one comes; pages of news are left out (5.1, 9.0)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubtitleTrack:
    """One track of subtitles, and how ffmpeg reads it."""

    input: Input
    stream: str
    """ffmpeg's selector inside of the input: ``0:3``, ``0:s:0``."""
    codec: str = ""
    """ffmpeg's name; empty where that is known only when it is read."""
    is_text: bool = True
    language: str = ""
    title: str = ""
    dispositions: frozenset[str] = frozenset()
    source: MediaSource | None = None
    """The input that it is inside of."""
    decoding: tuple[str, ...] = ()
    """Options of the input with which its decoder gives text."""
    file: Path | None = None
    """The file that holds nothing else; None: it is inside of the input."""
    fonts: tuple[OtherStream, ...] = ()
    """Attached to the input."""
    options: tuple[str, ...] = ("-copyts",)
    """Global ones: they decide what its times are."""
    output_options: tuple[str, ...] = ()
    other_outputs: tuple[Output, ...] = ()
    late: Fraction = Fraction(0)
    """Seconds to add to its times for those of the video's own clock."""
    name: str = ""
    """Of its file or stream, for errors."""
    asked_for: bool = False
    """Whether the user named its file."""
    can_show: bool = True

    @property
    def is_forced(self) -> bool:
        """Whether it holds only what nobody could understand without it."""
        return "forced" in self.dispositions

    @property
    def label(self) -> str:
        """How it is called on the screen: its language and title."""
        forced = "(forced)" if self.is_forced else ""
        named = (self.language, self.title, forced)
        return " ".join(filter(None, named))


def tracks_inside(source: MediaSource) -> list[SubtitleTrack]:
    """The tracks of an input, by their number."""
    readable = source.url.kind == "file" and source.can_reopen
    return [_inside(source, stream, readable) for stream in source.info.subtitles]


def _inside(
    source: MediaSource, stream: SubtitleStream, readable: bool
) -> SubtitleTrack:
    clock = source.clock()
    decoding = _decoding(source.ffmpeg, stream)
    is_text = bool(decoding) if stream.codec == TELETEXT else stream.is_text
    return SubtitleTrack(
        input=source.input(decoding),
        decoding=decoding,
        stream=f"0:{stream.index}",
        codec=stream.codec,
        is_text=is_text,
        language=stream.language,
        title=stream.title,
        dispositions=stream.dispositions,
        source=source,
        fonts=tuple(filter(_is_font, source.info.attachments)),
        options=clock.options,
        output_options=clock.restored(),
        other_outputs=clock.outputs,
        name=f"subtitle stream #{stream.index}",
        can_show=readable and (is_text or stream.codec in BITMAPS),
    )


def _decoding(ffmpeg: FFmpeg, stream: SubtitleStream) -> tuple[str, ...]:
    teletext = stream.codec == TELETEXT and has_decoder(ffmpeg, _TELETEXT_DECODER)
    return _TELETEXT_AS_TEXT if teletext else ()


def _is_font(attachment: OtherStream) -> bool:
    kind, name = attachment.mime_type.lower(), attachment.filename.lower()
    named = name.endswith((".ttf", ".otf", ".ttc"))
    return "font" in kind or "opentype" in kind or named


def tracks_of_file(
    ffmpeg: FFmpeg, url: MediaUrl, late: Fraction, video: str = ""
) -> list[SubtitleTrack]:
    """The tracks of a file of subtitles.

    Args:
        ffmpeg: probes what is not known by its extension, such as Matroska.
        url: the file.
        late: where the video starts on its own clock, in seconds.
        video: name of the video without its extension, which the file's may begin with.

    Raises:
        InputError: it is no file, or holds no subtitles.
    """
    if url.kind != "file":
        raise InputError(
            f"{url.display_name}: subtitles are read from files",
            hint="download it first",
        )
    path = url.path
    extension = path.suffix.lower()
    if extension == ".sub" and path.with_suffix(".idx").is_file():
        path = path.with_suffix(".idx")
    if path.suffix.lower() == ".idx":
        return list(_vobsub(path, late, url.limits))
    if extension not in TEXT_FILES | BITMAP_FILES:
        return _probed(ffmpeg, url, late)
    language, dispositions = labels_of(path, video)
    return [
        SubtitleTrack(
            input=source_input(url),
            stream="0:s:0",
            is_text=extension in TEXT_FILES,
            language=language,
            title=path.name,
            dispositions=dispositions,
            file=path,
            late=late,
            name=url.display_name,
        )
    ]


def _vobsub(path: Path, late: Fraction, limits: Limits) -> Iterator[SubtitleTrack]:
    """The tracks that an .idx file lists; their bitmaps are in the .sub file."""
    if not path.with_suffix(".sub").is_file():
        raise InputError(
            f"{path.name} needs {path.with_suffix('.sub').name} beside it",
            hint="VobSub subtitles are a pair of files",
        )
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError as error:
        raise cannot_open(path.name, error) from error
    found = [line for line in lines if line.startswith("id:")] or ["id: "]
    # It opens the .sub file beside it: a demuxer that no other input may use.
    guard = ("-protocol_whitelist", LOCAL_PROTOCOLS, *limits.options, "-f", "vobsub")
    for number, line in enumerate(found):
        language = line.removeprefix("id:").partition(",")[0].strip()
        yield SubtitleTrack(
            input=Input(f"file:{path.absolute()}", guard),
            stream=f"0:s:{number}",
            is_text=False,
            codec="dvd_subtitle",
            language="" if language == "--" else language,
            title=path.name,
            file=path,
            late=late,
            name=path.name,
        )


def _probed(ffmpeg: FFmpeg, url: MediaUrl, late: Fraction) -> list[SubtitleTrack]:
    source = MediaSource.probe(ffmpeg, url)
    found = [_inside(source, stream, True) for stream in source.info.subtitles]
    tracks = [track for track in found if track.can_show]
    if not tracks:
        raise InputError(f"{url.display_name} holds no subtitles that can be shown")
    return [
        replace(
            track,
            source=None,
            title=track.title or url.path.name,
            options=("-copyts",),
            output_options=(),
            other_outputs=(),
            file=url.path,
            late=late - source.origin,
            name=url.display_name,
        )
        for track in tracks
    ]
