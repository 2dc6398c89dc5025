"""Errors of the Python API name keywords, not options of the command line."""

import ast
import dataclasses
import inspect
import re
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

import avio_cli as avio
from avio_cli.api.hints import COMMAND_LINE_ONLY, FLAGS, KEYWORDS, translate
from avio_cli.api.tracking import TrackKeywords
from avio_cli.ffmpeg.locate import FFmpeg
from tests.clips import make_clip
from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "avio_cli"
SPEAKS_OPTIONS = {"cli", "player", "api", "evaluation"}
"""Folders that no function of the Python API runs, and the API itself."""
COMMANDS_ONLY = (PACKAGE / "jobs" / "batch", PACKAGE / "jobs" / "convert")
"""Likewise."""
NEVER_IN_ERRORS = {"background_probe.py", "synonyms.py"}
FUNCTIONS = (
    *(avio.create_video, avio.merge, avio.open_video, avio.read_audio),
    *(avio.report, avio.snapshot, avio.track, avio.transcode, avio.trim),
)


def keywords() -> set[str]:
    """All that a name in an error may mean."""
    found = {name for f in FUNCTIONS for name in inspect.signature(f).parameters}
    for options in (avio.VideoOptions, avio.AudioOptions, avio.Limits):
        fields = dataclasses.fields(options)
        found |= {f"{options.__name__}.{field.name}" for field in fields}
    return found


def texts() -> Iterator[tuple[Path, str]]:
    """Every string below the command line, formatted parts as ``…``."""
    for path in sorted(PACKAGE.rglob("*.py")):
        speaks = path.relative_to(PACKAGE).parts[0] in SPEAKS_OPTIONS
        if speaks or any(map(path.is_relative_to, COMMANDS_ONLY)):
            continue
        tree = ast.parse(path.read_text())
        skipped = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                skipped |= {id(value) for value in node.values}
                yield path, "".join(str(getattr(v, "value", "…")) for v in node.values)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in skipped:
                yield path, str(node.value)


def test_every_option_in_an_error_has_a_keyword() -> None:
    known, unknown = keywords(), []
    for path, text in texts():
        if path.name in NEVER_IN_ERRORS or translate(text) == text:
            continue
        for name in re.findall(r"(?<![\w-])--([a-z][a-z0-9-]*)", text):
            keyword = KEYWORDS.get(name, name.replace("-", "_")).partition("=")[0]
            if keyword not in known and name not in COMMAND_LINE_ONLY:
                unknown.append((path.name, name))
    assert unknown == []


def test_the_table_names_what_there_is() -> None:
    named = {keyword.partition("=")[0] for keyword in KEYWORDS.values()}
    assert named <= keywords()
    assert {flag.replace("-", "_") for flag in FLAGS - KEYWORDS.keys()} <= keywords()


@pytest.mark.parametrize(
    ("option", "keyword"),
    [
        (
            "-y replaces it, or --resume",
            "force=True replaces it, or resume=True",
        ),
        ("--hwaccel auto uses what works", 'hwaccel="auto" uses what works'),
        ("--preset names another", "preset names another"),
        ("choose Matroska: --preset mkv-h264", 'choose Matroska: preset="mkv-h264"'),
        ("omit --copy to encode", "omit copy=True to encode"),
        ("--no-audio keeps none", "audio=False keeps none"),
        ("--end (1 s) is not after --start", "end (1 s) is not after start"),
        ("--audio-codec copy copies", 'AudioOptions.encoder="copy" copies'),
        ("use avio export m.pth --fp16", "use avio export m.pth --fp16"),
        ("pip install --force-reinstall x", "pip install --force-reinstall x"),
        ("no such file: a--force.mp4", "no such file: a--force.mp4"),
        ("no such file: --copy.mp4", "no such file: --copy.mp4"),
    ],
)
def test_an_option_becomes_a_keyword(option: str, keyword: str) -> None:
    assert translate(option).startswith(keyword)


def test_functions_methods_and_iterations_name_keywords(
    bundled_ffmpeg: FFmpeg, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=25).path
    avio.snapshot(clip, tmp_path / "clip.png", at=0)
    with pytest.raises(avio.OutputError) as caught:
        avio.snapshot(clip, tmp_path / "clip.png", at=0)
    assert caught.value.hint == "force=True replaces it"
    shown = "".join(traceback.format_exception_only(caught.value))
    assert "hint: force=True" in shown
    with pytest.raises(avio.UsageError) as usage:
        avio.trim(clip, tmp_path / "out.mp4")
    assert usage.value.hint == "give start, end or both"
    with pytest.raises(avio.UsageError, match=r"^start \(9 s\) is after the end"):
        avio.transcode(clip, tmp_path / "out.mp4", start=9)
    with pytest.raises(avio.UsageError, match=r"^start \(9 s\)") as usage:
        next(iter(avio.track(clip, model="motion", start=9)))
    assert str(usage.value) == usage.value.message


def test_the_keywords_of_track_are_known_to_type_checkers() -> None:
    decide = {"output", "records", "save_detections", "crops", "overlay", "display"}
    decide |= {"report", "resume", "serve"}
    fields = {field.name for field in dataclasses.fields(avio.TrackOptions)}
    assert TrackKeywords.__annotations__.keys() == fields - decide
    assert fields < set(inspect.signature(avio.track).parameters)
