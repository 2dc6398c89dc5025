"""``avio doctor``."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from avio_cli.cli.options import common as options
from avio_cli.cli.terminal import set_up_messages

if TYPE_CHECKING:
    from avio_cli.jobs.doctor.findings import Finding, Report


EXAMPLES = """\b
Examples:
  avio doctor
  avio doctor --report | xclip
  avio doctor --json | jq '.findings[] | select(.state != "ok")'
"""

_MARKS = {"ok": "ok", "warning": "!", "missing": "-", "broken": "FAILED"}
_COLORS = {"ok": "green", "warning": "yellow", "missing": "cyan", "broken": "red"}


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON for programs.")
    ] = False,
    as_report: Annotated[
        bool, typer.Option("--report", help="Print a block to paste into a bug report.")
    ] = False,
    verbose: options.Verbose = False,
) -> None:
    """Show what works on this machine: codecs, hardware, models.

    Codecs and hardware are tested, not just listed. Home folder and user name are
    masked. The exit status is 0 where everything essential works, else 1.
    """
    from avio_cli.jobs.doctor.run import run_checks

    set_up_messages(quiet=not verbose, verbose=verbose)
    report = run_checks()
    if as_json:
        sys.stdout.write(json.dumps(_json(report), indent=2) + "\n")
    elif as_report:
        lines = "\n".join(_lines(report, color=False))
        sys.stdout.write(f"```text\n{lines}\n```\n")
    else:
        for line in _lines(report, color=sys.stdout.isatty()):
            typer.echo(line)
    if not report.works:
        raise typer.Exit(1)


def _json(report: "Report") -> dict[str, object]:
    findings = [asdict(finding) for finding in report.findings]
    return {"works": report.works, "findings": findings}


def _lines(report: "Report", *, color: bool) -> Iterator[str]:
    section = ""
    for finding in report.findings:
        if finding.section != section:
            if section:
                yield ""
            section = finding.section
            yield typer.style(section, bold=True) if color else section
        yield _line(finding, color=color)
    hints = dict.fromkeys(f.hint for f in report.findings if f.hint and f.state != "ok")
    if hints:
        yield ""
        yield "what to do"
        yield from (f"  {hint}" for hint in hints)
    yield ""
    yield "everything essential works" if report.works else "avio cannot work here yet"


def _line(finding: "Finding", *, color: bool) -> str:
    mark = f"{_MARKS[finding.state]:<6}"
    if color:
        mark = typer.style(mark, fg=_COLORS[finding.state])
    return f"  {mark}  {finding.name:<22}  {finding.detail}"
