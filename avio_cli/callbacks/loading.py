"""The user's code, named as ``FILE.py:NAME``: find it, load it, report its failures."""

import importlib.util
import os
import re
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from avio_cli.errors import CallbackError, UsageError, did_you_mean

EXAMPLE = "example"
"""What is written in place of a file: ``example:Watermark``."""
_DEFINITION = re.compile(r"^(?:class|def) ([A-Za-z]\w*)", re.MULTILINE)
_OWN_FOLDER = f"{Path(__file__).parent.parent}{os.sep}"


@dataclass(frozen=True, slots=True)
class UserCodeKind:
    """What is loaded, for messages."""

    option: str
    """``--callback``"""
    noun: str
    """``callback``"""
    example: str
    """``draw.py:Watermark``"""


def load_object(text: str, wanted: UserCodeKind) -> Any:
    """Load a file and find a function or class in it.

    Args:
        text: ``FILE.py:NAME``, or ``example:NAME`` for one that avio ships.
        wanted: what it is for.

    Raises:
        UsageError: the text is not of that form, or there is no such file.
        CallbackError: the file cannot be loaded, or has no such function or class.
    """
    path, name = _split(text, wanted)
    return _find(_load(path, text, wanted), name, text, wanted)


def code_file(text: str) -> Path:
    """The file of ``FILE.py:NAME``, which may not be there."""
    return Path(text.rpartition(":")[0])


def describe(error: BaseException) -> str:
    """An exception of the user's code in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def report(error: BaseException) -> str:
    """The traceback as the user should see it: from their own code on."""
    lines = traceback.format_exception(
        type(error), error, _user_frames(error.__traceback__)
    )
    return "".join(lines).rstrip()


def examples_folder() -> Path:
    """Where they are: in the installed package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    shipped = package / "_examples"
    return shipped if shipped.is_dir() else package.parent / "docs" / "examples"


def find_example(name: str) -> Path:
    """The file with the example of that name.

    Raises:
        UsageError: there is none; the hint names those that there are.
    """
    files = dict(_examples())
    if name not in files:
        raise UsageError(
            f"there is no example {name!r}",
            hint=f"{did_you_mean(name, files, list_all=True)}, in {examples_folder()}",
        )
    return files[name]


def _examples() -> Iterator[tuple[str, Path]]:
    for path in sorted(examples_folder().glob("*.py")):
        for name in _DEFINITION.findall(path.read_text(encoding="utf-8")):
            yield name, path


def _split(text: str, wanted: UserCodeKind) -> tuple[Path, str]:
    file, colon, name = text.rpartition(":")
    if not colon or not file or not name:
        raise UsageError(
            f"{wanted.option} {text!r} is not FILE.py:NAME",
            hint=f"for example {wanted.option} {wanted.example}",
        )
    path = Path(file)
    if file == EXAMPLE and not path.exists():
        path = find_example(name)
    if not path.is_file():
        raise UsageError(f"{wanted.option} {text!r}: no such file: {file}")
    return path.resolve(), name


def _load(path: Path, text: str, wanted: UserCodeKind) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"avio_callback_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{wanted.option} {text!r}: {path.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and pickling look it up there
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))  # it may import modules next to it
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise CallbackError(
            f"{wanted.noun} {text} cannot be loaded: {describe(error)}",
            report=report(error),
        ) from error
    return module


def _find(module: ModuleType, name: str, text: str, wanted: UserCodeKind) -> Any:
    found = getattr(module, name, None)
    if not callable(found):
        names = [key for key, value in vars(module).items() if _is_own(value, module)]
        raise CallbackError(
            f"{wanted.noun} {text}: there is no function or class {name!r}",
            hint=f"the file has {', '.join(names)}" if names else "the file has none",
        )
    return found


def _is_own(value: Any, module: ModuleType) -> bool:
    return callable(value) and getattr(value, "__module__", "") == module.__name__


def _user_frames(tb: TracebackType | None) -> TracebackType | None:
    """The traceback without our own calls and the import system's before it."""
    while tb is not None:
        file = tb.tb_frame.f_code.co_filename
        own = file.startswith((_OWN_FOLDER, "<frozen importlib"))
        if not own or file.startswith(str(examples_folder())):
            return tb
        tb = tb.tb_next
    return None
