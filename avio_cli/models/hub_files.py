"""Files of Hugging Face's hub, named ``hf:owner/repo/file.onnx@revision``.

One is kept under the commit that it came from, with a record beside it: the commit,
its sha256 and its licence. So the same name with that commit means the same bytes for
ever, and needs no network a second time.
"""

import json
import re
import shlex
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path, PurePosixPath

from avio_cli.errors import InputError, UsageError
from avio_cli.models.digests import Verdict, digest_of_readable
from avio_cli.models.model_files import TENSORRT, TORCH, model_extension
from avio_cli.models.names import refuse_url, shown
from avio_cli.replacing import replace_text

PREFIX = "hf:"
FOLDER = "hub"
"""Of the cache; below it owner, repository, commit, and the file's own path."""
_RECORD = ".hub.json"
_FORM = re.compile(r"hf:([\w.-]+)/([\w.-]+)/([\w./ +-]+?)(?:@([\w./-]+))?")
COMMIT = re.compile(r"[0-9a-f]{40}")
FETCHED = (".onnx", *TORCH)
_NOT_FETCHED = {
    ".xml": "the weights of an OpenVINO model are in a second file",
    **dict.fromkeys(TENSORRT, "an engine runs only on the GPU it was built on"),
}
"""Formats of models that are no use from elsewhere, and why."""


@dataclass(frozen=True, slots=True)
class HubName:
    """A file of a repository."""

    owner: str
    repository: str
    file: str
    """Its path in the repository."""
    revision: str = ""
    """A commit, branch or tag; empty for the newest of the main branch."""

    def __str__(self) -> str:
        at = f"@{self.revision}" if self.revision else ""
        return f"{PREFIX}{self.owner}/{self.repository}/{self.file}{at}"

    @property
    def is_pinned(self) -> bool:
        """Whether it names a commit: the file can never become another one."""
        return bool(COMMIT.fullmatch(self.revision))

    def place(self, cache: Path) -> Path:
        """Where the file of a commit is kept."""
        folder = cache / FOLDER / self.owner / self.repository / self.revision
        return folder / PurePosixPath(self.file)


def is_hub_name(model: str) -> bool:
    """Whether a model is one of the hub."""
    return model.startswith(PREFIX)


def parse_hub_name(text: str) -> HubName:
    """Parse ``hf:owner/repo/file.onnx@revision``.

    Raises:
        UsageError: it is none, or leads out of the repository.
    """
    match = _FORM.fullmatch(text)
    if match is None or {"..", ".", ""} & set("/".join(match.groups("x")).split("/")):
        raise UsageError(
            f"{shown(text)!r} names no file of the hub",
            hint="hf:OWNER/REPOSITORY/FILE.onnx@REVISION, the path within the "
            "repository after its name",
        )
    name = HubName(match[1], match[2], match[3], match[4] or "")
    if not model_extension(PurePosixPath(name.file)):
        raise UsageError(
            f"{text}: {name.file} is no model file",
            hint=f"known extensions: {', '.join(FETCHED)}",
        )
    if reason := _NOT_FETCHED.get(model_extension(PurePosixPath(name.file))):
        raise UsageError(
            f"{text}: {reason}", hint="name its ONNX file, which `avio export` converts"
        )
    return name


def extension_of(model: str) -> str:
    """The extension of a model's file by its name on the command line.

    Raises:
        UsageError: it is no such name.
    """
    refuse_url(model)
    path = parse_hub_name(model).file if is_hub_name(model) else model
    return model_extension(Path(path))


def kept(name: HubName, cache: Path) -> Path | None:
    """The file of a pinned name, where it was downloaded before.

    Raises:
        InputError: it is not what it was.
    """
    path = name.place(cache)
    record = read_record(path) if name.is_pinned else None
    if record is None or not path.is_file():
        return None
    check(path, record)
    return path


def how_to_get(name: HubName, cache: Path) -> str:
    """A hint where a file is needed and the network is not asked."""
    download = f"avio models download {shlex.quote(str(name))}"
    if name.is_pinned:
        return download
    asked = "a branch is asked for each time: name a commit"
    start = f"{replace(name, revision='')}@"
    records = (file.record for file in all_kept(cache))
    names = [r.name for r in records if r and r.name.startswith(start)]
    if names:
        return f"{asked}; downloaded is {', '.join(names)}"
    return f"{download}; {asked}, which `avio models list` then shows"


@dataclass(frozen=True, slots=True)
class HubRecord:
    """What is known of a downloaded file; a JSON file beside it.

    Raises:
        TypeError: a value is no text.
    """

    name: str
    """With its commit."""
    sha256: str
    licence: str = ""
    """What the model card says, an identifier in the hub's own spelling."""

    def __post_init__(self) -> None:
        for entry in fields(self):
            if not isinstance(getattr(self, entry.name), str):
                raise TypeError(f"{entry.name} is no text")


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that was downloaded."""

    path: Path
    record: HubRecord | None
    """None where it is no record; `problem` says why."""
    problem: str = ""


def judge(path: Path, record: HubRecord) -> Verdict:
    """Compare a file with its record.

    Raises:
        InputError: the file cannot be read.
    """
    digest = digest_of_readable(path)
    if digest != record.sha256:
        return Verdict(path, "damaged", f"sha256 {digest}, not {record.sha256}")
    return Verdict(path, "unchanged", f"sha256 {digest}")


def check(path: Path, record: HubRecord) -> None:
    """Refuse a file that is not what it was.

    Raises:
        InputError: it is not, or cannot be read.
    """
    if not (verdict := judge(path, record)).good:
        raise InputError(
            f"{path}: damaged ({verdict.detail})",
            hint="remove it; it will be downloaded again",
        )


def is_kept(path: Path, cache: Path) -> bool:
    """Whether a file is one of those that were downloaded from the hub."""
    return (cache / FOLDER).resolve() in path.resolve().parents


def all_kept(cache: Path) -> tuple[KeptFile, ...]:
    """All files that were downloaded."""
    records = sorted((cache / FOLDER).glob(f"*/*/*/**/*{_RECORD}"))
    paths = [file.with_name(file.name.removesuffix(_RECORD)) for file in records]
    return tuple(_kept(path) for path in paths if path.is_file())


def _kept(path: Path) -> KeptFile:
    try:
        return KeptFile(path, read_record(path))
    except InputError as error:
        return KeptFile(path, None, error.message)


def verdicts(cache: Path) -> tuple[Verdict, ...]:
    """Compare all of them with their records; one that cannot be is damaged."""
    return tuple(map(_verdict, all_kept(cache)))


def _verdict(kept: KeptFile) -> Verdict:
    if kept.record is None:
        return Verdict(kept.path, "damaged", kept.problem)
    try:
        return judge(kept.path, kept.record)
    except InputError as error:
        return Verdict(kept.path, "damaged", error.message)


def read_record(path: Path) -> HubRecord | None:
    """The record of a downloaded file; None for any other file.

    Raises:
        InputError: it is no record.
    """
    file = _record_path(path)
    if not file.is_file():
        return None
    try:
        return HubRecord(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise InputError(
            f"{file}: not a record of a download ({error})", hint="remove it"
        ) from error


def write_record(path: Path, record: HubRecord) -> None:
    """Write the record of a downloaded file.

    Raises:
        OutputError: the cache cannot be written.
    """
    replace_text(_record_path(path), json.dumps(asdict(record), indent=1) + "\n")


def _record_path(path: Path) -> Path:
    return path.with_name(path.name + _RECORD)
