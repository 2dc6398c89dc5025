"""Options of ``avio play`` that choose audio and subtitle tracks."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from avio_cli.errors import UsageError

if TYPE_CHECKING:
    from avio_cli.ffmpeg.limits import Limits
    from avio_cli.ffmpeg.url import MediaUrl
    from avio_cli.player.playback.track_choice import TrackChoice

AudioTrack = Annotated[
    str,
    typer.Option(metavar="N|LANG", help="Audio track: its number from 0, or language."),
]
AudioLanguages = Annotated[
    str, typer.Option("--audio-lang", metavar="LANGS", help="Of the audio: en,de.")
]
SubtitleTrack = Annotated[
    str,
    typer.Option(
        "--sub-track",
        "--subtitle-track",
        metavar="N|LANG|none",
        help="Subtitles: their number from 0, language, or none.",
    ),
]
SubtitleLanguages = Annotated[
    str, typer.Option("--sub-lang", metavar="LANGS", help="Of the subtitles: en,de.")
]
SubtitleFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--sub-file",
        metavar="FILE",
        help="Subtitles (.srt, .ass, .vtt, .idx, .sup …). May be repeated.",
    ),
]


def track_choice(
    context: typer.Context, urls: "Sequence[MediaUrl]", limits: "Limits"
) -> "TrackChoice":
    """Parse the options above.

    Args:
        context: has their values, and that of ``--no-audio``.
        urls: the inputs.
        limits: of the files.

    Raises:
        UsageError: options contradict each other.
        InputError: there is no such file.
    """
    from avio_cli.ffmpeg.url import parse_url
    from avio_cli.player.playback.track_choice import TrackChoice

    given = context.params
    _check(given, several=len(urls) > 1)
    return TrackChoice(
        audio_track=given["audio_track"],
        audio_languages=_split("--audio-lang", given["audio_lang"]),
        subtitle_track=given["sub_track"],
        subtitle_languages=_split("--sub-lang", given["sub_lang"]),
        subtitle_files=tuple(parse_url(f, limits) for f in given["sub_file"] or ()),
    )


def _check(given: Mapping[str, Any], *, several: bool) -> None:
    """Refuse options that would be ignored."""
    audio, subtitles = given["audio_track"], given["sub_track"]
    if given["no_audio"] and (audio or given["audio_lang"]):
        option = "--audio-track" if audio else "--audio-lang"
        raise UsageError(f"{option}: --no-audio plays none", hint="omit one of them")
    if audio and given["audio_lang"]:
        raise UsageError("--audio-track decides: --audio-lang would be ignored")
    if subtitles and given["sub_lang"]:
        raise UsageError("--sub-track decides: --sub-lang would be ignored")
    shown = (subtitles, given["sub_lang"], given["sub_file"])
    if given["no_video"] and any(shown):
        raise UsageError("--no-video shows nothing, and no subtitles")
    if given["sub_file"] and subtitles == "none":
        raise UsageError("--sub-track none: --sub-file would be ignored")
    if given["sub_file"] and several:
        raise UsageError("--sub-file belongs to one input, and there are several")


def _split(option: str, text: str) -> tuple[str, ...]:
    parts = [part.strip() for part in text.split(",")]
    if text and not all(parts):
        raise UsageError(f"{option} {text!r} is not understood", hint="such as en,de")
    return tuple(filter(None, parts))
