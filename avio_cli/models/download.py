"""Download one file over HTTP: resumable, verified, complete or not there at all.

One process at a time: a lock ends with its holder, however that ends.
"""

import http.client
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from avio_cli.errors import InputError, OutputError
from avio_cli.models.digests import digest_of
from avio_cli.progress import DownloadProgress, no_download_progress


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait for the lock and hold it.

    Args:
        path: the lock file. It stays: removing it could break the lock of a process
            that waits.

    Raises:
        OSError: the file cannot be written.
    """
    with path.open("ab") as file:
        _lock(file)
        yield


def _lock(file: BinaryIO) -> None:
    if sys.platform == "win32":
        import msvcrt

        while True:
            with suppress(OSError):  # it gives up after ten seconds
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                break
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)


ATTEMPTS = 3
"""Attempts in a row without new data before the download fails."""
CHUNK_BYTES = 1 << 18
TIMEOUT_SECONDS = 30.0
"""Longest wait for data of a server."""
RANGE_NOT_SATISFIABLE = 416
BUSY = (408, 429)
"""Statuses that mean: retry later. So do all from 500 on."""


class UnreachableError(InputError):
    """No server answered: no network, a proxy that refuses, a wrong name."""


def download(
    address: str,
    destination: Path,
    *,
    sha256: str = "",
    progress: DownloadProgress = no_download_progress,
    pause: float = 1.0,
) -> str:
    """Download a file; continue an earlier attempt's ``destination.part``.

    Proxies are taken from ``http_proxy``, ``https_proxy`` and ``no_proxy``. Several
    processes may ask for the same file at once: one fetches it, the others wait.

    Args:
        address: its URL (http or https).
        destination: where to save it; its folder is created. It appears when it is
            complete.
        sha256: the digest it must have; empty for any.
        progress: called after each chunk.
        pause: seconds between two attempts.

    Returns:
        The file's sha256.

    Raises:
        UnreachableError: no server answered.
        InputError: the server refused, or sent something else.
        OutputError: it cannot be written.
    """
    part = _temporary_path(destination, ".part")
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with locked(destination.parent / ".downloading"):
            if not destination.exists():
                _fetch_all(address, part, progress, pause, resumable=bool(sha256))
                _check(address, part, sha256)
                part.replace(destination)
                _validator_path(part).unlink(missing_ok=True)
        return digest_of(destination)
    except (InputError, OutputError):
        raise
    except OSError as error:
        raise OutputError(
            f"{destination}: cannot be written ({error.strerror})"
        ) from error


def _temporary_path(path: Path, extension: str) -> Path:
    return path.with_name(path.name + extension)


def _check(address: str, part: Path, sha256: str) -> None:
    if not sha256:
        return
    actual = digest_of(part)
    if actual != sha256:
        part.unlink()
        raise InputError(
            f"{address}: what was downloaded is not the expected file "
            f"(sha256 {actual}, not {sha256})",
            hint="a proxy may have changed it, or the file was replaced; try again",
        )


@dataclass(frozen=True, slots=True)
class _Body:
    """What a server sends: the whole file, or the rest of it."""

    pieces: Iterator[bytes]
    start: int
    total: int | None
    validator: str


class TruncatedDownload(Exception):  # noqa: N818 -- it never leaves this module
    """The connection ended early, or the server is busy: worth another attempt."""


class _DigestMismatch(TruncatedDownload):
    """What an earlier attempt left is not the start of the server's file."""


def _fetch_all(
    address: str,
    part: Path,
    progress: DownloadProgress,
    pause: float,
    *,
    resumable: bool,
) -> None:
    """Retry until the part is complete; attempts with new data do not count."""
    failures = 0
    while True:
        before = _size(part)
        try:
            return _fetch(address, part, progress, resumable=resumable)
        except TruncatedDownload as cut:
            if isinstance(cut, _DigestMismatch):
                part.unlink()
            failures = 0 if _size(part) > before else failures + 1
            if failures >= ATTEMPTS:
                raise UnreachableError(f"{address}: {cut}") from cut
            time.sleep(pause)


def _fetch(
    address: str, part: Path, progress: DownloadProgress, *, resumable: bool
) -> None:
    validator = _read_validator(part)
    # Without a digest to check the whole, the server must confirm that it still has
    # the same file (If-Range); else two files could be joined into one.
    offset = _size(part) if resumable or validator else 0
    with _opened(address, offset, validator) as response:
        body = _body(address, response, offset)
        _validator_path(part).write_text(body.validator, encoding="utf-8")
        with part.open("r+b" if body.start else "wb") as file:
            file.seek(body.start)
            file.truncate()
            done = _write(file, body, progress)
    if body.total is not None and done != body.total:
        raise TruncatedDownload(
            f"the connection ended after {done} of {body.total} bytes"
        )


def _write(file: BinaryIO, body: _Body, progress: DownloadProgress) -> int:
    done = body.start
    progress(done, body.total)
    for piece in body.pieces:
        file.write(piece)
        done += len(piece)
        progress(done, body.total)
    return done


@contextmanager
def _opened(
    address: str, offset: int, validator: str
) -> Iterator[http.client.HTTPResponse]:
    headers = {"User-Agent": "avio", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
        headers |= {"If-Range": validator} if validator else {}
    request = urllib.request.Request(address, headers=headers)
    try:
        # A new opener: urlopen keeps the proxies of its first call.
        opener = urllib.request.build_opener()
        response = opener.open(request, timeout=TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        raise _refusal(address, error) from error
    except (OSError, http.client.HTTPException) as error:
        raise TruncatedDownload(f"cannot be reached ({_reason(error)})") from error
    with response:
        yield response


def _refusal(address: str, error: urllib.error.HTTPError) -> Exception:
    error.close()
    answer = f"the server answered {error.code} {error.reason}"
    if error.code == RANGE_NOT_SATISFIABLE:
        return _DigestMismatch(answer)
    if error.code in BUSY or error.code >= 500:
        return TruncatedDownload(answer)
    return InputError(f"{address}: {answer}")


def _body(address: str, response: http.client.HTTPResponse, offset: int) -> _Body:
    if response.headers.get_content_type() == "text/html":
        raise InputError(
            f"{address}: the server answered with a web page, not with the file",
            hint="open the address in a browser and save the file by hand",
        )
    start = offset if _continues(response, offset) else 0
    length = response.headers.get("Content-Length", "")
    strong = response.headers.get("ETag", "")
    return _Body(
        pieces=_pieces(response),
        start=start,
        total=start + int(length) if length.isdecimal() else None,
        validator="" if strong.startswith("W/") else strong,
    )


def _continues(response: http.client.HTTPResponse, offset: int) -> bool:
    content_range = response.headers.get("Content-Range", "")
    return response.status == 206 and content_range.startswith(f"bytes {offset}-")


def _pieces(response: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while piece := response.read(CHUNK_BYTES):
            yield piece
    except (OSError, http.client.HTTPException) as error:
        raise TruncatedDownload(f"the connection broke ({_reason(error)})") from error


def _reason(error: Exception) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    return str(getattr(cause, "strerror", "") or cause) or type(cause).__name__


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _validator_path(part: Path) -> Path:
    return _temporary_path(part, ".etag")


def _read_validator(part: Path) -> str:
    path = _validator_path(part)
    return path.read_text(encoding="utf-8") if path.exists() else ""
