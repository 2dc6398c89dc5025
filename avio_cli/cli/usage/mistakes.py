"""What is wrong with a command line, in avio's words, and what was probably meant."""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from typer.exceptions import TyperException

from avio_cli.cli.usage import completion
from avio_cli.errors import UsageError, similar_names
from avio_cli.synonyms import COMMANDS, OPTIONS, by_meaning

if TYPE_CHECKING:
    from typer._click import Context

_OF_GROUP = {
    "avio presets": ("show", completion.presets),
    "avio models": ("path", completion.models),
}
"""The command that is meant where a group is given a name, and the names."""
_EXTRA = re.compile(r"Got unexpected extra argument\(?s?\)? \((.*)\)", re.DOTALL)
_PLAIN = (
    (re.compile(r"is not a valid int(eger)?( range)?"), "is not a whole number"),
    (re.compile(r"is not a valid float( range)?"), "is not a number"),
    (re.compile(r"(\d+(?:\.\d+)?)<=x<=(\d+(?:\.\d+)?)"), r"\1 to \2"),
    (re.compile(r"(\d+)<=x"), r"\1 and more"),
)
_RECORDS = (".jsonl", ".csv", ".txt", ".json")


def explain(error: TyperException, arguments: Sequence[str]) -> tuple[str, str]:
    """Message and hint for a command line that could not be parsed.

    Args:
        error: what Typer says of it.
        arguments: all that was typed after ``avio``.
    """
    context: Context | None = getattr(error, "ctx", None)
    option = getattr(error, "option_name", None)
    if context is None:
        words = error.format_message().removesuffix(".").replace("'", "").split()
        command = [word for word in arguments[:1] if word[:1] != "-"]
        help_line = " ".join(("see avio", *command, "--help"))
        return " ".join(words[option is not None :]), help_line
    if option is not None:
        typed = _typed(option, arguments)
        return f"no such option: {typed}", _option_hint(typed, context)
    if match := _EXTRA.match(error.message):
        return f"unexpected argument: {match[1]}", _extra_hint(match[1], context)
    if (parameter := getattr(error, "param", None)) is not None:
        name = parameter.opts[0] if parameter.opts[0][0] == "-" else parameter.metavar
        if hasattr(error, "param_type"):
            return f"{str(name).rstrip('.')} is missing", _example(context)
        return _wrong_value(str(name), error.message, context)
    return error.format_message(), _see(context)


def unknown_command(path: str, name: str, known: list[str]) -> UsageError:
    """The error for a command that does not exist.

    Args:
        path: what was typed before it: ``avio``, or ``avio presets``.
        name: the command.
        known: those that there are.
    """
    near = similar_names(name, known, count=1, cutoff=0.7)
    if path == "avio" and (meant := COMMANDS.get(name.lower())):
        hint = f"did you mean avio {meant}?"
    elif near:
        hint = f"did you mean {path} {near[0]}?"
    elif path == "avio" and (Path(name).suffix or Path(name).exists()):
        shown = shlex.quote(name)
        hint = f"avio play {shown} plays it, avio info {shown} shows what it contains"
    elif path in _OF_GROUP and (of_it := _nearest(name, _OF_GROUP[path][1]())):
        hint = f"did you mean {path} {_OF_GROUP[path][0]} {of_it}?"
    else:
        hint = f"{path} --help lists them all"
    return UsageError(f"no such command: {name}", hint=hint)


def _nearest(word: str, known: list[str]) -> str:
    if word in known:
        return word
    near = by_meaning(word, known) or similar_names(word, known, cutoff=0.6)
    return near[0] if near else ""


def _typed(option: str, arguments: Sequence[str]) -> str:
    """The word that was typed: of ``-ss`` Typer names only ``-s``."""
    words = [word.partition("=")[0] for word in arguments if word[:1] == "-"]
    if option.startswith("--"):
        return option
    short = [word for word in words if word[:2] != "--" and option[1:] in word]
    return next((word for word in short if word in OPTIONS), (short or [option])[0])


def _option_hint(typed: str, context: "Context") -> str:
    own = {name: option for option in _options(context) for name in _names(option)}
    meant = OPTIONS.get(typed)
    for text in () if meant is None else meant.split("|"):
        if not text:
            return f"it is not needed: {_usage(context)}"
        if text.split(" ")[0] in own:
            return f"did you mean {text}?"
    for wanted in (typed, (meant or "").split("|")[0]):
        others = [*_commands_with(wanted.split(" ")[0], context)]
        if others and context.parent is None:
            return f"options follow the command: {others[0]} … {wanted}"
        if others:
            return f"{wanted} is an option of {', '.join(others)}"
    near = similar_names(typed, own, count=1, cutoff=0.75)
    return f"did you mean {near[0]}?" if near else _see(context)


def _options(context: "Context") -> Iterator[object]:
    for parameter in context.command.get_params(context):
        if parameter.param_type_name == "option":
            yield parameter


def _names(option: object) -> list[str]:
    names = getattr(option, "opts", ()), getattr(option, "secondary_opts", ())
    return [name for each in names for name in each]


def _commands_with(option: str, context: "Context") -> Iterator[str]:
    """Commands that have an option which this one lacks."""
    commands = getattr(context.find_root().command, "commands", {})
    for name, command in commands.items():
        if any(option in _names(parameter) for parameter in command.params):
            yield f"avio {name}"


def _extra_hint(extra: str, context: "Context") -> str:
    own = {name for option in _options(context) for name in _names(option)}
    extension = Path(extra).suffix.lower()
    if "--records" in own and extension in _RECORDS:
        return f"did you mean --records {shlex.quote(extra)}?"
    if "--output" in own and extension:
        return f"did you mean -o {shlex.quote(extra)}?"
    return f"{_example(context)}; a name with spaces needs quotes"


def _wrong_value(name: str, message: str, context: "Context") -> tuple[str, str]:
    text, _, hint = message.removesuffix(".").partition("; ")
    for pattern, plain in _PLAIN:
        text = pattern.sub(plain, text)
    said, one_of, choices = text.partition(" is not one of ")
    return f"{name} {said}{one_of}{choices.replace(chr(39), '')}", hint or _see(context)


def _usage(context: "Context") -> str:
    """The command with its arguments: ``avio transcode INPUT OUTPUT``."""
    arguments = [
        str(parameter.make_metavar(context)).strip("{}")
        for parameter in context.command.get_params(context)
        if parameter.param_type_name == "argument"
    ]
    return " ".join((context.command_path, *arguments))


def _example(context: "Context") -> str:
    lines = (context.command.epilog or "").splitlines()
    own = (line.strip() for line in lines if context.command_path in line)
    example = next(own, "")
    return f"for example: {example}" if example else _see(context)


def _see(context: "Context") -> str:
    return f"see {context.command_path} --help"
