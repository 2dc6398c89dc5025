"""Files of PyTorch are data: read, described, or refused with a reason."""

import os
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avio_cli.errors import AvioError, InputError
from avio_cli.models.catalog import CATALOG
from avio_cli.models.checkpoint import read_saved, read_weights, takes_pixels
from avio_cli.models.classes import COCO_CLASSES
from avio_cli.models.describe import describe, describe_model
from avio_cli.models.graph import read_graph
from avio_cli.models.yolox_variants import recognise
from tests.checkpoints import SIZES, empty_network, save_checkpoint

pytestmark = pytest.mark.torch


class Shell:
    """Runs a command when it is unpickled."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, (self.command,))  # noqa: TID251 - what must not run


@pytest.mark.parametrize("form", ["zip", "legacy", "pickle"])
def test_a_file_that_would_run_code_is_refused_and_nothing_runs(
    form: str, torch: Any, tmp_path: Path
) -> None:
    mark, path = tmp_path / "mark", tmp_path / "evil.pth"
    evil = {"model": {"backbone.x": 0}, "extra": Shell(f"touch {mark}")}
    if form == "pickle":
        path.write_bytes(pickle.dumps(evil, 2))
    else:
        torch.save(evil, path, _use_new_zipfile_serialization=form == "zip")

    with pytest.raises(InputError, match="refused: reading it would run") as caught:
        describe(path)

    assert not mark.exists()
    assert "weights alone" in caught.value.hint
    if form != "pickle":  # it does what it seems to do, for those who trust it
        torch.load(path, weights_only=False)
        assert mark.exists()


def test_a_renamed_path_is_not_code_either(torch: Any, tmp_path: Path) -> None:
    path = tmp_path / "evil.pth.tar"
    torch.save({"model": {}, "path": tmp_path}, path)
    with pytest.raises(InputError, match="would run pathlib"):
        read_saved(path)


def test_a_best_score_of_numpy_is_overlooked(torch: Any, tmp_path: Path) -> None:
    scores = {"best_ap": np.float64(0.4), "curr_ap": np.float32(0.3)}
    path = save_checkpoint(tmp_path / "a.pth", "nano", 3, **scores)
    assert describe(path).classes == ("class0", "class1", "class2")


@pytest.mark.parametrize(
    "content",
    [b"", b"<!DOCTYPE html><html>", b"PK\x03\x04broken", bytes(range(256))],
    ids=["empty", "web page", "zip", "noise"],
)
def test_what_pytorch_never_saved_is_refused(
    content: bytes, torch: Any, tmp_path: Path
) -> None:
    path = tmp_path / "x.pth"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a file that PyTorch saved") as caught:
        describe(path)
    assert "\n" not in caught.value.message
    assert "weights_only" not in caught.value.message


@pytest.mark.filterwarnings("ignore:.*torch.jit:FutureWarning")
def test_torchscript_is_named(torch: Any, tmp_path: Path) -> None:
    path = tmp_path / "scripted.pt"
    torch.jit.save(torch.jit.script(torch.nn.Conv2d(3, 8, 3)), path)
    with pytest.raises(InputError, match="is TorchScript: a program, not weights"):
        describe(path)


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
@pytest.mark.parametrize("form", ["zip", "legacy"])
def test_a_file_that_is_cut_off_is_refused(
    share: float, form: str, torch: Any, tmp_path: Path
) -> None:
    path, whole = tmp_path / "cut.pth", tmp_path / "whole.pth"
    torch.save(
        {"model": {"backbone.x": torch.zeros(5000)}},
        whole,
        _use_new_zipfile_serialization=form == "zip",
    )
    content = whole.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError, match="not a file that PyTorch saved") as caught:
        describe(path)
    assert "If you are seeing" not in caught.value.message


@pytest.mark.parametrize(
    ("saved", "says"),
    [
        ([1, 2], "contains a list"),
        ({"optimizer": {}, "epoch": 3}, "no weights by name, only optimizer, epoch"),
        ({"model": {"bbox_head.conv.weight": 0}}, "no weights"),
    ],
)
def test_what_holds_no_weights_is_refused(
    saved: Any, says: str, torch: Any, tmp_path: Path
) -> None:
    path = tmp_path / "x.pt"
    torch.save(saved, path)
    with pytest.raises(InputError, match=says):
        describe(path)


def test_other_names_of_weights_are_refused(torch: Any, tmp_path: Path) -> None:
    path = tmp_path / "mmdet.pth"
    torch.save({"state_dict": {}, "model": {"bbox_head.w": torch.zeros(3)}}, path)
    with pytest.raises(InputError, match=r"not a checkpoint of YOLOX.+bbox_head\.w"):
        describe(path)


def test_weights_may_lie_in_the_file_as_they_are(torch: Any, tmp_path: Path) -> None:
    wrapped = save_checkpoint(tmp_path / "a.pth", "nano")
    bare = tmp_path / "b.pth"
    torch.save(OrderedDict(read_weights(wrapped)), bare)
    assert read_weights(bare).keys() == read_weights(wrapped).keys()


@pytest.mark.parametrize(
    ("outer", "prefix"),
    [
        ("model", "module."),
        ("model", "_orig_mod.module."),
        ("state_dict", "model."),
        ("state_dict", ""),
        ("model_state_dict", ""),
        ("ema", ""),
        ("ema.module", ""),
        ("", "module."),
    ],
)
def test_weights_are_found_where_other_trainers_put_them(
    outer: str, prefix: str, torch: Any, tmp_path: Path
) -> None:
    own = save_checkpoint(tmp_path / "a.pth", "nano", 2)
    weights = read_weights(own)
    saved: dict[str, Any] = {prefix + name: value for name, value in weights.items()}
    for place in filter(None, reversed(outer.split("."))):
        saved = {place: saved, "epoch": 3, "updates": 100}
    path = tmp_path / "b.pth"
    torch.save(saved, path)
    assert read_weights(path).keys() == weights.keys()
    assert describe(path).classes == ("class0", "class1")


@pytest.mark.parametrize("size", SIZES)
def test_a_size_is_recognised_from_the_weights(size: str, torch: Any) -> None:
    shapes = {k: tuple(v.shape) for k, v in empty_network(size).state_dict().items()}
    assert recognise(shapes).size == size


def test_a_checkpoint_names_its_classes_and_family(torch: Any, tmp_path: Path) -> None:
    coco = describe(save_checkpoint(tmp_path / "mine.pth", "nano"))
    persons = describe(save_checkpoint(tmp_path / "best_ckpt.pth.tar", "nano", 1))
    named = describe(
        save_checkpoint(tmp_path / "bytetrack_nano_mot17.pth.tar", "nano", 1)
    )

    assert (coco.name, coco.input_size) == ("mine", (416, 416))
    assert (coco.classes, coco.color, coco.scale) == (COCO_CLASSES, "bgr", 1)
    assert (persons.name, persons.input_size) == ("best_ckpt", (1088, 608))
    assert (persons.classes, persons.color) == (("person",), "rgb")
    assert persons.mean == CATALOG["bytetrack-nano"].spec.mean
    assert named == CATALOG["bytetrack-nano"].spec


def test_one_class_trained_on_pixels_is_no_bytetrack(
    torch: Any, tmp_path: Path
) -> None:
    path = save_checkpoint(tmp_path / "ball.pth", "nano", 1)
    saved = torch.load(path, weights_only=True)
    saved["model"]["backbone.backbone.stem.conv.bn.running_var"] *= 4000
    torch.save(saved, path)
    model = describe_model(path)
    assert (model.spec.color, model.spec.scale) == ("bgr", 1)
    assert (model.spec.input_size, model.spec.classes) == ((416, 416), ("class0",))
    assert model.sign == "yolox by its weights, fed as YOLOX"


def test_yolox_takes_pixels(torch: Any, shared: Path) -> None:
    assert takes_pixels(read_weights(shared / "models" / "yolox_nano.pth"))


def test_a_description_next_to_it_is_used_first(torch: Any, tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path / "mine.pth", "nano", 1)
    (tmp_path / "mine.toml").write_text(
        'schema = 1\ninput_size = [320, 320]\nclasses = ["ball"]\n'
    )
    spec = describe(path)
    assert (spec.classes, spec.color, spec.input_size) == (("ball",), "bgr", (320, 320))


def test_a_wrong_number_of_classes_is_reported(torch: Any, tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path / "mine.pth", "nano", 2)
    (tmp_path / "mine.toml").write_text(
        'schema = 1\ninput_size = [320, 320]\nclasses = ["ball"]\n'
    )
    with pytest.raises(InputError, match="has 7 columns, not 6"):
        describe(path)


def test_a_wrapped_engine_carries_its_description(torch: Any, tmp_path: Path) -> None:
    path = tmp_path / "a_trt.pth"
    torch.save({"engine": bytearray(b"plan"), "avio": '{"schema": 1}'}, path)
    graph = read_graph(path)
    assert graph is not None
    assert graph.metadata == {"avio": '{"schema": 1}'}
    with pytest.raises(InputError, match="made by torch2trt") as caught:
        read_weights(path)
    assert caught.value.hint == f"--trt {path}"


def test_without_pytorch_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(AvioError, match="PyTorch") as caught:
        read_saved(tmp_path / "x.pth")
    assert caught.value.hint.startswith('pip install "avio-cli[torch]" && pip install')
