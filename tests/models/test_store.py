import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from avio_cli.errors import InputError, UsageError
from avio_cli.models import download as downloads
from avio_cli.models.catalog import CATALOG
from avio_cli.models.store import ModelStore
from tests.models.file_server import FileServer
from tests.models.onnx_writer import write_yolox

ONNX = (".onnx",)
SHA256 = hashlib.sha256


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads.time, "sleep", lambda _: None)


@pytest.fixture
def store(server: FileServer, tmp_path: Path) -> ModelStore:
    """Two folders, a cache, and a catalogue whose files the local server has."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    server.content = write_yolox(tmp_path / "source.onnx", classes=80).read_bytes()
    digest = SHA256(server.content).hexdigest()
    catalog = dict(CATALOG)
    for name, entry in CATALOG.items():
        weights = tuple(
            replace(w, addresses=(server.address(w.filename),), sha256=known)
            for w in entry.weights
            for known in [digest if w.extension == ".onnx" else ""]
        )
        catalog[name] = replace(entry, weights=weights)
    folders = (tmp_path / "one", tmp_path / "two")
    return ModelStore(folders, tmp_path / "cache", catalog)


def test_places_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVIO_MODEL_PATH", os.pathsep.join(["/a", "", "/b"]))
    monkeypatch.setenv("AVIO_CACHE_DIR", "/c")
    store = ModelStore.from_environment()
    assert store.folders == (Path("/a"), Path("/b"))
    assert store.cache == Path("/c/models")


def test_without_settings_the_cache_is_the_users(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AVIO_MODEL_PATH", raising=False)
    monkeypatch.delenv("AVIO_CACHE_DIR", raising=False)
    store = ModelStore.from_environment()
    assert store.folders == ()
    assert store.cache.parts[-2:] == ("avio", "models")


@pytest.mark.parametrize("filename", ["yolox_nano.onnx", "yolox-nano.onnx"])
@pytest.mark.parametrize("name", ["yolox-nano", "yolox_nano"])
def test_a_name_finds_the_file_however_it_is_spelt(
    store: ModelStore, filename: str, name: str
) -> None:
    path = write_yolox(store.folders[1] / filename, classes=80)
    model = store.open(name, ONNX)
    assert model.path == path
    assert model.spec.name == "yolox-nano"


def test_the_first_folder_wins_and_the_cache_comes_last(
    store: ModelStore, server: FileServer
) -> None:
    cached = store.path("yolox-s", ONNX)
    assert cached == store.cache / "yolox_s.onnx"
    for folder in reversed(store.folders):
        own = write_yolox(folder / "yolox_s.onnx", classes=80)
        assert store.path("yolox-s", ONNX) == own
    assert len(server.asked) == 1


def test_the_format_that_can_be_run_is_found(store: ModelStore) -> None:
    (store.folders[0] / "yolox_nano.pth").write_bytes(b"x")
    (store.folders[0] / "yolox_nano.xml").write_bytes(b"x")
    onnx = write_yolox(store.folders[0] / "yolox_nano.onnx", classes=80)
    assert store.find("yolox-nano", (".onnx", ".xml")) == onnx
    assert store.find("yolox-nano", (".xml", ".onnx")) == onnx.with_suffix(".xml")
    assert store.find("yolox-nano", (".engine",)) is None


def test_a_users_own_model_is_found_by_path_file_name_and_name(
    store: ModelStore, tmp_path: Path
) -> None:
    own = write_yolox(store.folders[1] / "mine.onnx")
    for model in (str(own), "mine.onnx", "mine"):
        assert store.path(model, ONNX) == own


def test_a_missing_file_is_named(store: ModelStore) -> None:
    with pytest.raises(InputError, match=r"no/mine\.onnx: there is no such model"):
        store.open("no/mine.onnx", ONNX)


def test_an_unknown_name_is_answered_with_the_near_ones(store: ModelStore) -> None:
    with pytest.raises(UsageError, match="unknown model 'yolox-nan'") as caught:
        store.open("yolox-nan", ONNX)
    assert "did you mean yolox-nano" in caught.value.hint


def test_a_download_is_kept_and_its_digest_remembered(
    store: ModelStore, server: FileServer
) -> None:
    assert store.open("yolox-m", ONNX).spec.name == "yolox-m"
    assert store.open("yolox-m", ONNX).path.parent == store.cache
    assert len(server.asked) == 1
    record = json.loads((store.cache / "digests.json").read_text())
    assert record == {"yolox_m.onnx": SHA256(server.content).hexdigest()}


def test_a_cached_file_that_changed_is_refused(store: ModelStore) -> None:
    path = store.download("yolox-m", ONNX)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(InputError, match="damaged"):
        store.path("yolox-m", ONNX)
    with pytest.raises(InputError, match="damaged"):
        store.download("yolox-m", ONNX)


def test_a_file_without_published_digest_is_held_to_its_first_use(
    store: ModelStore,
) -> None:
    formats = (".pth.tar",)
    path = store.download("bytetrack-m", formats)
    assert store.path("bytetrack-m", formats) == path
    path.write_bytes(b"other")
    with pytest.raises(InputError, match="damaged"):
        store.path("bytetrack-m", formats)


def test_a_model_that_only_torch_can_run_is_refused_clearly(
    store: ModelStore, server: FileServer
) -> None:
    with pytest.raises(InputError, match="only as bytetrack_m_mot17") as caught:
        store.open("bytetrack-m", ONNX)
    assert "yolox" in caught.value.hint
    assert server.asked == []


def test_auto_prefers_what_is_at_hand_in_its_order(
    store: ModelStore, server: FileServer
) -> None:
    write_yolox(store.folders[1] / "yolox_s.onnx", classes=80)
    assert store.open("auto", ONNX).spec.name == "yolox-s"
    write_yolox(store.folders[1] / "yolox_nano.onnx", classes=80)
    assert store.open("auto", ONNX).spec.name == "yolox-nano"
    write_yolox(store.folders[1] / "bytetrack_m.onnx")
    assert store.open("auto", ONNX).spec.name == "yolox-nano"
    assert store.open("auto", ONNX, device="cuda").spec.name == "bytetrack-m"
    assert server.asked == []


@pytest.mark.parametrize(
    ("device", "formats", "filename"),
    [
        ("cpu", ONNX, "yolox_tiny.onnx"),
        ("cuda", ONNX, "yolox_m.onnx"),
        ("cuda", (".onnx", ".pth.tar"), "bytetrack_m_mot17.pth.tar"),
    ],
)
def test_auto_downloads_what_suits_the_device(
    store: ModelStore, device: str, formats: tuple[str, ...], filename: str
) -> None:
    assert store.path("auto", formats, device=device).name == filename


def test_without_network_and_weights_one_error_says_what_to_do(
    store: ModelStore, server: FileServer
) -> None:
    server.refusals = [503] * 3
    with pytest.raises(InputError) as caught:
        store.open("auto", ONNX)
    assert server.address("yolox_tiny.onnx") in caught.value.message
    assert str(store.cache) in caught.value.hint
    assert "--model motion" in caught.value.hint


def test_the_next_address_is_tried_where_one_fails(
    store: ModelStore, server: FileServer
) -> None:
    server.refusals = [404]
    entry = store.catalog["yolox-x"]
    addresses = (server.address("gone"), server.address("here"))
    weights = replace(entry.weights[0], addresses=addresses)
    catalog = {"yolox-x": replace(entry, weights=(weights,))}
    path = replace(store, catalog=catalog).download("yolox-x", ONNX)
    assert path.read_bytes() == server.content


def test_the_list_shows_what_is_at_hand_and_what_can_be_had(store: ModelStore) -> None:
    own = write_yolox(store.folders[0] / "yolox_nano.onnx", classes=80)
    lines = {line.entry.name: line for line in store.listings(ONNX)}
    assert list(lines) == list(CATALOG)
    assert (lines["yolox-nano"].path, lines["yolox-nano"].available) == (own, True)
    assert (lines["yolox-s"].path, lines["yolox-s"].available) == (None, True)
    assert not lines["bytetrack-s"].available


def test_files_of_a_users_own_are_those_that_the_catalog_lacks(
    store: ModelStore,
) -> None:
    write_yolox(store.folders[0] / "yolox_nano.onnx", classes=80)
    own = write_yolox(store.folders[1] / "mine.onnx")
    assert store.own_files() == (own,)


def test_verify_judges_every_known_file(store: ModelStore) -> None:
    store.download("yolox-s", ONNX)
    changed = store.download("yolox-m", ONNX)
    changed.write_bytes(b"changed")
    (store.cache / "yolox_l.onnx").write_bytes(b"put here by hand")
    write_yolox(store.folders[0] / "yolox_x.onnx", classes=3)
    (store.folders[0] / "mine.onnx").write_bytes(b"")
    states = {verdict.path.name: verdict.state for verdict in store.verify()}
    assert states == {
        "yolox_s.onnx": "published",
        "yolox_m.onnx": "damaged",
        "yolox_l.onnx": "recorded",
        "yolox_x.onnx": "own",
    }
    again = {verdict.path.name: verdict.state for verdict in store.verify()}
    assert again["yolox_l.onnx"] == "unchanged"


def test_a_broken_record_of_digests_is_an_error(store: ModelStore) -> None:
    path = store.download("yolox-s", ONNX)
    path.write_bytes(b"changed")
    (store.cache / "digests.json").write_text("{")
    with pytest.raises(InputError, match="not a record of digests"):
        store.verify()


def test_a_model_can_be_fed_another_size(store: ModelStore) -> None:
    write_yolox(store.folders[0] / "yolox_nano.onnx", classes=80)
    model = store.open("yolox-nano", ONNX)
    assert model.resized((96, 64)).spec.input_size == (96, 64)
