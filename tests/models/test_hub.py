"""Downloads from the hub: commits, checks, and one error for all that fails."""

import logging
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from avio_cli.errors import AvioError, InputError, OutputError
from avio_cli.models.describe import describe_model
from avio_cli.models.store import ModelStore
from tests.models.fake_hub import COMMIT, NAME, FakeHub
from tests.models.onnx_writer import write_onnx

ONNX = (".onnx",)


def test_a_branch_becomes_the_commit_that_it_is_at(
    store: ModelStore, fake: FakeHub
) -> None:
    seen: list[tuple[int, int | None]] = []

    def progress(done: int, total: int | None) -> None:
        seen.append((done, total))

    path = store.path(f"{NAME}@main", ONNX, progress=progress)
    model = describe_model(path)
    assert COMMIT in path.parts
    assert model.origin == f"{NAME}@{COMMIT}"
    assert fake.asked == ["main", "onnx/mine.onnx"]
    assert seen == [(len(fake.content), len(fake.content))]


def test_a_commit_is_asked_for_once(store: ModelStore, fake: FakeHub) -> None:
    for _ in range(2):
        path = store.path(f"{NAME}@{COMMIT}", ONNX)
    assert fake.asked == [COMMIT, "onnx/mine.onnx"]
    assert store.find(f"{NAME}@{COMMIT}", ONNX) == path


def test_a_branch_that_has_not_moved_is_not_downloaded_again(
    store: ModelStore, fake: FakeHub
) -> None:
    for _ in range(2):
        store.path(NAME, ONNX)
    assert fake.asked == [None, "onnx/mine.onnx", None]


def test_the_licence_of_the_card_is_the_models(
    store: ModelStore, fake: FakeHub
) -> None:
    fake.licence = "agpl-3.0"
    model = store.open(NAME, ONNX)
    assert model.spec.licence == "agpl-3.0"
    assert "licence agpl-3.0" in model.remarks


@pytest.mark.parametrize(
    ("licence", "shown"),
    [
        (None, ""),
        (7, ""),
        (["mit", "cc-by-nc-4.0"], "mit, cc-by-nc-4.0"),
        ("other", "research-only"),
        ("mit\x1b[31m\n", "mit[31m"),
    ],
)
def test_what_a_card_says_is_shown(
    store: ModelStore, fake: FakeHub, licence: Any, shown: str
) -> None:
    fake.licence = licence
    assert store.open(NAME, ONNX).spec.licence == shown


def test_the_card_comes_before_the_file_and_a_description_before_the_card(
    store: ModelStore, fake: FakeHub, tmp_path: Path
) -> None:
    names = {"names": "{0: 'a', 1: 'b', 2: 'c'}", "stride": "32", "license": "MIT"}
    source = write_onnx(
        tmp_path / "b.onnx",
        {"images": (1, 3, 64, 64)},
        {"output0": (1, 7, 84)},
        names | {"task": "detect"},
    )
    fake.content = source.read_bytes()
    fake.sha256 = sha256(fake.content).hexdigest()
    fake.licence = "agpl-3.0"
    path = store.path(NAME, ONNX)
    assert describe_model(path).spec.licence == "agpl-3.0"
    path.with_suffix(".toml").write_text('schema = 2\nlicence = "Enterprise"\n')
    assert describe_model(path).spec.licence == "Enterprise"
    path.with_suffix(".toml").write_text("schema = 2\n")
    assert describe_model(path).spec.licence == "agpl-3.0"


def test_a_small_file_is_compared_with_its_id_in_git(
    store: ModelStore, fake: FakeHub
) -> None:
    fake.content, fake.sha256 = b"hello\n", ""
    fake.blob_id = "ce013625030ba8dba906f756967f9e9ca394464a"  # git hash-object
    path = store.path(NAME, ONNX)
    path.unlink()
    fake.content = b"other\n"
    with pytest.raises(InputError, match="is not the expected file"):
        store.path(NAME, ONNX)
    assert not path.exists()


def test_another_commit_than_the_named_one_is_refused(
    store: ModelStore, fake: FakeHub
) -> None:
    fake.commit = "f" * 40
    with pytest.raises(InputError, match=f"another commit, {fake.commit}"):
        store.path(f"{NAME}@{COMMIT}", ONNX)


def test_a_password_in_the_address_of_a_mirror_is_not_shown(
    store: ModelStore,
    fake: FakeHub,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object, **__: object) -> None:
        address = "http://me:geh@eim@mirror:81/api/x?key=geheim"
        logging.getLogger("huggingface_hub.utils").warning("retry %s", address)
        raise ValueError(f"500 for url '{address}'")

    monkeypatch.setattr(fake, "model_info", fail)
    with pytest.raises(InputError) as caught:
        store.path(NAME, ONNX)
    assert "500 for url 'http://mirror:81/api/x'" in caught.value.message
    assert caplog.text == ""


def test_a_cache_that_cannot_be_written_is_an_output_error(
    store: ModelStore, fake: FakeHub
) -> None:
    del fake
    store.cache.parent.mkdir()
    store.cache.write_text("no folder")
    with pytest.raises(OutputError, match="cannot be kept in"):
        store.path(NAME, ONNX)


def test_another_file_than_the_published_one_is_removed(
    store: ModelStore, fake: FakeHub
) -> None:
    fake.content += b"x"
    with pytest.raises(InputError, match="is not the expected file"):
        store.path(NAME, ONNX)
    assert not list(store.cache.rglob("*.onnx"))


def test_what_the_hub_does_not_have_is_one_error(
    store: ModelStore, fake: FakeHub
) -> None:
    with pytest.raises(InputError, match="has no such file") as caught:
        store.path("hf:some/detector/other.onnx", ONNX)
    assert caught.value.hint == "model files there: onnx/mine.onnx"
    with pytest.raises(InputError, match="no such repository, or it is private"):
        store.path("hf:other/detector/mine.onnx", ONNX)
    fake.commit = "../../elsewhere"
    with pytest.raises(InputError, match="did not say which commit"):
        store.path(NAME, ONNX)


def test_without_the_library_its_installation_is_named(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(AvioError, match="huggingface_hub") as caught:
        store.path(NAME, ONNX)
    assert caught.value.hint == 'pip install "avio-cli[hf]"'
