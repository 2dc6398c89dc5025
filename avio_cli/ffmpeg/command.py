"""ffmpeg command lines as plain data: build, compare and show them without running."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from avio_cli.ffmpeg.image_sequence import IMAGE_EXTENSIONS
from avio_cli.ffmpeg.image_size import is_animated_webp
from avio_cli.ffmpeg.url import MediaUrl, mask_credentials

QUIET = ("-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+warning")
"""Global options: no keys read, no status line, levels named in each log line."""
VERBOSE_LOG = (*QUIET[:-1], "level+verbose")
"""Like `QUIET`, and ffmpeg reports at its end how many packets it read and wrote."""

LOCAL_PROTOCOLS = "file,pipe"
LOCAL_FORMATS = (
    "3dostr,aa,aac,ac3,ac4,aiff,amr,ape,apng,apv,asf,asf_o,ass,au,av1,avi,avs,avs2,"
    "avs3,bmp_pipe,caf,cavsvideo,dds_pipe,dirac,dnxhd,dpx_pipe,dsf,dts,dtshd,dv,eac3,"
    "ea,evc,exr_pipe,film_cpk,flac,flic,flv,gif,gif_pipe,gsm,gxf,h261,h263,h264,"
    "hdr_pipe,hevc,iamf,ico,image2pipe,ivf,j2k_pipe,jpeg_pipe,jpegls_pipe,jpegxl_anim,"
    "jpegxl_pipe,jpegxs_pipe,lc3,loas,lrc,m4v,matroska,microdvd,mjpeg,mlp,mm,mmf,mov,"
    "mp3,mpc,mpc8,mpeg,mpegts,mpegvideo,mpjpeg,mpl2,mv,mxf,nsv,nut,nuv,obu,ogg,oma,"
    "pam_pipe,pbm_pipe,pcx_pipe,pfm_pipe,pgm_pipe,pgmyuv_pipe,phm_pipe,png_pipe,"
    "ppm_pipe,psd_pipe,qoa,qoi_pipe,r3d,rawvideo,rl2,rm,roq,rpl,sami,sbc,scc,sgi_pipe,"
    "smjpeg,smk,sol,spdif,srt,stl,subviewer,sunrast_pipe,sup,svs,swf,tak,tiff_pipe,"
    "truehd,tta,vc1,vc1test,vivo,voc,vvc,w64,wav,webm,webp_anim,webp_pipe,webvtt,wsaud,"
    "wsvqa,wtv,wv,xa,xbm_pipe,xwd_pipe,xwma,yuv4mpegpipe"
)
"""Demuxers that open nothing but the file they are given.

Omitted are those that follow names inside the file (hls, concat, dash, sdp, imf, svg)
or made from its name (image2, vobsub, mlv), and those that run a script or a device
(avisynth, lavfi): a playlist renamed .mp4 would otherwise be played and read other
files.
"""

_PREFER_TCP = ("-rtsp_flags", "prefer_tcp")
# Over UDP a large keyframe is sent faster than many networks pass it on.
_OF_SCHEMES = {"rtsp": _PREFER_TCP, "rtsps": _PREFER_TCP}

_RESUMING = ("-timeout", "30000000", "-reconnect", "1", "-reconnect_delay_max", "30")
"""Microseconds without a byte after which a server is asked again, and the longest
delay between two attempts: with 0, 1, 3, 7 … seconds between them (5.1 and 9.0)
ffmpeg tries for half a minute, and goes on at the byte where it was."""

_PATTERN_CHARACTERS = frozenset("%*?[]{}")


@dataclass(frozen=True, slots=True)
class Input:
    """One ``-i``."""

    url: str
    options: tuple[str, ...] = ()
    """The options before it."""


@dataclass(frozen=True, slots=True)
class Output:
    """One output."""

    url: str
    options: tuple[str, ...] = ()
    """The options before it: maps, codecs, format."""


@dataclass(frozen=True, slots=True)
class Command:
    """A whole command line, without the binary."""

    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    options: tuple[str, ...] = QUIET
    """Global ones."""

    def argv(self, binary: str) -> list[str]:
        """The words to run; never passed through a shell."""
        words = [binary, *self.options]
        for entry in self.inputs:
            words += [*entry.options, "-i", entry.url]
        for output in self.outputs:
            words += [*output.options, output.url]
        return words

    def display(self, binary: str = "ffmpeg") -> str:
        """The command as one would type it, credentials masked."""
        return shlex.join(map(mask_credentials, self.argv(binary)))


def source_input(url: MediaUrl, options: Sequence[str] = ()) -> Input:
    """Open a source, and keep it from opening any other file.

    Args:
        url: what to open.
        options: further input options, such as ``-ss``.
    """
    return Input(url.url, (*guard_options(url), *options))


def resuming_options(url: MediaUrl, has_end: bool) -> tuple[str, ...]:
    """Input options to ask for the rest of a file where its server breaks off.

    Args:
        url: what is opened.
        has_end: whether it has a known duration: what is live cannot be resumed.
    """
    http = url.url.lower().startswith(("http:", "https:"))
    return _RESUMING if http and has_end else ()


def guard_options(url: MediaUrl) -> tuple[str, ...]:
    """Keep a demuxer from following names found inside its input, or in its name.

    And keep decoders from frames that are too large.
    """
    return (*_names_guard(url), *url.limits.options)


def _names_guard(url: MediaUrl) -> tuple[str, ...]:
    if url.kind == "url":
        return _OF_SCHEMES.get(url.url.partition(":")[0].lower(), ())
    if url.kind == "device":
        return url.demuxer_options
    if url.kind == "images":
        guards = ("-protocol_whitelist", LOCAL_PROTOCOLS, "-format_whitelist", "image2")
        return (*guards, "-f", "image2", *url.demuxer_options)
    if url.demuxer_options:
        return url.demuxer_options
    formats, forced = _formats(url)
    return (
        *("-protocol_whitelist", LOCAL_PROTOCOLS),
        *("-format_whitelist", formats),
        *(("-f", forced) if forced else ()),
    )


def _formats(url: MediaUrl) -> tuple[str, str]:
    """The demuxers allowed, and the one to force; empty where ffmpeg may choose.

    image2 reads ``shot%03d.png`` and ``a*b.png`` as patterns and opens what matches:
    it does not get such a name. image2pipe opens the one file and looks at its content.
    """
    if url.kind == "stdin":
        return LOCAL_FORMATS, ""
    if _PATTERN_CHARACTERS.isdisjoint(url.url):
        return f"{LOCAL_FORMATS},image2", ""
    extension = url.path.suffix.lower()
    if extension not in IMAGE_EXTENSIONS:
        return LOCAL_FORMATS, ""
    if extension == ".webp" and is_animated_webp(url.path):
        return LOCAL_FORMATS, "webp_anim"
    return LOCAL_FORMATS, "gif" if extension == ".gif" else "image2pipe"
