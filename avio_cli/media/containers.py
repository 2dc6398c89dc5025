"""What each container can hold, as a table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from avio_cli.errors import UsageError
from avio_cli.media.metadata import AVI_TAGS, MOV_TAGS, MP4_TAGS

Form = Literal["file", "parts", "stream"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What a muxer can hold; codecs by ffmpeg's names."""

    muxer: str
    video: frozenset[str] = frozenset()
    """Copied as they are; empty: all."""
    audio: frozenset[str] = frozenset()
    subtitles: frozenset[str] = frozenset()
    text_subtitles: str = ""
    """What other text subtitles become; empty: they cannot be held."""
    cover_codecs: frozenset[str] = frozenset()
    attached_covers: bool = False
    """Whether cover art is an attachment: ffmpeg would store it as a video."""
    attachments: bool = False
    options: tuple[str, ...] = ()
    """Muxer options that are always wanted."""
    sets_timescale: bool = False
    """Whether the muxer has options for video and movie timescale (mov, mp4)."""
    edit_lists: bool = False
    """Whether it can hide what decoding needs before the start."""
    codec_delay: bool = False
    """Whether it says how much of a decoder's first samples a reader skips."""
    max_video_streams: int | None = None
    """How many it has room for; None: any number."""
    max_audio_streams: int | None = None
    chapters: bool = True
    tags: frozenset[str] | None = None
    """Keys of the metadata that it holds, as ffmpeg 5.1 and 9.0 write and read them;
    None: any."""
    any_key: bool = False
    """Whether it can hold any other key in place of `tags`."""
    stream_tags: frozenset[str] | None = None
    """Likewise, of each stream."""
    shared_tags: bool = False
    """Whether tags of file and stream are stored as one set."""
    timecode: bool = False
    """Whether ffmpeg stores the tag ``timecode`` in it."""
    tick: Fraction | None = None
    """Its own coarse time unit, to which a video's times must be rounded."""
    least_step: Fraction | None = None
    """Seconds between frames that it keeps apart, where it rounds times itself."""
    constant_rate: bool = False
    """Whether all frames have the same duration."""
    late_video: bool = True
    """Whether video may start late; else its first frame is shown from 0 on."""
    regroups_samples: bool = False
    """Whether audio is read back in packets of another size."""
    audio_times: bool = True
    """Whether audio may start late or pause; else it plays from 0 on without a gap."""
    bits_per_sample: int | None = None
    """Of compressed audio: how many it has room for; None: any number."""
    form: Form = "file"
    """The output: a file; a playlist with segments; a stream sent to a server."""
    streamable: bool = False
    """Whether it can be written in one go, as into a FIFO."""
    name: str = ""
    """What people call it, where that is not the muxer's name."""

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name or self.muxer


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_MOV = Container(
    muxer="mov",
    tags=MOV_TAGS,
    any_key=True,
    stream_tags=frozenset({"title", "language"}),
    video=_names(
        "h264 hevc av1 vp9 mpeg4 mpeg2video mpeg1video mjpeg prores dnxhd vvc"
    ),
    audio=_names("aac mp3 mp2 ac3 eac3 alac opus flac dts"),
    subtitles=frozenset({"mov_text", "dvd_subtitle"}),
    text_subtitles="mov_text",
    cover_codecs=frozenset({"mjpeg", "png", "bmp"}),
    options=("-movflags", "+faststart"),
    sets_timescale=True,
    edit_lists=True,
    timecode=True,
)
_MATROSKA = Container(
    muxer="matroska",
    audio=_names(
        "aac mp1 mp2 mp3 ac3 eac3 dts truehd mlp flac alac vorbis opus tta wavpack "
        "pcm_s16le pcm_s24le pcm_s32le pcm_u8 pcm_f32le pcm_f64le pcm_s16be "
        "pcm_s24be pcm_s32be adpcm_ms wmav1 wmav2 wmapro"
    ),
    subtitles=_names(
        "subrip ass ssa webvtt hdmv_pgs_subtitle dvd_subtitle dvb_subtitle"
    ),
    text_subtitles="subrip",
    cover_codecs=frozenset({"mjpeg", "png"}),
    attached_covers=True,
    attachments=True,
    codec_delay=True,
    timecode=True,
    least_step=Fraction(1, 1000),
    streamable=True,
)
_WEBM = Container(
    muxer="webm",
    codec_delay=True,
    video=frozenset({"vp8", "vp9", "av1"}),
    audio=frozenset({"opus", "vorbis"}),
    subtitles=frozenset({"webvtt"}),
    text_subtitles="webvtt",
    timecode=True,
    least_step=Fraction(1, 1000),
    streamable=True,
)
_AVI = Container(
    muxer="avi",
    video=_names("mpeg4 msmpeg4v2 msmpeg4v3 mjpeg ffv1 mpeg1video mpeg2video rawvideo"),
    audio=_names("mp3 mp2 ac3 pcm_s16le pcm_u8"),
    chapters=False,
    tags=AVI_TAGS,
    stream_tags=frozenset({"title"}),
    constant_rate=True,
    late_video=False,
    # Blocks of MP3 have as many bytes as samples: of a larger packet, ffmpeg's demuxer
    # counts two (5.1 and 9.0).
    bits_per_sample=8,
    audio_times=False,
    # MP3 starts 25 ms before zero: shifting all would move frames off their ticks.
    options=("-avoid_negative_ts", "disabled"),
)
_GIF = Container(
    muxer="gif",
    video=frozenset({"gif"}),
    max_video_streams=1,
    max_audio_streams=0,
    chapters=False,
    tags=frozenset(),
    stream_tags=frozenset(),
    tick=Fraction(1, 100),
    late_video=False,
    options=("-loop", "0"),
    streamable=True,
)
_HLS = Container(
    muxer="hls",
    video=frozenset({"h264"}),
    audio=_names("aac mp3 ac3 eac3"),
    max_video_streams=1,
    max_audio_streams=1,
    chapters=False,
    tags=frozenset(),
    stream_tags=frozenset(),
    tick=Fraction(1, 90000),
    options=(
        *("-hls_time", "6", "-hls_playlist_type", "vod"),
        # Segments and playlist get their names when they are complete.
        *("-hls_flags", "independent_segments+temp_file"),
    ),
    form="parts",
    name="HLS",
)
_FLV = Container(
    muxer="flv",
    video=frozenset({"h264"}),
    audio=_names("aac mp3"),
    max_video_streams=1,
    max_audio_streams=1,
    chapters=False,
    options=("-flvflags", "no_duration_filesize"),
    stream_tags=frozenset(),
    least_step=Fraction(1, 1000),
    form="stream",
    name="an RTMP stream",
)
_MPEGTS = Container(
    muxer="mpegts",
    video=_names("h264 hevc mpeg2video mpeg1video mpeg4"),
    audio=_names("aac mp2 mp3 ac3 eac3 dts opus"),
    subtitles=_names("dvb_subtitle dvb_teletext"),
    chapters=False,
    tags=frozenset(),
    stream_tags=frozenset({"language"}),
    least_step=Fraction(1, 90000),
    streamable=True,
    name="MPEG-TS",
)
_AUDIO = Container(
    muxer="",
    max_video_streams=0,
    max_audio_streams=1,
    cover_codecs=frozenset({"mjpeg", "png"}),
    video=_names("none"),
    stream_tags=frozenset(),
)
CONTAINERS: Mapping[str, Container] = {
    "mp4": replace(_MOV, muxer="mp4", tags=MP4_TAGS),
    "mov": replace(
        _MOV,
        audio=_MOV.audio | _names("pcm_s16le pcm_s24le pcm_s32le pcm_s16be pcm_s24be"),
    ),
    "matroska": _MATROSKA,
    "webm": _WEBM,
    "avi": _AVI,
    "gif": _GIF,
    "hls": _HLS,
    "flv": _FLV,
    "mpegts": _MPEGTS,
    "mp3": replace(
        _AUDIO,
        muxer="mp3",
        audio=frozenset({"mp3"}),
        audio_times=False,
        options=("-id3v2_version", "3"),
        streamable=True,
    ),
    "ipod": replace(
        _AUDIO,
        muxer="ipod",
        tags=MP4_TAGS,
        stream_tags=_MOV.stream_tags,
        audio=_names("aac alac"),
        max_audio_streams=None,
        options=("-movflags", "+faststart"),
        edit_lists=True,
        name="M4A",
    ),
    "opus": replace(
        _AUDIO,
        muxer="opus",
        stream_tags=None,
        shared_tags=True,
        audio=frozenset({"opus"}),
        cover_codecs=frozenset(),
        # It has times of pages only: what follows a gap in a page is played early.
        audio_times=False,
        streamable=True,
        chapters=False,  # ffmpeg 5.1 writes those of x.5 s and later a second late
    ),
    "flac": replace(
        _AUDIO,
        muxer="flac",
        audio=frozenset({"flac"}),
        audio_times=False,
        chapters=False,
        streamable=True,
    ),
    "wav": replace(
        _AUDIO,
        muxer="wav",
        audio=_names(
            "pcm_s16le pcm_s24le pcm_s32le pcm_u8 pcm_f32le pcm_f64le pcm_alaw "
            "pcm_mulaw"
        ),
        cover_codecs=frozenset(),
        chapters=False,
        audio_times=False,
        options=("-rf64", "auto"),  # beyond 4 GiB
        regroups_samples=True,
        streamable=True,
        name="WAV",
    ),
}


def container_for(muxer: str) -> Container:
    """The row of a muxer.

    Raises:
        UsageError: avio does not write that container.
    """
    if muxer not in CONTAINERS:
        raise UsageError(
            f"unknown container {muxer!r}", hint=f"known: {', '.join(CONTAINERS)}"
        )
    return CONTAINERS[muxer]


def file_container(muxer: str) -> Container:
    """The container of an output that is one file.

    Raises:
        UsageError: it is made of segments, or sent to a server.
    """
    container = CONTAINERS[muxer]
    if container.form != "file":
        raise UsageError(
            f"{container.title} is not a single file", hint="choose another extension"
        )
    return container
