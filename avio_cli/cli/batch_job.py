"""What ``avio batch`` is to do: the command behind ``--``, and all of its job."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from avio_cli.cli.options.detection import detector_choice, given_options
from avio_cli.cli.options.ray import ray_options
from avio_cli.errors import AvioError, UsageError

if TYPE_CHECKING:
    from avio_cli.jobs.batch.command import BatchCommand
    from avio_cli.jobs.batch.plan import BatchJob
    from avio_cli.jobs.batch.workers import Workers

_OURS = "avio batch names the results"
_ONE_FILE = "every input would write the same file"
_LIVE = "a batch reads files, not live sources"
REFUSED: Mapping[str, Mapping[str, str]] = {
    _OURS: {
        "output": "--ext chooses their format",
        "records": "--records-format or --ext chooses their format",
    },
    _ONE_FILE: dict.fromkeys(
        "save_detections crops overlay stats report serve".split(), ""
    ),
    "they are of one video": {"detections": ""},
    "nobody watches": dict.fromkeys("display bench dry_run".split(), ""),
    "a batch goes on by itself": {"resume": ""},
    "avio batch itself spreads jobs over a cluster": dict.fromkeys(
        "ray ray_option cpus gpus".split(), "name it before the --"
    ),
    _LIVE: dict.fromkeys(
        "duration timeout segment keep clock_aligned metrics on_event".split(), ""
    ),
}
"""Options of commands that have no place in a batch, by reason; and hints."""


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """The command behind ``--``."""

    command: "BatchCommand"
    params: Mapping[str, Any]
    """All its options, by name."""
    given: Mapping[str, object]
    """Those that differ from their defaults."""


def ray_workers(job: "BatchJob", context: typer.Context) -> "Workers | None":
    """The cluster that does the jobs; None for this machine.

    Raises:
        UsageError: options of Ray without it, or one is not key=value.
    """
    options = ray_options(context)
    if options is None:
        return None
    from avio_cli.jobs.batch.ray_workers import RayWorkers

    return RayWorkers(job.workshop, options, context.params["jobs"])


def limit_words(max_pixels: int | None, *, safe: bool) -> list[str]:
    """The limits of a batch as words of its command."""
    pixels = [] if max_pixels is None else ["--max-pixels", str(max_pixels)]
    return [*pixels, *(["--safe"] if safe else [])]


def parse_command(
    context: typer.Context, words: Sequence[str], ext: str
) -> ParsedCommand:
    """Parse the command behind ``--`` as avio itself would, before anything runs.

    Raises:
        UsageError: there is none, or an option has no place in a batch.
        TyperException: an option is wrong.
    """
    from avio_cli.jobs.batch.command import COMMANDS, batch_command

    if not words:
        raise UsageError(
            "the command is missing",
            hint="avio batch INPUTS --out DIR -- transcode, with its options",
        )
    name, *rest = words
    if name not in COMMANDS:
        batch_command(name, rest)  # says so
    root: Any = context.find_root().command
    places = ["INPUT", "OUTPUT"] if name != "track" else ["INPUT"]
    inner = root.commands[name].make_context(
        f"{context.command_path} … -- {name}", [*places, *rest], None
    )
    given = dict(given_options(inner))
    _refuse(given, inner)
    command = batch_command(
        name,
        rest,
        ext=ext,
        preset=inner.params.get("preset") or "",
        records_format=inner.params.get("records_format", ""),
    )
    return ParsedCommand(command, inner.params, _values(given, inner))


def _values(given: Mapping[str, object], inner: Any) -> dict[str, object]:
    left_out = {"source", "output"}
    return {name: inner.params[name] for name in given if name not in left_out}


def _refuse(given: Mapping[str, object], inner: Any) -> None:
    options = {p.name: p for p in inner.command.params if p.param_type_name == "option"}
    for reason, names in REFUSED.items():
        for name in names.keys() & given.keys() & options.keys():
            raise UsageError(f"{options[name].opts[0]}: {reason}", hint=names[name])


def batch_job(
    parsed: ParsedCommand,
    inputs: Sequence[str],
    out: Path,
    *,
    base: Path | None,
    part: str,
    download: bool,
    force: bool,
    read_results: bool,
    **further: Any,
) -> "BatchJob":
    """Everything a batch needs, from its options.

    Args:
        parsed: the command.
        inputs: as typed.
        out: folder of results.
        base: see `collect_inputs`.
        part: see `choose_part`.
        download: whether a model may be downloaded.
        force: whether files of others may be replaced.
        read_results: whether the content of finished results is compared.
        further: fields of `BatchJob`.
    """
    from avio_cli.ffmpeg.locate import locate_ffmpeg
    from avio_cli.jobs.batch.command import chosen_preset
    from avio_cli.jobs.batch.inputs import STDIN, collect_inputs
    from avio_cli.jobs.batch.parts import choose_part
    from avio_cli.jobs.batch.plan import BatchJob
    from avio_cli.jobs.batch.settings import settings_digest
    from avio_cli.jobs.batch.task import Workshop

    chosen = choose_part(part)
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is no folder")
    stdin = sys.stdin.buffer.read() if STDIN in inputs else b""
    sources = collect_inputs(inputs, results=out, base=base, stdin=stdin)
    command = parsed.command
    return BatchJob(
        inputs=sources,
        workshop=Workshop(out.absolute(), command, force, read_results),
        settings=settings_digest(
            command,
            parsed.given,
            locate_ffmpeg(),
            preset=chosen_preset(command, parsed.params.get("preset") or ""),
            models=_models(parsed, download=download),
        ),
        part=chosen,
        **further,
    )


def _models(parsed: ParsedCommand, *, download: bool) -> tuple[str, ...]:
    """The fingerprints of its models, which are downloaded where that is allowed.

    Raises:
        AvioError: there is none.
    """
    if parsed.command.name != "track":
        return ()
    from avio_cli.jobs.batch.settings import model_fingerprints

    names = "trt runtime device fp16 input_size workers classes conf nms".split()
    chosen = {name: parsed.params[name] for name in names}
    choice = detector_choice(parsed.params["model"], network=download, **chosen)
    try:
        return model_fingerprints(choice, parsed.params["reid"])
    except AvioError:
        if download:
            raise
        return ()  # a plan needs no model
