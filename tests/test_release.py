"""scripts/release: what it refuses and writes; a failure changes nothing."""

import argparse
import datetime
import os
import shutil
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

from avio_cli.ffmpeg.process.run import run
from tests.conftest import REPOSITORY

SCRIPT = REPOSITORY / "scripts" / "release"
DATE = datetime.date(2026, 11, 30)
CHANGELOG = """# Changelog

## [Unreleased]

### Added

- A thing.

## [0.1.0] - 2026-01-02

- The first.
"""
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is missing")


@pytest.fixture(scope="module")
def script() -> Any:
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader = SourceFileLoader("release", str(SCRIPT))
    spec = spec_from_loader("release", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clean repository with what a release rewrites, whose last version is 0.1.0."""
    root = tmp_path / "root"
    files = {
        "CHANGELOG.md": CHANGELOG,
        "avio_cli/version.py": '__version__ = "0.1.0"\n',
        "packaging/conda/recipe.yaml": (
            'context:\n  version: "0.1.0"\n\nsource:\n  path: ../..\n\nbuild:\n'
        ),
        "pyproject.toml": '[project]\nname = "avio-cli"\n',
        ".gitignore": "dist/\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for variable in ("GIT_AUTHOR", "GIT_COMMITTER"):
        monkeypatch.setenv(f"{variable}_NAME", "Someone")
        monkeypatch.setenv(f"{variable}_EMAIL", "someone@localhost")
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "all")
    return root


@pytest.fixture
def builds(script: Any, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Packages that are not built, and pass all checks; returns their sources."""
    sources: list[Path] = []

    def build(source: Path, dist: Path, tools: Path) -> list[Path]:
        sources.append(source)
        dist.mkdir()
        paths = [dist / "avio_cli-0.2.0.tar.gz", dist / "avio_cli-0.2.0.whl"]
        for path in paths:
            path.write_bytes(b"packed")
        return paths

    monkeypatch.setattr(script, "build", build)
    monkeypatch.setattr(script, "run", lambda *command, **options: 0)
    return sources


def git(root: Path, *words: str) -> str:
    done = run(["git", "-C", str(root), *words])
    assert done.status == 0, done.stderr
    return done.stdout.decode()


def options(version: str, *words: str) -> argparse.Namespace:
    return argparse.Namespace(
        version=version, dry_run="dry" in words, tag="tag" in words, root=None
    )


def test_unreleased_entries_get_a_section_of_their_own(script: Any) -> None:
    text = script.with_section(CHANGELOG, "0.2.0", DATE)
    assert text == CHANGELOG.replace(
        "## [Unreleased]\n", "## [Unreleased]\n\n## [0.2.0] - 2026-11-30\n"
    )


@pytest.mark.parametrize(
    ("text", "version", "says"),
    [
        ("# Changelog\n", "0.2.0", "no section"),
        (CHANGELOG.replace("- A thing.\n", ""), "0.2.0", "no entry under"),
        (CHANGELOG, "0.1.0", r"a section \[0\.1\.0\] already"),
    ],
)
def test_a_changelog_without_news_is_refused(
    script: Any, text: str, version: str, says: str
) -> None:
    with pytest.raises(script.RefusedError, match=says):
        script.with_section(text, version, DATE)


def test_links_compare_each_version_with_the_one_before(script: Any) -> None:
    first = script.with_links(CHANGELOG, "https://host/avio")
    assert first.endswith(
        "- The first.\n\n[Unreleased]: https://host/avio/compare/v0.1.0...HEAD\n"
        "[0.1.0]: https://host/avio/releases/tag/v0.1.0\n"
    )
    text = script.with_section(first, "0.2.0", DATE)
    assert script.with_links(text, "https://host/avio").endswith(
        "- The first.\n\n[Unreleased]: https://host/avio/compare/v0.2.0...HEAD\n"
        "[0.2.0]: https://host/avio/compare/v0.1.0...v0.2.0\n"
        "[0.1.0]: https://host/avio/releases/tag/v0.1.0\n"
    )


def test_this_repository_can_be_released(script: Any, tmp_path: Path) -> None:
    """Every place that states the version is found, and the source of the recipe."""
    for name in script.VERSIONS:
        (tmp_path / name).parent.mkdir(parents=True)
        shutil.copy(REPOSITORY / name, tmp_path / name)
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    changelog = (REPOSITORY / "CHANGELOG.md").read_text()
    heading, entry = "## [Unreleased]\n", "\n### Added\n\n- A thing.\n"
    # Of its own, as there is none just after a release.
    news = changelog.replace(heading, heading + entry, 1)
    (tmp_path / "CHANGELOG.md").write_text(news)
    script.prepare(tmp_path, "9.8.7", DATE)
    written = (tmp_path / "CHANGELOG.md").read_text()
    assert f"{heading}\n## [9.8.7] - 2026-11-30\n{entry}" in written
    for name in script.VERSIONS:
        assert '"9.8.7"' in (tmp_path / name).read_text()
    sdist = tmp_path / "avio_cli-9.8.7.tar.gz"
    sdist.write_bytes(b"packed")
    script.write_recipe(tmp_path, [sdist])
    recipe = (tmp_path / "recipe.yaml").read_text()
    assert "path: ../.." not in recipe
    assert (
        "\n  sha256: 88cb8a087b6e8cebfc9ae5602f5a2159a6bcf923e7f2c56809bcda6cad1727a7"
        in (recipe)
    )


@needs_git
@pytest.mark.parametrize("version", ["v0.2.0", "0.2", "0.2.0rc1", "00.2.0", "one"])
def test_what_is_no_version_is_refused(
    script: Any, repository: Path, version: str
) -> None:
    with pytest.raises(script.RefusedError, match="is no version"):
        script.release(repository, options(version))


@needs_git
def test_versions_do_not_repeat_or_go_back(script: Any, repository: Path) -> None:
    with pytest.raises(script.RefusedError, match=r"0\.0\.9 is older than 0\.1\.0"):
        script.release(repository, options("0.0.9"))
    git(repository, "tag", "v0.10.0")
    with pytest.raises(script.RefusedError, match=r"0\.9\.0 is older than 0\.10\.0"):
        script.release(repository, options("0.9.0"))
    with pytest.raises(script.RefusedError, match=r"the tag v0\.10\.0 exists"):
        script.release(repository, options("0.10.0"))


@needs_git
def test_a_tree_with_changes_is_refused(script: Any, repository: Path) -> None:
    (repository / "new.txt").touch()
    with pytest.raises(script.RefusedError, match=r"not clean: new\.txt"):
        script.release(repository, options("0.2.0"))


@needs_git
def test_a_release_is_a_commit_a_tag_and_packages(
    script: Any, repository: Path, builds: list[Path]
) -> None:
    script.release(repository, options("0.2.0", "tag"))
    assert git(repository, "log", "-1", "--format=%an: %s") == (
        "Someone: release: version 0.2.0\n"
    )
    assert git(repository, "cat-file", "-t", "v0.2.0") == "tag\n"
    assert git(repository, "status", "--porcelain") == ""
    assert (repository / "avio_cli/version.py").read_text() == '__version__ = "0.2.0"\n'
    assert "## [0.2.0] - " in (repository / "CHANGELOG.md").read_text()
    assert {path.name for path in (repository / "dist").iterdir()} == {
        "avio_cli-0.2.0.tar.gz",
        "avio_cli-0.2.0.whl",
        "recipe.yaml",
    }
    assert len({*builds, repository}) == 3


@needs_git
@pytest.mark.usefixtures("builds")
def test_a_dry_run_changes_nothing(script: Any, repository: Path) -> None:
    before = state(repository)
    script.release(repository, options("0.2.0", "dry"))
    assert state(repository) == before


@needs_git
@pytest.mark.usefixtures("builds")
def test_a_failed_check_changes_nothing(
    script: Any, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*words: object) -> list[str]:
        raise script.RefusedError("the demo does not run")

    before = state(repository)
    monkeypatch.setattr(script, "check_packages", fail)
    with pytest.raises(script.RefusedError, match="the demo"):
        script.release(repository, options("0.2.0", "tag"))
    assert state(repository) == before


@needs_git
@pytest.mark.usefixtures("builds")
@pytest.mark.parametrize("fails", ["tag", "merge"])
def test_a_release_that_cannot_be_taken_over_can_be_repeated(
    script: Any, repository: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    before, usual = state(repository), script.git

    def fail(folder: Path, *words: str | Path) -> str:
        if folder == repository and words[0] == "merge":
            raise script.RefusedError("git merge failed")
        return str(usual(folder, *words))

    with monkeypatch.context() as patch:
        if fails == "tag":  # there is no such key
            git(repository, "config", "tag.gpgSign", "true")
            git(repository, "config", "gpg.program", "false")
        else:
            patch.setattr(script, "git", fail)
        with pytest.raises(script.RefusedError, match=f"git {fails} failed"):
            script.release(repository, options("0.2.0", "tag"))
    assert state(repository) == before
    git(repository, "config", "tag.gpgSign", "false")
    script.release(repository, options("0.2.0", "tag"))


@needs_git
def test_packages_of_another_version_are_refused(script: Any, repository: Path) -> None:
    (repository / "dist").mkdir()
    for name in ("avio_cli-0.2.0-py3-none-any.whl", "avio_cli-0.2.0.tar.gz"):
        (repository / "dist" / name).touch()
    script.check_dist(repository, "0.2.0")
    (repository / "dist" / "avio_cli-0.2.0.1-py3-none-any.whl").touch()
    says = r"dist/avio_cli-0\.2\.0\.1-py3-none-any\.whl is not of 0\.2\.0"
    with pytest.raises(script.RefusedError, match=says):
        script.release(repository, options("0.2.0"))


def test_packages_that_differ_are_refused(script: Any, tmp_path: Path) -> None:
    paths = [tmp_path / "one" / "a.whl", tmp_path / "two" / "a.whl"]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(b"packed")
    script.compare(paths[:1], paths[1:])
    paths[1].write_bytes(b"packed at another time")
    with pytest.raises(script.RefusedError, match=r"a\.whl is not the same"):
        script.compare(paths[:1], paths[1:])
    with pytest.raises(script.RefusedError, match="different names"):
        script.compare(paths[:1], [])


def test_a_check_that_fails_is_no_success(
    script: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    command = (sys.executable, "-c", "import sys; print('why'); sys.exit(77)")
    assert script.run(*command, accepted=(0, 77)) == 77
    with pytest.raises(script.RefusedError, match="ended with status 77"):
        script.run(*command, quiet=True)
    assert "why" in capfd.readouterr().err


def state(root: Path) -> tuple[str, str, list[str]]:
    """Commits and tags, what is not committed, and all files."""
    files = sorted(path.name for path in root.iterdir())
    return (
        git(root, "log", "--all", "--format=%H %D"),
        git(root, "status", "--porcelain", "--ignored"),
        files,
    )
