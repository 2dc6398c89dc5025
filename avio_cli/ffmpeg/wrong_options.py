"""What ffmpeg says of a user's encoder, encoder option or filter, in plain words.

The texts are those of 5.1 and 9.0, which mostly agree. What may have been meant is
looked up among the names that are typed most; ffmpeg itself knows many more.
"""

import re
from collections.abc import Callable

from avio_cli.errors import similar_names
from avio_cli.synonyms import by_meaning

_ENCODERS = (
    "libx264 libx264rgb libx265 libsvtav1 libaom-av1 librav1e libvpx libvpx-vp9 mpeg4 "
    "mpeg2video mjpeg ffv1 prores_ks dnxhd gif png qtrle huffyuv utvideo h264_nvenc "
    "hevc_nvenc av1_nvenc h264_vaapi hevc_vaapi h264_qsv hevc_qsv h264_videotoolbox "
    "hevc_videotoolbox aac libfdk_aac libmp3lame libopus libvorbis flac alac ac3 eac3 "
    "pcm_s16le pcm_s24le"
).split()
_OPTIONS = (
    "preset tune profile level crf qp b maxrate minrate bufsize g bf refs keyint_min "
    "sc_threshold x264-params x265-params svtav1-params aq-mode deadline cpu-used "
    "row-mt tile-columns lag-in-frames qmin qmax coder vendor rc cq usage"
).split()
_PRESETS = (
    "ultrafast superfast veryfast faster fast medium slow slower veryslow placebo"
).split()
_TUNES = ("film animation grain stillimage psnr ssim fastdecode zerolatency").split()
_PROFILES = (
    "baseline main high high10 high422 high444 main10 main12 main422-10 main444-8"
).split()
_FILTERS = (
    "scale crop pad rotate transpose hflip vflip fps format eq hue curves colorbalance "
    "unsharp gblur hqdn3d nlmeans deshake drawtext drawbox overlay fade trim setpts "
    "reverse tonemap zscale yadif bwdif lut3d subtitles select negate volume atempo "
    "aresample aformat loudnorm equalizer afade adelay highpass lowpass dynaudnorm"
).split()
_LISTS = "`ffmpeg -h encoder=NAME`, or filter=NAME, lists what it takes"
_FILTER_LIST = "`ffmpeg -filters` lists them"

Explanation = tuple[str, str]
"""Message and hint."""


def explain_option(text: str) -> Explanation | None:
    """Message and hint for a wrong option of the user, if the log is about one."""
    for pattern, explain in _RULES:
        if match := re.search(pattern, text, re.IGNORECASE | re.MULTILINE):
            return explain(match)
    return None


def _near(word: str, known: list[str], otherwise: str) -> str:
    if word in known:
        return otherwise
    near = by_meaning(word, known)[:1] or similar_names(word, known, count=1)
    return f"did you mean {near[0]}?" if near else otherwise


def _encoder(match: re.Match[str]) -> Explanation:
    hint = _near(match[1], _ENCODERS, "AVIO_FFMPEG can name another ffmpeg")
    return f"this ffmpeg has no encoder {match[1]}", hint


def _experimental(match: re.Match[str]) -> Explanation:
    return f"ffmpeg's encoder {match[1]} is experimental", f"{match[2]} is not"


def _option(match: re.Match[str]) -> Explanation:
    hint = _near(match[1], _OPTIONS, "`ffmpeg -h encoder=NAME` lists those it has")
    return f"the encoder has no option {match[1]}", hint


def _preset_or_tune(match: re.Match[str]) -> Explanation:
    if match[1] in _PRESETS:
        return f"the encoder has no tune {match[2]}", _choice(match[2], _TUNES)
    return f"the encoder has no preset {match[1]}", _choice(match[1], _PRESETS)


def _profile(match: re.Match[str]) -> Explanation:
    message = f"the encoder has no profile {match[1]} for these pixels"
    return message, _choice(match[1], _PROFILES)


def _choice(word: str, known: list[str]) -> str:
    return _near(word, known, f"it has {', '.join(known)}")


def _range(match: re.Match[str]) -> Explanation:
    value, name, lowest, highest = match.groups()
    return f"{name} {_number(value)} is not in the range {lowest} to {highest}", _LISTS


def _number(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _value(match: re.Match[str]) -> Explanation:
    return f"{match[1]} cannot be {match[2]}", _LISTS


def _filter(match: re.Match[str]) -> Explanation:
    if not match[1]:
        return "one of the filters has no name", "is there a comma too many?"
    hint = _near(match[1], _FILTERS, _FILTER_LIST)
    return f"this ffmpeg has no filter {match[1]}", hint


def _filter_chain(match: re.Match[str]) -> Explanation:
    names = re.findall(r"(?:^|,)\s*(\w+)", match[1])
    hints = (_near(name, _FILTERS, "") for name in names)
    return f"the filters cannot be read: {match[1]}", next(
        filter(None, hints), _FILTER_LIST
    )


def _filter_option(match: re.Match[str]) -> Explanation:
    option, name = match.groups()
    hint = f"`ffmpeg -h filter={name}` lists those it has"
    return f"the filter {name} has no option {option}", hint


def _filter_size(match: re.Match[str]) -> Explanation:
    size = f"{match[1]}x{match[2]}"
    return f"the video is smaller than the {size} to crop", "see avio info for its size"


def _not_held(match: re.Match[str]) -> Explanation:
    return (
        f"the container cannot hold {match[1]}",
        "choose another encoder, or an OUTPUT such as .mkv",
    )


def _not_webm(match: re.Match[str]) -> Explanation:
    return (
        "WebM holds VP8, VP9 or AV1 video and Vorbis or Opus audio only",
        "choose another encoder, or an OUTPUT such as .mkv",
    )


_RULES: tuple[tuple[str, Callable[[re.Match[str]], Explanation]], ...] = (
    (r"unknown encoder '?([\w-]+)'?", _encoder),
    (
        r"encoder '(\w+)' is experimental[^\n]*\n.*non experimental encoder '(\w+)'",
        _experimental,
    ),
    (r"unrecognized option '([\w-]+):\d+'", _option),
    (r"error setting preset/tune ([\w-]+)/([\w()-]+)", _preset_or_tune),
    (r"(?:error setting profile|incompatible profile set:) ([\w-]+)", _profile),
    (r"value (\S+) for parameter '([\w-]+)' out of range \[(\S+) - (\S+)\]", _range),
    (r"error setting option ([\w-]+) to value (.+?)\.?$", _value),
    (r"no such filter: '(\w*)'", _filter),
    (r"error parsing filterchain '([^'\n]*)'", _filter_chain),
    (r"error applying option '(\w+)' to filter '(\w+)': option not", _filter_option),
    (r"option '(\w+)' not found\n.*initializing filter '(\w+)'", _filter_option),
    (r"non positive size for width '(-?\d+)' or height '(-?\d+)'", _filter_size),
    (r"could not find tag for codec (\w+) in stream", _not_held),
    (r"only VP8 or VP9 or AV1 video and", _not_webm),
)
