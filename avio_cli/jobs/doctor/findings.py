"""Findings of the doctor, as data without personal information."""

import getpass
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

State = Literal["ok", "warning", "missing", "broken"]
_COMMON = frozenset({"root", "user", "admin", "ubuntu", "runner"})
"""User names that identify nobody, and are part of paths and other words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one check."""

    section: str
    name: str
    state: State
    """``missing``: not installed, and not needed for the rest."""
    detail: str
    """What it is, or why it does not work; one line."""
    hint: str = ""
    """What to do about it; a command where there is one."""
    essential: bool = False
    """Whether avio is of no use without it."""


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, in the order in which they are shown."""

    findings: tuple[Finding, ...]

    @property
    def works(self) -> bool:
        """Whether everything essential works."""
        return all(f.state != "broken" for f in self.findings if f.essential)

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> "Report":
        """Make a report; home folder and user name are masked in every text."""
        return cls(tuple(map(_masked, findings)))


def mask(text: str) -> str:
    """Hide who the user is: the home folder becomes ``~``, the name ``USER``."""
    home = str(Path.home())
    if len(home) > 1:
        text = re.sub(rf"{re.escape(home)}(?=[/\\\s:;,)'\"]|$)", "~", text)
    name = _user()
    if len(name) > 1 and name not in _COMMON:
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "USER", text)
    return text


def _masked(finding: Finding) -> Finding:
    return replace(finding, detail=mask(finding.detail), hint=mask(finding.hint))


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user without a name
        return ""
