"""Which audio and subtitle tracks an input starts with. Light to import."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from avio_cli.errors import InputError
from avio_cli.ffmpeg.url import MediaUrl
from avio_cli.media.info import MediaInfo
from avio_cli.media.languages import same_language

NONE = "none"
"""As a track of subtitles: show none."""


class Track(Protocol):
    """What a choice needs of a track."""

    @property
    def language(self) -> str:
        """ISO 639 code, empty where none is given."""
        ...

    @property
    def dispositions(self) -> frozenset[str]:
        """Names of ffmpeg, such as ``default`` and ``forced``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackChoice:
    """The tracks that the user asks for; empty where flags decide."""

    audio_track: str = ""
    """A number counted from 0, or a language."""
    audio_languages: tuple[str, ...] = ()
    """The best first; one of them must be there."""
    subtitle_track: str = ""
    """A number counted from 0, a language, or `NONE`."""
    subtitle_languages: tuple[str, ...] = ()
    subtitle_files: tuple[MediaUrl, ...] = ()

    def audio_of(self, info: MediaInfo) -> int | None:
        """The audio track to start with; None where there is none to play.

        Without a choice it is the first with the flag ``default``, else the first.

        Raises:
            InputError: what is asked for is not there.
        """
        audios = info.audios
        wanted = chosen(
            info.source, "audio", audios, self.audio_track, self.audio_languages
        )
        if wanted is not None:
            return wanted
        playable = [n for n, audio in enumerate(audios) if audio.sample_rate]
        flagged = [n for n in playable if "default" in audios[n].dispositions]
        return next(iter(flagged or playable), None)


def chosen(
    name: str, kind: str, tracks: Sequence[Track], track: str, languages: Sequence[str]
) -> int | None:
    """The track that is asked for; None where none is.

    Args:
        name: of the source, for errors.
        kind: ``audio`` or ``subtitle``.
        tracks: what there is.
        track: a number counted from 0, or a language; goes before `languages`.
        languages: the best first.

    Raises:
        InputError: it is not there.
    """
    if track.isdigit():
        if int(track) < len(tracks):
            return int(track)
        raise InputError(
            f"{name} has no {kind} track {track}", hint=available(kind, tracks)
        )
    wanted = (track,) if track else tuple(languages)
    if not wanted:
        return None
    matching = list(_in_languages(tracks, wanted))
    if not matching:
        raise InputError(
            f"{name} has no {kind} track in {' or '.join(wanted)}",
            hint=available(kind, tracks),
        )
    return matching[0]


def _in_languages(tracks: Sequence[Track], languages: Sequence[str]) -> Iterator[int]:
    """Matching tracks, the best first: forced ones, which hold little, come last."""
    for language in languages:
        matching = [
            number
            for number, track in enumerate(tracks)
            if same_language(track.language, language)
        ]
        yield from sorted(
            matching,
            key=lambda n: (
                "forced" in tracks[n].dispositions,
                "default" not in tracks[n].dispositions,
            ),
        )


def available(kind: str, tracks: Sequence[Track]) -> str:
    """``it has 2 audio tracks: 0 (eng), 1 (language unknown)``."""
    if not tracks:
        return f"it has no {kind} track at all"
    each = (f"{n} ({t.language or 'language unknown'})" for n, t in enumerate(tracks))
    plural = "s" if len(tracks) > 1 else ""
    return f"it has {len(tracks)} {kind} track{plural}: {', '.join(each)}"
