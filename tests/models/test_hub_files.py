"""Files of the hub: their names, what is kept of them, and how it is checked."""

import json
from pathlib import Path

import pytest

from avio_cli.cli.main import run
from avio_cli.errors import InputError, UsageError
from avio_cli.models.describe import describe_model
from avio_cli.models.hub_files import all_kept, extension_of, parse_hub_name
from avio_cli.models.store import ModelStore
from tests.models.fake_hub import COMMIT, NAME, FakeHub
from tests.models.onnx_writer import write_yolox

ONNX = (".onnx",)


@pytest.mark.parametrize(
    ("text", "file", "revision"),
    [
        ("hf:some/detector/mine.onnx", "mine.onnx", ""),
        ("hf:some/detector/onnx/mine.onnx@main", "onnx/mine.onnx", "main"),
        ("hf:some/det.v2/a b/mine.pth.tar@refs/pr/1", "a b/mine.pth.tar", "refs/pr/1"),
    ],
)
def test_a_name_has_a_repository_a_path_and_a_revision(
    text: str, file: str, revision: str
) -> None:
    name = parse_hub_name(text)
    assert (name.owner, name.file, name.revision) == ("some", file, revision)
    assert str(name) == text


@pytest.mark.parametrize(
    "text",
    [
        "hf:",
        "hf:mine.onnx",
        "hf:some/mine.onnx",
        "hf:some/../mine.onnx",
        "hf:some/detector/../../mine.onnx",
        "hf:some/detector//mine.onnx",
        "hf:some/detector/mine.onnx@",
        "hf:some/detector/mine.onnx@../x",
        "hf:some/detector/mine\n.onnx",
    ],
)
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="names no file of the hub"):
        parse_hub_name(text)


def test_a_file_that_is_no_model_is_refused_before_it_is_asked_for(
    store: ModelStore, fake: FakeHub
) -> None:
    with pytest.raises(UsageError, match=r"README\.md is no model file"):
        store.path("hf:some/detector/README.md", ONNX)
    assert fake.asked == []


def test_the_extension_is_that_of_the_file() -> None:
    assert extension_of(f"{NAME}@v1.0") == ".onnx"
    assert extension_of("mine.pth.tar") == ".pth.tar"


@pytest.mark.parametrize("file", ["a.engine", "a.xml", "a_trt.pth"])
def test_files_that_are_no_use_from_elsewhere_are_refused(file: str) -> None:
    with pytest.raises(UsageError, match=r"GPU|second file") as caught:
        parse_hub_name(f"hf:some/detector/{file}")
    assert caught.value.hint


def test_a_kept_file_that_changed_is_refused_and_named(
    store: ModelStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"{NAME}@{COMMIT}"
    path = store.path(name, ONNX)
    path.write_bytes(write_yolox(tmp_path / "other.onnx", classes=4).read_bytes())
    with pytest.raises(InputError, match="damaged"):
        store.path(name, ONNX)
    with pytest.raises(InputError, match="damaged"):  # named by its path
        store.path(str(path), ONNX)
    model = describe_model(path)
    assert (model.origin, model.spec.licence) == ("", "")
    assert run(["models", "verify"]) == 1
    assert capsys.readouterr().out.startswith("damaged ")


@pytest.mark.parametrize(
    "text",
    ["[]", "{", '{"name": "x"}', '{"other": 1}', '{"name": 1, "sha256": "x"}'],
)
def test_a_record_that_is_none_is_named(
    store: ModelStore, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = store.path(NAME, ONNX)
    path.with_name(f"{path.name}.hub.json").write_text(text)
    with pytest.raises(InputError, match="not a record of a download"):
        store.path(f"{NAME}@{COMMIT}", ONNX)
    assert run(["models", "list"]) == 0
    assert run(["models", "verify"]) == 1
    assert capsys.readouterr().out.count("not a record of a download") == 2


def test_without_network_only_a_kept_commit_opens(
    store: ModelStore, fake: FakeHub
) -> None:
    closed = ModelStore.from_environment(network=False)
    for name in (NAME, f"{NAME}@{COMMIT}"):
        with pytest.raises(InputError, match="safe mode opens no network") as caught:
            closed.path(name, ONNX)
        assert caught.value.hint.startswith(f"avio models download {name}")
    assert fake.asked == []
    path = store.path(NAME, ONNX)
    assert closed.path(f"{NAME}@{COMMIT}", ONNX) == path
    with pytest.raises(InputError) as caught:  # whether the branch is still there
        closed.path(NAME, ONNX)
    assert caught.value.hint == (
        f"a branch is asked for each time: name a commit; downloaded is {NAME}@{COMMIT}"
    )


def test_the_commands_show_name_and_licence(
    store: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"{NAME}@{COMMIT}"
    assert run(["models", "show", name]) == 1
    assert f"avio models download {name}" in capsys.readouterr().err
    assert run(["models", "download", "--quiet", NAME]) == 0
    path = store.find(name, ONNX)
    assert capsys.readouterr().out == f"{path}\n"
    assert run(["models", "show", name]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert f"# {name}" in shown
    assert 'licence = "apache-2.0"' in shown
    assert run(["models", "list"]) == 0
    assert f"{name}  of the hub, licence apache-2.0  [{path}]" in (
        capsys.readouterr().out
    )


def test_a_record_keeps_what_was_downloaded(store: ModelStore, fake: FakeHub) -> None:
    path = store.path(NAME, ONNX)
    record = json.loads(path.with_name(f"{path.name}.hub.json").read_text())
    assert record == {
        "name": f"{NAME}@{COMMIT}",
        "sha256": fake.sha256,
        "licence": "apache-2.0",
    }
    assert all_kept(store.cache)[0].path == path


def test_a_file_that_cannot_be_read_is_named(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = store.path(NAME, ONNX)

    def fail(_: Path) -> str:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("avio_cli.models.digests.digest_of", fail)
    with pytest.raises(InputError, match=r"mine\.onnx: cannot be read"):
        store.path(f"{NAME}@{COMMIT}", ONNX)
    assert [(v.path, v.state) for v in store.verify()] == [(path, "damaged")]
