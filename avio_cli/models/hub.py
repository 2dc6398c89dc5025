"""Download models of Hugging Face's hub."""

import errno
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

from avio_cli.errors import AvioError, InputError, OutputError
from avio_cli.models.digests import digest_of, git_blob_of
from avio_cli.models.hub_files import (
    COMMIT,
    FETCHED,
    HubName,
    HubRecord,
    kept,
    write_record,
)
from avio_cli.models.model_files import model_extension
from avio_cli.optional import first_line, load
from avio_cli.progress import DownloadProgress, no_download_progress

INSTALL = 'pip install "avio-cli[hf]"'
_ADDRESS = re.compile(r"(https?://)(?:[^/\s]*@)?([^\s?'\"]*)(?:\?[^\s'\"]*)?")
"""An address, the name and password in it, and its parameters: a key may be there."""


def fetch(
    name: HubName, cache: Path, progress: DownloadProgress = no_download_progress
) -> Path:
    """Download a file of the hub; a branch or tag is resolved to its commit first.

    Access to private repositories, mirrors and proxies are huggingface_hub's own
    settings.

    Args:
        name: what to download.
        cache: of the models.
        progress: called after each part.

    Raises:
        AvioError: huggingface_hub is not installed.
        InputError: the hub cannot be reached or has no such file, or what came is
            another one.
        OutputError: the cache cannot be written.
    """
    if found := kept(name, cache):
        return found
    hub = load("huggingface_hub", "huggingface_hub", INSTALL)
    with _reported(name, cache):
        published = _resolved(name, hub)
        if found := kept(published.name, cache):
            return found
        path = _downloaded(published.name, cache, hub, progress)
    digest = digest_of(path)
    if problem := published.difference(path, digest):
        path.unlink()
        raise InputError(
            f"{name}: what was downloaded is not the expected file ({problem})"
        )
    write_record(path, HubRecord(str(published.name), digest, published.licence))
    return path


@contextmanager
def _reported(name: HubName, cache: Path) -> Iterator[None]:
    """Turn all that huggingface_hub reports into one error; its log is silent."""
    log = logging.getLogger("huggingface_hub")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    except AvioError:
        raise
    except Exception as error:  # those of its HTTP library, too
        if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
            raise OutputError(
                f"{name} cannot be kept in {cache}: {error.strerror}",
                hint="AVIO_CACHE_DIR names another folder",
            ) from error
        raise InputError(
            f"{name} cannot be downloaded: {_reason(error)}",
            hint="or download the file in a browser and name it with --model",
        ) from error
    finally:
        log.setLevel(level)


_OF_THE_DISK = (
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT),
    *(errno.ENOTDIR, errno.EEXIST, errno.EISDIR),
)

_REASONS = {
    "RepositoryNotFoundError": "there is no such repository, or it is private",
    "RevisionNotFoundError": "the repository has no such revision",
    "GatedRepoError": "its owner gives access only on request",
    "OfflineModeIsEnabled": "HF_HUB_OFFLINE is set",
}
"""What errors of huggingface_hub mean; their own texts are several lines."""


def _reason(error: Exception) -> str:
    text = _ADDRESS.sub(r"\1\2", first_line(error))
    return _REASONS.get(type(error).__name__) or _one_line(text)


def _one_line(text: str) -> str:
    return "".join(filter(str.isprintable, text))


@dataclass(frozen=True, slots=True)
class _Published:
    """What the hub says of a file."""

    name: HubName
    """With its commit."""
    licence: str
    sha256: str
    """Of a large file; empty where the hub has none."""
    git_blob: str
    """Git's id of the content of any other file; likewise."""

    def difference(self, path: Path, digest: str) -> str:
        """Why a file of that sha256 is another one; empty where it is not."""
        if self.sha256:
            wrong = digest != self.sha256
            return f"sha256 {digest}, not {self.sha256}" if wrong else ""
        if self.git_blob and (found := git_blob_of(path)) != self.git_blob:
            return f"git's id {found}, not {self.git_blob}"
        return ""


def _resolved(name: HubName, hub: Any) -> _Published:
    """What the hub says now; a branch or tag becomes its commit."""
    info = hub.HfApi().model_info(
        f"{name.owner}/{name.repository}",
        revision=name.revision or None,
        files_metadata=True,
    )
    files = {entry.rfilename: entry for entry in info.siblings or ()}
    if name.file not in files:
        models = [f for f in files if model_extension(PurePosixPath(f)) in FETCHED]
        raise InputError(
            f"{name}: the repository has no such file",
            hint=f"model files there: {', '.join(models[:8]) or 'none'}",
        )
    if not COMMIT.fullmatch(str(info.sha)):
        raise InputError(f"{name}: the hub did not say which commit it is")
    if name.is_pinned and info.sha != name.revision:
        raise InputError(f"{name}: the hub answered with another commit, {info.sha}")
    return _Published(
        replace(name, revision=info.sha),
        _licence(getattr(info, "card_data", None)),
        *_digests(files[name.file]),
    )


def _digests(entry: Any) -> tuple[str, str]:
    """The sha256 of a large file, or git's id of another one."""
    large = getattr(entry, "lfs", None)
    if large:  # git's id is then that of a pointer
        return str(getattr(large, "sha256", "") or ""), ""
    return "", str(getattr(entry, "blob_id", "") or "")


def _licence(card: Any) -> str:
    """What a model card says: one or several identifiers, or a name of its own."""
    written = getattr(card, "license", None)
    if written == "other":
        written = getattr(card, "license_name", None) or written
    several = written if isinstance(written, list) else [written]
    return _one_line(", ".join(one for one in several if isinstance(one, str)))


def _downloaded(
    pinned: HubName, cache: Path, hub: Any, progress: DownloadProgress
) -> Path:
    place = pinned.place(cache)
    place.parent.mkdir(parents=True, exist_ok=True)
    hub.hf_hub_download(
        f"{pinned.owner}/{pinned.repository}",
        pinned.file,
        revision=pinned.revision,
        local_dir=place.parents[len(PurePosixPath(pinned.file).parts) - 1],
        tqdm_class=_bar(progress),
    )
    return place


def _bar(progress: DownloadProgress) -> type:
    """A class that stands for tqdm's bars and reports to a function instead."""

    class Bar:
        def __init__(
            self, *_: object, total: float = 0, initial: float = 0, **__: object
        ) -> None:
            self.total, self.n = total, initial

        def update(self, n: float | None = 1) -> None:
            self.n += n or 0
            progress(int(self.n), int(self.total) if self.total else None)

        def __enter__(self) -> "Bar":
            return self

        def __exit__(
            self,
            kind: type[BaseException] | None,
            error: BaseException | None,
            trace: TracebackType | None,
        ) -> None: ...

        def __getattr__(self, name: str) -> Callable[..., None]:
            # What else a bar can do is about a terminal.
            return lambda *_, **__: None

    return Bar
