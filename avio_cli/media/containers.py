"""What each container can hold, as a table."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from avio_cli.errors import UsageError
from avio_cli.media.container import Container
from avio_cli.media.metadata import AVI_TAGS, MOV_TAGS, MP4_TAGS


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
    keeps_durations=True,
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
    skips_priming=False,
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
    delayed=True,
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
    delayed=True,
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
        keeps_durations=True,
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
