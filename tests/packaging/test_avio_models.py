"""The package of weights: what its wheel contains, and what it refuses to carry."""

import json
import sys
from collections.abc import Iterator
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from avio_cli.models.catalog import CATALOG
from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "packaging" / "avio-models"


class _Hook:
    """Hatchling's part of a hook, as far as it is used; it is not installed here."""

    root = str(PACKAGE)


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module of the hook."""
    parts = "hatchling builders hooks plugin interface".split()
    for end in range(1, len(parts) + 1):
        name = ".".join(parts[:end])
        module = ModuleType(name)
        module.__dict__["BuildHookInterface"] = _Hook
        monkeypatch.setitem(sys.modules, name, module)
    spec = spec_from_file_location("hatch_build", PACKAGE / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_wheel_has_the_weights_and_their_digest(
    hook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "any-name.onnx"
    weights.write_bytes(b"weights")
    digest = sha256(b"weights").hexdigest()
    monkeypatch.setattr(hook, "DIGESTS", {digest})
    monkeypatch.setenv("AVIO_MODELS_WEIGHTS", str(weights))
    data: dict[str, Any] = {"force_include": {}}
    builder = hook.WeightsHook()
    builder.initialize("standard", data)
    named = {place: Path(path) for path, place in data["force_include"].items()}
    assert named["avio_models/yolox_nano.onnx"] == weights
    record = named["avio_models/digests.json"]
    assert json.loads(record.read_text()) == {"yolox_nano.onnx": digest}
    builder.finalize("standard", data, "")
    assert not record.exists()


def test_other_weights_are_refused(
    hook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "yolox_nano.onnx"
    weights.write_bytes(b"other weights")
    monkeypatch.setenv("AVIO_MODELS_WEIGHTS", str(weights))
    with pytest.raises(ValueError, match=r"is not yolox_nano\.onnx as it is known"):
        hook.WeightsHook().initialize("standard", {"force_include": {}})


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("", "set AVIO_MODELS_WEIGHTS to the full path"),
        ("nowhere/a.onnx", r"is nowhere/a\.onnx: no such file \(a full path is needed"),
    ],
)
def test_without_weights_the_variable_is_named(
    hook: Any, monkeypatch: pytest.MonkeyPatch, named: str, says: str
) -> None:
    monkeypatch.setenv("AVIO_MODELS_WEIGHTS", named)
    with pytest.raises(ValueError, match=says):
        hook.WeightsHook().initialize("standard", {"force_include": {}})


def test_the_weights_for_measuring_may_be_carried(hook: Any, shared: Path) -> None:
    assert hook.known_digest(shared / "models" / "yolox_nano.onnx") in hook.DIGESTS


def test_avio_knows_the_weights_that_may_be_carried(hook: Any) -> None:
    weights = CATALOG["yolox-nano"].weights_for((".onnx",))
    assert weights is not None
    assert {weights.sha256, *weights.exports} == hook.DIGESTS


def test_licence_and_notice_come_with_the_weights() -> None:
    assert "Apache License" in (PACKAGE / "LICENSE").read_text()
    assert "Megvii" in (PACKAGE / "NOTICE").read_text()
