"""Cases for which this machine lacks a program or package: not collected, but counted.

A skip is for what a developer could mend for a single test. Hundreds of cases of one
cause would hide all other skips: one line at the end has their number, and says how to
run them. In CI (AVIO_TESTS_STRICT=1) the second ffmpeg must be there.
"""

import importlib.util
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

STRICT = os.environ.get("AVIO_TESTS_STRICT") == "1"
SYSTEM_FFMPEG = Path(os.environ.get("AVIO_TEST_SYSTEM_FFMPEG", "/usr/bin/ffmpeg"))
_COUNTS = "avio_not_collected"


@dataclass(frozen=True)
class Requirement:
    """Something that many cases need."""

    name: str
    how: str
    """How to run them."""
    is_absent: Callable[[], bool]
    needs: Callable[[pytest.Item], bool]


def _not_installed(package: str, promise: str) -> bool:
    promised = os.environ.get(promise) == "1"
    return not promised and importlib.util.find_spec(package) is None


REQUIREMENTS = (
    Requirement(
        "a second ffmpeg",
        "install ffmpeg, or set AVIO_TEST_SYSTEM_FFMPEG",
        lambda: not STRICT and not SYSTEM_FFMPEG.exists(),
        lambda item: _parameters(item).get("ffmpeg") == "system",
    ),
    Requirement(
        "an ffprobe beside it",
        "install ffmpeg",
        lambda: not STRICT and not SYSTEM_FFMPEG.with_name("ffprobe").exists(),
        lambda item: "system_ffmpeg" in getattr(item, "fixturenames", ()),
    ),
    Requirement(
        "PyTorch",
        "make test-torch",
        lambda: _not_installed("torch", "AVIO_TESTS_TORCH"),
        lambda item: item.get_closest_marker("torch") is not None,
    ),
    Requirement(
        "Ray",
        "make test-ray",
        lambda: _not_installed("ray", "AVIO_TESTS_RAY"),
        lambda item: item.get_closest_marker("ray") is not None,
    ),
    Requirement(
        "transformers and supervision",
        "make test-torch",
        lambda: any(
            _not_installed(package, "AVIO_TESTS_TORCH")
            for package in ("torchvision", "transformers", "supervision")
        ),
        lambda item: item.get_closest_marker("reference") is not None,
    ),
)


def _parameters(item: pytest.Item) -> dict[str, Any]:
    return item.callspec.params if hasattr(item, "callspec") else {}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out what cannot run here; the markers of the command line come first."""
    absent = [row for row in REQUIREMENTS if row.is_absent()]
    reasons = {
        item: row.name for row in reversed(absent) for item in items if row.needs(item)
    }
    config.stash[_STASH] = Counter(reasons.values())
    config.hook.pytest_deselected(items=list(reasons))
    items[:] = [item for item in items if item not in reasons]


_STASH = pytest.StashKey[Counter[str]]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands its counts on; all workers collect the same."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_COUNTS] = dict(session.config.stash.get(_STASH, Counter()))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take a worker's counts."""
    counts = getattr(node, "workeroutput", {}).get(_COUNTS)
    if counts is not None:
        node.config.stash[_STASH] = Counter(counts)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say in one line what was not run, and how it can be."""
    counts = config.stash.get(_STASH, None) or Counter[str]()
    parts = [
        f"{counts[row.name]} cases for {row.name} ({row.how})"
        for row in REQUIREMENTS
        if counts[row.name]
    ]
    if skipped := len(terminalreporter.stats.get("skipped", ())):
        parts.append(f"{skipped} skipped, each with its reason above")
    if parts:
        terminalreporter.write_line(f"not run: {'; '.join(parts)}")


def without(package: str) -> pytest.MarkDecorator:
    """Skip a test where a package of an extra is not installed."""
    absent = not STRICT and importlib.util.find_spec(package) is None
    return pytest.mark.skipif(absent, reason=f"{package} is not installed")
