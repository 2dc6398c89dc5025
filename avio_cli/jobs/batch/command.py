"""The command that a batch runs on every input: its results, and its words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from avio_cli.errors import UsageError, did_you_mean
from avio_cli.ffmpeg.process.spawn import own_module
from avio_cli.presets import Preset, find_preset, preset_for
from avio_cli.records.formats import FORMATS, plan_records

_PLACEHOLDER = Path("result")


@dataclass(frozen=True, slots=True)
class BatchCommand:
    """One command and its options, for any input."""

    name: str
    words: tuple[str, ...]
    """Options as typed, without input and result."""
    extensions: tuple[str, ...]
    """Of the results of each input, the main one last; empty text: the source's own."""

    def results(self, source: str) -> tuple[str, ...]:
        """Names of the results of a source, below the folder of results.

        Args:
            source: its name there, with its own extension.
        """
        path = PurePosixPath(source)
        names = [
            str(path.with_name(f"{_stem(path)}{extension or _kept(path.suffix)}"))
            for extension in self.extensions
        ]
        return tuple(dict.fromkeys(names))

    def argv(self, source: str, results: Sequence[Path], *, resume: bool) -> list[str]:
        """The command line of the child that makes the results of one source.

        Args:
            source: an absolute path, or a URL.
            results: where it writes them, in the order of `results`.
            resume: whether to go on where a child before it was interrupted.
        """
        named = COMMANDS[self.name].name_results(list(map(str, results)))
        more = ["--resume"] if resume else []
        return [*own_module(), self.name, source, *named, *self.words, *more, "--force"]


def _stem(path: PurePosixPath) -> str:
    return path.stem if path.suffix else path.name


@cache  # it reads all presets
def _kept(extension: str) -> str:
    """The source's own extension, or Matroska's where nothing can be written as it."""
    try:
        preset_for(f"result{extension}")
    except UsageError:
        return ".mkv"
    return extension


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a command writes, and how its results are named."""

    name_results: Callable[[list[str]], list[str]]
    extensions: Callable[[str, str, str], tuple[str, ...]]
    """From ``--ext``, ``--preset`` and ``--records-format``; empty ones were not given.
    """


def _plainly(results: list[str]) -> list[str]:
    return results


def _as_tracks(results: list[str]) -> list[str]:
    """Words for records, and for the annotated video where there is one."""
    *video, records = results
    return ["--records", records, *(word for path in video for word in ("-o", path))]


def _encoded(default: str) -> Callable[[str, str, str], tuple[str, ...]]:
    def extensions(ext: str, preset: str, records: str) -> tuple[str, ...]:
        if ext and not preset:
            preset_for(_PLACEHOLDER.with_suffix(ext))
        return (ext or (find_preset(preset).extensions[0] if preset else default),)

    return extensions


def _image(ext: str, preset: str, records: str) -> tuple[str, ...]:
    return (ext or ".png",)


def _tracks(ext: str, preset: str, records: str) -> tuple[str, ...]:
    """The extension of records last: they are what is there in any case."""
    formats = {known.extension for known in FORMATS.values()}
    named = ext if ext in formats else ""
    (target,) = plan_records(
        [f"result{named or '.jsonl'}"], [records] if records else []
    )
    video = () if named or not (ext or preset) else _encoded("")(ext, preset, "")
    return (*video, named or target.format.extension)


COMMANDS = {
    "transcode": _Kind(_plainly, _encoded(".mp4")),
    "track": _Kind(_as_tracks, _tracks),
    "trim": _Kind(_plainly, _encoded("")),
    "snapshot": _Kind(_plainly, _image),
}


def batch_command(
    name: str,
    words: Sequence[str],
    *,
    ext: str = "",
    preset: str = "",
    records_format: str = "",
) -> BatchCommand:
    """The command of a batch, with the extensions of its results.

    Args:
        name: one of `COMMANDS`.
        words: its options.
        ext: what ``--ext`` asks for, with the dot or without.
        preset: among the options.
        records_format: likewise.

    Raises:
        UsageError: there is no such command, or nothing writes such results.
    """
    if name not in COMMANDS:
        raise UsageError(
            f"avio batch runs no {name!r}", hint=did_you_mean(name, COMMANDS)
        )
    extension = f".{ext.removeprefix('.').lower()}" if ext else ""
    extensions = COMMANDS[name].extensions(extension, preset, records_format)
    return BatchCommand(name, tuple(words), extensions)


def chosen_preset(command: BatchCommand, preset: str) -> Preset | None:
    """The preset that decides how results are encoded; None where none does."""
    if preset:
        return find_preset(preset)
    try:
        return preset_for(_PLACEHOLDER.with_suffix(command.extensions[0]))
    except UsageError:  # images, records
        return None
