"""The Dockerfile and conda-forge's recipe ask for what pyproject.toml asks for."""

import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from avio_cli.ffmpeg.process.run import run
from avio_cli.version import __version__
from tests.conftest import REPOSITORY

DOCKERFILE = REPOSITORY / "packaging" / "Dockerfile"
PROJECT: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
IN_CONDA = {"opencv-python-headless": "py-opencv", "pysdl2-dll": "sdl2"}
"""Packages that have another name on conda-forge."""


@pytest.fixture(scope="module")
def recipe() -> Any:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    path = REPOSITORY / "packaging" / "conda" / "recipe.yaml"
    return yaml.safe_load(path.read_text())


def test_the_recipe_needs_what_pip_installs(recipe: Any) -> None:
    wanted = set()
    for requirement in PROJECT["project"]["dependencies"]:
        name, version = re.fullmatch(r"([\w-]+)(.*)", requirement).groups()  # type: ignore[union-attr]
        wanted.add(f"{IN_CONDA.get(name, name)} {version}")
    run_needs = set(recipe["requirements"]["run"])
    assert run_needs == {*wanted, "python >=${{ python_min }}"}


def test_the_recipe_builds_as_pip_does(recipe: Any) -> None:
    (backend,) = PROJECT["build-system"]["requires"]
    assert backend.replace(">=", " >=") in recipe["requirements"]["host"]
    assert (
        f">={recipe['context']['python_min']}" == PROJECT["project"]["requires-python"]
    )
    assert recipe["package"]["name"] == PROJECT["project"]["name"]
    scripts = [
        f"{name} = {place}" for name, place in PROJECT["project"]["scripts"].items()
    ]
    assert recipe["build"]["python"]["entry_points"] == scripts


def test_the_recipe_states_version_licence_and_summary(recipe: Any) -> None:
    assert recipe["context"]["version"] == __version__
    assert recipe["about"]["license"] == PROJECT["project"]["license"]
    assert recipe["about"]["summary"] == PROJECT["project"]["description"]
    assert (REPOSITORY / recipe["about"]["license_file"]).is_file()


def test_the_image_runs_avio_and_not_as_root() -> None:
    image = DOCKERFILE.read_text().rpartition("\nFROM ")[2]
    steps = re.findall(r"^([A-Z]+) (.*)$", image, re.MULTILINE)
    assert ("ENTRYPOINT", '["avio"]') in steps
    assert ("USER", "1000:1000") in steps
    assert max(i for i, (name, _) in enumerate(steps) if name == "RUN") < steps.index(
        ("USER", "1000:1000")
    )


def test_the_image_has_a_python_that_pip_accepts() -> None:
    versions = re.findall(
        r"^FROM python:(\d+)\.(\d+)-slim", DOCKERFILE.read_text(), re.M
    )
    assert len(set(versions)) == 1
    oldest = PROJECT["project"]["requires-python"].removeprefix(">=").split(".")
    assert [int(part) for part in versions[0]] >= [int(part) for part in oldest]


def test_what_the_wheel_is_made_of_reaches_the_image() -> None:
    path = DOCKERFILE.with_name("Dockerfile.dockerignore")
    kept = {line[1:] for line in path.read_text().splitlines() if line[:1] == "!"}
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], PROJECT["project"]["readme"]}
    assert needed | {*PROJECT["project"]["license-files"], "pyproject.toml"} == kept


def test_hadolint_accepts_the_dockerfile() -> None:
    hadolint = shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not installed")
    done = run([hadolint, str(Path(DOCKERFILE))], timeout=60)
    assert done.status == 0, done.stdout.decode()
