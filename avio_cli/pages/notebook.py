"""What a notebook shows of a result: text, and a page or a video in a frame."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from urllib.parse import quote

_FRAME = '<iframe src="{address}" title="{name}" width="100%" height="720"></iframe>'
_VIDEO = (
    '<video src="{address}" controls preload="metadata" '
    'style="display:block;max-width:100%"></video>'
)
_PLAYED = frozenset({".mp4", ".m4v", ".webm", ".ogv"})
"""Extensions of videos that browsers may play."""


def result_html(lines: Iterable[str], page: Path | None, video: Path | None) -> str:
    """A result as HTML for a notebook.

    Notebooks serve the files beside them: one elsewhere is named, and not shown.

    Args:
        lines: of text; no markup.
        page: a page that shows the result; shown rather than the video.
        video: a video that shows it.

    Returns:
        Elements without a document around them.
    """
    text = escape("\n".join(lines))
    return f"<pre>{text}</pre>{_shown(page or video)}"


def _shown(file: Path | None) -> str:
    if file is None:
        return ""
    extension, name = file.suffix.lower(), escape(file.name)
    address = _address(file)
    if not address or extension not in {".html", *_PLAYED}:
        return f"<p>{escape(str(file))}</p>"
    element = _FRAME if extension == ".html" else _VIDEO
    link = f'<p><a href="{address}" target="_blank" rel="noopener">{name}</a></p>'
    return element.format(address=address, name=name) + link


def _address(file: Path) -> str:
    """Relative to the working folder, that of the notebook; empty outside of it."""
    path, here = Path.cwd() / file, Path.cwd()
    if not path.is_relative_to(here):
        return ""
    return escape(quote(path.relative_to(here).as_posix()))
