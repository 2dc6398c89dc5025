"""Weights of the package avio-models: found without the network, and checked."""

import json
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.errors import InputError
from avio_cli.models.catalog import CATALOG
from avio_cli.models.installed import installed_folder
from avio_cli.models.store import ModelStore
from tests.models.file_server import FileServer
from tests.models.onnx_writer import write_yolox

ONNX = (".onnx",)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The installed package, with a small model in place of its weights."""
    folder = tmp_path / "site-packages" / "avio_models"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise SystemExit('this is run')\n")
    weights = write_yolox(folder / "yolox_nano.onnx", classes=80)
    digest = sha256(weights.read_bytes()).hexdigest()
    (folder / "digests.json").write_text(json.dumps({weights.name: digest}))
    known = replace(CATALOG["yolox-nano"].weights[0], exports=(digest,))
    entry = replace(CATALOG["yolox-nano"], weights=(known,))
    catalog = {**CATALOG, "yolox-nano": entry}
    monkeypatch.setattr("avio_cli.models.store.CATALOG", catalog)
    monkeypatch.syspath_prepend(folder.parent)
    monkeypatch.delitem(sys.modules, "avio_models", raising=False)
    monkeypatch.setenv("AVIO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("AVIO_MODEL_PATH", raising=False)
    return folder


@pytest.mark.parametrize("name", ["yolox-nano", "yolox_nano", "auto"])
def test_its_weights_are_found_and_nothing_is_asked(
    package: Path, server: FileServer, name: str
) -> None:
    assert ModelStore.from_environment().path(name, ONNX) == package / "yolox_nano.onnx"
    assert server.asked == []


def test_the_users_own_file_comes_first(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = write_yolox(tmp_path / "yolox_nano.onnx", classes=80)
    monkeypatch.setenv("AVIO_MODEL_PATH", str(tmp_path))
    assert ModelStore.from_environment().path("yolox-nano", ONNX) == own


def test_a_file_that_is_not_the_one_it_names_is_refused(package: Path) -> None:
    weights = package / "yolox_nano.onnx"
    weights.write_bytes(weights.read_bytes() + b"x")
    with pytest.raises(InputError, match="damaged") as caught:
        ModelStore.from_environment().path("yolox-nano", ONNX)
    assert caught.value.hint == "install the wheel of avio-models again"
    (package / "digests.json").write_text("{}")
    with pytest.raises(InputError, match="damaged"):
        ModelStore.from_environment().path("yolox-nano", ONNX)


def test_weights_that_avio_does_not_know_are_refused(
    package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = write_yolox(package / "yolox_nano.onnx", classes=80, side=96)
    digest = sha256(other.read_bytes()).hexdigest()
    (package / "digests.json").write_text(json.dumps({other.name: digest}))
    with pytest.raises(InputError, match="no known weights"):
        ModelStore.from_environment().path("yolox-nano", ONNX)
    assert run(["models", "verify"]) == 1
    assert "install the wheel of avio-models again" in capsys.readouterr().err


def test_list_and_verify_say_where_they_come_from(
    package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    line = next(line for line in listed if line.startswith("yolox-nano "))
    assert line.endswith(f"[{package / 'yolox_nano.onnx'}, of avio-models]")
    assert run(["models", "verify"]) == 0
    assert capsys.readouterr().out.startswith("installed ")


def test_a_folder_of_that_name_is_no_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "avio_models").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    found = installed_folder()
    assert found is None or found.parent != tmp_path
