import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from types import ModuleType

import pytest

from avio_cli.models.store import ModelStore
from tests.models.fake_hub import FakeHub
from tests.models.file_server import FileServer, serving
from tests.models.onnx_writer import write_yolox


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """A file server, reached without the proxies of this machine."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    content = bytes(range(256)) * 4096
    with serving(FileServer(content)) as running:
        yield running


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    content = write_yolox(tmp_path / "source.onnx", classes=3).read_bytes()
    made = FakeHub(content, sha256(content).hexdigest())
    module = ModuleType("huggingface_hub")
    module.__dict__["HfApi"] = lambda: made
    module.__dict__["hf_hub_download"] = made.hf_hub_download
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    monkeypatch.setenv("AVIO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("AVIO_MODEL_PATH", raising=False)
    return made


@pytest.fixture
def store(fake: FakeHub) -> ModelStore:
    del fake
    return ModelStore.from_environment()
