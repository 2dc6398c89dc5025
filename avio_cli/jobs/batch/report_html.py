"""A batch's report as one page, which loads nothing."""

from html import escape

from avio_cli.ffmpeg.url import printable
from avio_cli.jobs.batch.report import BatchReport, ReportRow

_ORDER = ("failed", "gone", "started", "pending", "done")
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884;
vertical-align:top;overflow-wrap:anywhere}
th,td:first-child,td.number,small{white-space:nowrap}
td.number{text-align:right}
.failed,.gone{color:#c22}.done{color:#282}.pending,.started{color:#a60}
small{opacity:.75}code{font-size:90%}
@media(prefers-color-scheme:dark){body{background:#16181c;color:#ddd}.failed,.gone{color:#f77}
.done{color:#7c7}.pending,.started{color:#fb5}}
"""


def report_html(report: BatchReport) -> str:
    """The page: counts, then all jobs, those that are not done first."""
    counts = " · ".join(
        f'<span class="{state}">{count} {state}</span>'
        for state, count in report.counts.items()
    )
    parts = ""
    if report.parts > 1:
        parts = f"<p>{len(report.parts_begun)} of {report.parts} parts have begun.</p>"
    if report.mismatch:
        parts += f'<p class="failed">{_text(report.mismatch)}</p>'
    rows = sorted(report.rows, key=lambda row: (_ORDER.index(row.state), row.name))
    command = _text(" ".join(report.command))
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>avio batch: {command}</title>\n<style>{_STYLE}</style>\n"
        f"<h1>{len(report.rows)} jobs</h1>\n<p><code>{command}</code></p>\n"
        f"<p>{counts}; {report.seconds:.1f} s of work</p>\n{parts}\n"
        "<table><tr><th>State<th>Source<th>Results<th>Seconds<th>Attempts</tr>\n"
        f"{''.join(map(_row, rows))}</table>\n</html>\n"
    )


def _row(row: ReportRow) -> str:
    why = f"<br>{_text(row.reason)}" if row.reason else ""
    hint = f"<br><small>{_text(row.hint)}</small>" if row.hint else ""
    warned = f"<br><small>{row.warnings} warnings</small>" if row.warnings else ""
    results = "<br>".join(
        f"{_text(str(result['name']))} <small>{result['size'] / 1e6:.2f} MB</small>"
        for result in row.results
    )
    state = "quarantined" if row.quarantined else row.state
    return (
        f'<tr><td class="{row.state}">{state}<td>{_text(row.name)}{why}{hint}{warned}'
        f'<td>{results}<td class="number">{row.seconds:.1f}'
        f'<td class="number">{row.attempts}</tr>\n'
    )


def _text(text: str) -> str:
    return escape(printable(text))
