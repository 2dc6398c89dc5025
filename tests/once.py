"""Cases that passed before are left out where two runs differ in nothing for them.

CI runs all tests on a machine without system tools, then those that need them: with
AVIO_TESTS_ONCE=FILE a run leaves out the cases that FILE names, and adds those that
pass.
"""

import os
from pathlib import Path

import pytest

_NAME = os.environ.get("AVIO_TESTS_ONCE", "")
_passed: set[str] = set()
_failed: set[str] = set()


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    before = _before()
    done = [item for item in items if item.nodeid in before]
    if done:
        items[:] = [item for item in items if item.nodeid not in before]
        config.hook.pytest_deselected(items=done)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _failed.add(report.nodeid)
    elif report.passed and report.when == "call":
        _passed.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _NAME and not hasattr(session.config, "workerinput"):
        names = _before() | (_passed - _failed)
        Path(_NAME).write_text("".join(f"{name}\n" for name in sorted(names)))


def _before() -> set[str]:
    file = Path(_NAME)
    return set(file.read_text().splitlines()) if _NAME and file.is_file() else set()
