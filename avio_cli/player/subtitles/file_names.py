"""Files of subtitles beside a video, and what their names say."""

from pathlib import Path

from avio_cli.ffmpeg.image_order import natural_order
from avio_cli.media.languages import is_language

TEXT_FILES = frozenset({".srt", ".ass", ".ssa", ".vtt", ".sub", ".smi", ".lrc"})
"""Extensions of files that hold text; a ``.sub`` beside its ``.idx`` holds bitmaps."""
BITMAP_FILES = frozenset({".sup", ".idx"})
SUBTITLE_FILES = TEXT_FILES | BITMAP_FILES | {".mks"}
_FLAGS = {
    "forced": "forced",
    "default": "default",
    "sdh": "hearing_impaired",
    "cc": "hearing_impaired",
    "hi": "hearing_impaired",
}
"""Words in names of files, and ffmpeg's names of what they mean."""


def files_beside(video: Path) -> list[Path]:
    """Files of subtitles that belong to a video by their name, in natural order.

    Beside ``talk.mkv`` those are ``talk.srt`` and ``talk.forced.en.srt``, and not
    ``talk.part2.srt``: between the name and the extension there may be only languages
    and flags.
    """
    try:
        entries = (entry.name for entry in video.parent.iterdir())
        names = [name for name in entries if _belongs(name, video.stem)]
    except OSError:
        return []
    found = [video.parent / name for name in natural_order(names)]
    pairs = {path.with_suffix("") for path in found if path.suffix.lower() == ".idx"}
    return [
        path
        for path in found
        if path.is_file()
        and not (path.suffix.lower() == ".sub" and path.with_suffix("") in pairs)
    ]


def _belongs(name: str, stem: str) -> bool:
    if not name.startswith(stem):
        return False  # most of a large folder
    path = Path(name)
    if path.suffix.lower() not in SUBTITLE_FILES:
        return False
    return path.stem == stem or (
        path.stem.startswith(f"{stem}.")
        and all(word in _FLAGS or is_language(word) for word in _words(path, stem))
    )


def _words(path: Path, stem: str) -> list[str]:
    """The words between the video's name and the extension."""
    if not stem or not path.stem.startswith(f"{stem}."):
        return []
    return path.stem[len(stem) + 1 :].lower().split(".")


def labels_of(path: Path, video: str) -> tuple[str, frozenset[str]]:
    """Language and dispositions of a file of subtitles, by its name.

    Args:
        path: the file.
        video: name of the video without its extension; where the file's does not begin
            with it, its last words count.
    """
    words = _words(path, video) or path.stem.lower().split(".")[1:]
    flags = frozenset(_FLAGS[word] for word in words if word in _FLAGS)
    # ``hi`` is Hindi, too: it is so only where no other language is named.
    languages = [word for word in words if is_language(word)]
    named = [word for word in languages if word not in _FLAGS] or languages
    return (named[0] if named else ""), flags
