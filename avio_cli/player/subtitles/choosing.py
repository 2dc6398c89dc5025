"""Which subtitles are shown at first: what the user asks for, else files and flags."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from avio_cli.errors import InputError
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from avio_cli.media.languages import same_language
from avio_cli.player.playback.open_settings import OpenSettings
from avio_cli.player.playback.track_choice import NONE, TrackChoice, chosen
from avio_cli.player.subtitles.file_names import files_beside
from avio_cli.player.subtitles.tracks import (
    BITMAPS,
    TELETEXT,
    SubtitleTrack,
    tracks_inside,
    tracks_of_file,
)

LOG = logging.getLogger("avio.player")


@dataclass(frozen=True, slots=True)
class AvailableSubtitles:
    """The subtitles of an input."""

    tracks: tuple[SubtitleTrack, ...] = ()
    """By their number: those inside, named files, files beside the video."""
    first: SubtitleTrack | None = None
    """What is shown at first; None for none."""
    needed: bool = False
    """Whether the user asked for it: that it cannot be shown is an error."""


def available_subtitles(
    source: MediaSource, settings: OpenSettings
) -> AvailableSubtitles:
    """Find the subtitles of an input, and what is shown of them at first.

    Raises:
        InputError: what the user asks for is not there, or cannot be shown.
    """
    if not settings.video:
        return AvailableSubtitles()
    choice, info = settings.choice, source.info
    tracks = (*tracks_inside(source), *_files(source, choice))
    audio = settings.audio_track_of(info)
    language = "" if audio is None else info.audios[audio].language
    first = first_track(info.source, tracks, choice, language)
    asked = bool(choice.subtitle_track or choice.subtitle_languages)
    needed = first is not None and (asked or first.asked_for)
    return AvailableSubtitles(tracks, first, needed)


def _files(source: MediaSource, choice: TrackChoice) -> Iterator[SubtitleTrack]:
    taken = set()
    for file in choice.subtitle_files:
        for track in tracks_of_file(source.ffmpeg, file, source.origin):
            taken.add(track.file)
            yield replace(track, asked_for=True)
    if source.url.kind != "file":
        return
    video = source.url.path
    for path in files_beside(video):
        try:
            file = parse_url(path, source.url.limits)
            found = tracks_of_file(source.ffmpeg, file, source.origin, video.stem)
        except InputError as error:
            LOG.warning("%s", error.message)
        else:
            yield from (track for track in found if track.file not in taken)


def first_track(
    name: str,
    tracks: Sequence[SubtitleTrack],
    choice: TrackChoice,
    audio_language: str = "",
) -> SubtitleTrack | None:
    """The track to start with; None for none.

    Without a choice that is, in this order: a file that the user named, a file beside
    the video, a track with the flag ``default``, one with the flag ``forced`` in the
    language of the audio.

    Args:
        name: of the input, for errors.
        tracks: by their number.
        choice: what the user asks for.
        audio_language: of the audio that is played; empty where unknown.

    Raises:
        InputError: what is asked for is not there, or cannot be shown.
    """
    if choice.subtitle_track == NONE:
        return None
    wanted = chosen(
        name, "subtitle", tracks, choice.subtitle_track, choice.subtitle_languages
    )
    if wanted is None:
        return next(_by_flags(tracks, audio_language), None)
    track = tracks[wanted]
    if not track.can_show:
        raise InputError(
            f"{name}: subtitle track {wanted} ({track.codec}) cannot be shown",
            hint=_why_not(track),
        )
    return track


def _why_not(track: SubtitleTrack) -> str:
    if track.is_text or track.codec in BITMAPS:
        return "those inside of an input are shown only of files"
    if track.codec == TELETEXT:
        return "teletext is, by an ffmpeg with libzvbi"
    return "text is, teletext, and the bitmaps of PGS, DVD and DVB"


def _by_flags(
    tracks: Sequence[SubtitleTrack], audio_language: str
) -> Iterator[SubtitleTrack]:
    shown = [track for track in tracks if track.can_show]
    yield from (track for track in shown if track.asked_for)
    yield from (track for track in shown if track.file and not track.is_forced)
    yield from (track for track in shown if "default" in track.dispositions)
    for track in shown:
        known = track.language and audio_language
        if track.is_forced and (
            not known or same_language(track.language, audio_language)
        ):
            yield track
