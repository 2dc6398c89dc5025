"""Exports compute what their source does, describe their input, or are not kept."""

import json
import os
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.cli.main import run
from avio_cli.errors import AvioError, InputError, OutputError, UsageError
from avio_cli.jobs.export import run as exporting
from avio_cli.jobs.export.comparison import (
    LIMIT_FP16,
    largest_difference,
    sample_image,
)
from avio_cli.jobs.export.job import ExportJob
from avio_cli.jobs.export.onnx import make_onnx
from avio_cli.jobs.export.run import export
from avio_cli.models.describe import Model, describe
from avio_cli.models.graph import read_graph
from avio_cli.models.spec import ModelSpec
from avio_cli.vision.runtimes.registry import open_runtime
from tests.checkpoints import SIZES, save_checkpoint
from tests.conftest import missing
from tests.models.onnx_graph import Graph
from tests.vision.runtimes.outputs import run_table
from tests.vision.runtimes.test_runtimes import need

SMALL = (64, 64)


def model_of(path: Path, size: tuple[int, int] = SMALL) -> Model:
    return Model(path, describe(path)).resized(size)


def noise(size: tuple[int, int] = SMALL, count: int = 1) -> NDArray[np.float32]:
    random = np.random.default_rng(1)
    shape = (count, 3, size[1], size[0])
    return random.integers(0, 256, shape).astype(np.float32)


def output_of(path: Path, batch: NDArray[np.float32]) -> NDArray[np.float32]:
    size = (batch.shape[3], batch.shape[2])
    return run_table(open_runtime(path, size), batch)


@pytest.fixture
def checkpoint(torch: Any, tmp_path: Path) -> Path:
    return save_checkpoint(tmp_path / "mine.pth", "nano", 3)


@pytest.fixture
def nano(shared: Path, tmp_path: Path) -> Path:
    path = tmp_path / "yolox_nano.onnx"
    path.write_bytes((shared / "models" / "yolox_nano.onnx").read_bytes())
    return path


@pytest.mark.torch
@pytest.mark.parametrize("size", SIZES)
def test_every_size_is_recognised_and_runs_alike_in_three_runtimes(
    size: str, torch: Any, tmp_path: Path
) -> None:
    path = save_checkpoint(tmp_path / "weights.pth.tar", size)
    graph = read_graph(path)
    assert graph is not None
    assert graph.size == size
    one = export(ExportJob(model=model_of(path), to="onnx"))
    other = export(ExportJob(model=model_of(one.files[0]), to="openvino"))
    # From PyTorch to ONNX Runtime, from there to OpenVINO: together the whole way.
    assert one.difference.boxes + other.difference.boxes < 1e-3
    assert one.difference.scores + other.difference.scores < 1e-3


@pytest.mark.torch
def test_a_file_describes_its_own_input(torch: Any, tmp_path: Path) -> None:
    path = save_checkpoint(tmp_path / "bytetrack_nano_mot17.pth.tar", "nano", 1)
    source = describe(path).resized((96, 64))
    for to, name in (("onnx", "a.onnx"), ("openvino", "b.xml")):
        output = tmp_path / name
        job = ExportJob(model=Model(path, source), to=to, output=output)
        assert export(job).files[0] == output
        assert describe(output) == source
    assert source.color == "rgb"


@pytest.mark.torch
def test_a_batch_is_of_any_number_or_of_the_one_asked_for(checkpoint: Path) -> None:
    batch = noise(count=5)
    model = model_of(checkpoint)
    alone = np.concatenate([output_of(checkpoint, batch[i : i + 1]) for i in range(5)])
    for to, name, count in (
        ("onnx", "any.onnx", 0),
        ("onnx", "two.onnx", 2),
        ("openvino", "two.xml", 2),
    ):
        output = checkpoint.with_name(name)
        export(ExportJob(model=model, to=to, output=output, batch=count))
        graph = read_graph(output)
        assert graph is not None
        assert graph.inputs[0].shape == (count, 3, 64, 64)
        found = output_of(output, batch)
        np.testing.assert_allclose(found, alone, atol=1e-3, rtol=1e-3)


@pytest.mark.torch
def test_an_exported_file_runs_at_other_sizes_too(checkpoint: Path) -> None:
    (file,) = export(ExportJob(model=model_of(checkpoint), to="onnx")).files
    batch = noise((160, 96))
    expected = output_of(checkpoint, batch)
    np.testing.assert_allclose(output_of(file, batch), expected, atol=1e-3, rtol=1e-3)


@pytest.mark.torch
def test_boxes_come_decoded_where_asked_for(checkpoint: Path) -> None:
    model = model_of(checkpoint)
    job = ExportJob(model=model, to="onnx", decoded=True)
    (file,) = export(job).files
    spec = describe(file)
    assert spec.decoded
    table = output_of(file, noise())[0]
    assert 0 < float(np.median(table[:, 0])) < 80
    with pytest.raises(UsageError, match="positions of its own input size"):
        export(ExportJob(model=model_of(file, (96, 96)), to="openvino"))


@pytest.mark.torch
def test_half_precision_halves_the_file_and_keeps_its_ends(
    torch: Any, shared: Path, tmp_path: Path
) -> None:
    path = tmp_path / "yolox_nano.pth"
    path.symlink_to(shared / "models" / "yolox_nano.pth")
    model = Model(path, describe(path))
    sizes = []
    for fp16 in (False, True):
        output = tmp_path / f"{fp16}.onnx"
        done = export(ExportJob(model=model, to="onnx", output=output, fp16=fp16))
        sizes.append(output.stat().st_size)
        assert not done.difference.exceeds(done.limit)
    assert sizes[1] < 0.6 * sizes[0]
    assert 1e-4 < done.difference.scores < 0.05
    assert output_of(output, noise()).dtype == np.float32


@pytest.mark.openvino
@pytest.mark.slow
def test_openvino_is_made_of_onnx(nano: Path) -> None:
    need("openvino")
    for fp16 in (False, True):
        output = nano.with_name(f"{fp16}.xml")
        model = model_of(nano, (96, 64))
        done = export(ExportJob(model=model, to="openvino", output=output, fp16=fp16))
        assert done.files == (output, output.with_suffix(".bin"))
        spec = describe(output)
        assert (spec.name, spec.input_size) == ("yolox-nano", (96, 64))
        assert not done.difference.exceeds(done.limit)
    assert output.with_suffix(".bin").stat().st_size < 2_000_000


@pytest.mark.openvino
def test_an_operator_that_openvino_does_not_know_is_one_error(tmp_path: Path) -> None:
    need("openvino")
    graph = Graph({"images": ("float32", (1, 3, 64, 64))})
    table = graph.node("OnlyTensorRT", "images", out="output")
    graph.outputs = {table: ("float32", (1, 84, 6))}
    path = tmp_path / "mine.onnx"
    path.write_bytes(graph.model())
    job = ExportJob(model=model_of(path), to="openvino", output=tmp_path / "mine.xml")
    with pytest.raises(InputError, match=r"OpenVINO cannot convert it .*OnlyTensorRT"):
        export(job)
    assert sorted(tmp_path.iterdir()) == [path]


def test_an_onnx_file_is_given_another_size_and_its_description(nano: Path) -> None:
    output = nano.with_name("anything.onnx")
    export(ExportJob(model=model_of(nano, (96, 64)), to="onnx", output=output))
    assert describe(output) == replace(describe(nano), input_size=(96, 64))


@pytest.mark.parametrize("to", ["onnx", "openvino"])
def test_a_result_that_differs_is_not_kept(
    to: str,
    nano: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    need(to)

    def corrupt(*arguments: Any, **options: Any) -> bytes:
        model = bytearray(make_onnx(*arguments, **options))
        middle = len(model) // 2
        model[middle : middle + 4000 : 4] = bytes(1000)
        return bytes(model)

    monkeypatch.setattr(exporting, "make_onnx", corrupt)
    output = nano.with_name("out" + {"onnx": ".onnx", "openvino": ".xml"}[to])
    status = run(["export", str(nano), "--to", to, "-o", str(output)])
    captured = capsys.readouterr()
    assert status == 1
    assert "differs from" in captured.err
    assert "nothing was kept" in captured.err
    assert captured.out == ""
    assert [file.name for file in nano.parent.iterdir()] == [nano.name]


def test_the_command_reports_files_and_difference(
    nano: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = nano.with_name("small.onnx")
    command = ["export", str(nano), "--to", "onnx", "--input-size", "64x64"]
    assert run([*command, "-o", str(output), "--device", "cpu"]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"{output}\n"
    assert "largest difference from" in captured.err
    assert run([*command, "-o", str(output)]) == 1
    assert "-y replaces it" in capsys.readouterr().err
    assert run([*command, "-o", str(output), "-y", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("options", "status", "says"),
    [
        (["--to", "onx"], 2, "did you mean onnx?"),
        (["--to", "onnx", "-o", "x.xml"], 2, "x.xml does not end in .onnx"),
        (["--to", "openvino", "-o", "no/x.xml"], 1, "the folder no does not exist"),
        (["--to", "onnx"], 1, "is the source itself"),
        (["--to", "openvino", "--input-size", "100x64"], 2, "multiples of 32"),
        (["--to", "openvino", "--input-size", "64"], 2, "is not WxH"),
        (["--to", "onnx", "-o", "x.onnx", "--decoded"], 2, "omit --decoded"),
        (["--to", "onnx", "-o", "x.onnx", "--batch", "4"], 2, "takes 1 at a time"),
        (["--to", "onnx", "--decoded", "--fp16"], 2, "half precision cannot hold"),
    ],
)
def test_what_cannot_be_made_is_refused(
    options: list[str],
    status: int,
    says: str,
    nano: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(nano.parent)
    assert run(["export", str(nano), *options]) == status
    assert says in capsys.readouterr().err
    assert [file.name for file in nano.parent.iterdir()] == [nano.name]


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("gone.onnx", "gone.onnx: there is no such model file"),
        ("a.xml", "only checkpoints and ONNX files can be exported"),
        ("nonesuch", "unknown model 'nonesuch'"),
    ],
)
def test_a_source_that_is_none_is_refused(
    model: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", model, "--to", "onnx"]) in (1, 2)
    assert says in capsys.readouterr().err


def test_an_output_is_never_replaced_unasked(nano: Path) -> None:
    model = model_of(nano)
    (nano.parent / "yolox_nano.bin").touch()
    with pytest.raises(OutputError, match=r"yolox_nano\.bin exists"):
        ExportJob(model=model, to="openvino")
    assert ExportJob(model=model, to="openvino", force=True).files


def test_names_of_results_follow_the_source_or_the_option(nano: Path) -> None:
    model = model_of(nano)

    def names(**options: Any) -> list[str]:
        job = ExportJob(model=model, **options)
        return [file.name for file in job.files]

    assert names(to="openvino") == ["yolox_nano.xml", "yolox_nano.bin"]
    engine = ["yolox_nano.engine", "yolox_nano_trt.pth", "yolox_nano.engine.toml"]
    assert names(to="tensorrt") == engine
    mine = ["a.engine", "a_trt.pth", "a.engine.toml"]
    for output in ("a.engine", "a_trt.pth", "a"):
        assert names(to="tensorrt", output=nano.with_name(output)) == mine


def test_a_link_to_another_file_system_stays(nano: Path) -> None:
    with TemporaryDirectory(dir=other_file_system(nano)) as folder:
        target, output = Path(folder) / "target.onnx", nano.with_name("a.onnx")
        output.symlink_to(target)
        export(ExportJob(model=model_of(nano), to="onnx", output=output))
        assert output.is_symlink()
        assert read_graph(target) is not None
        assert list(Path(folder).iterdir()) == [target]


@pytest.mark.openvino
def test_a_second_file_may_be_on_another_file_system(nano: Path) -> None:
    need("openvino")
    with TemporaryDirectory(dir=other_file_system(nano)) as folder:
        output = nano.with_name("a.xml")
        output.symlink_to(Path(folder) / "target.xml")
        export(ExportJob(model=model_of(nano), to="openvino", output=output))
        assert output.with_suffix(".bin").is_file()
        assert output_of(output, noise()).size
    names = {path.name for path in nano.parent.iterdir()}
    assert names == {nano.name, "a.xml", "a.bin"}


def other_file_system(than: Path) -> str:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == than.stat().st_dev:
        missing("another file system (/dev/shm)")
    return str(other)


@pytest.mark.parametrize("kind", ["device", "folder", "stdout"])
def test_what_is_no_file_gets_no_extension(kind: str, nano: Path) -> None:
    folder = nano.with_name("folder")
    folder.mkdir()
    names = {"device": Path(os.devnull), "folder": folder, "stdout": Path("-")}
    with pytest.raises(AvioError, match=r"no regular file|is a folder|standard output"):
        ExportJob(model=model_of(nano), to="onnx", output=names[kind])


def test_the_image_that_is_compared_is_always_the_same() -> None:
    assert np.array_equal(sample_image(96, 64), sample_image(96, 64))
    assert sample_image(96, 64).shape == (64, 96, 3)
    assert sample_image(96, 64).std() > 40


def test_a_description_survives_as_json(nano: Path) -> None:
    output = nano.with_name("a.onnx")
    export(ExportJob(model=model_of(nano), to="onnx", output=output))
    graph = read_graph(output)
    assert graph is not None
    assert json.loads(graph.metadata["avio"])["input_size"] == [64, 64]


def test_without_pytorch_a_checkpoint_cannot_be_exported(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    checkpoint = tmp_path / "x.pth"
    assert run(["export", str(checkpoint), "--to", "onnx"]) == 1
    assert "there is no such model file" in capsys.readouterr().err
    checkpoint.write_bytes(b"x")
    assert run(["export", str(checkpoint), "--to", "onnx"]) == 1
    assert 'hint: pip install "avio-cli[torch]"' in capsys.readouterr().err


def test_a_link_stays_and_a_device_is_refused(nano: Path, tmp_path: Path) -> None:
    link, fifo = tmp_path / "link.onnx", tmp_path / "fifo.onnx"
    (tmp_path / "out").mkdir()
    link.symlink_to("out/target.onnx")
    os.mkfifo(fifo)
    words = ["export", str(nano), "--to", "onnx", "--input-size", "64x64", "-y"]
    assert run([*words, "-o", str(link)]) == 0
    assert link.is_symlink()
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["target.onnx"]
    assert run([*words, "-o", str(fifo)]) == 1
    assert fifo.is_fifo()


def test_weights_in_another_file_are_refused(
    nano: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A weight with an empty field for the place of its data.
    graph = Graph(parts=[b"\x2a\x02\x6a\x00"])
    graph.outputs["output"] = ("float32", (1, 3549, 85))
    nano.write_bytes(graph.added_to(nano.read_bytes()))
    assert run(["export", str(nano), "--to", "openvino"]) == 1
    assert "its weights are in another file" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.xml"))


class Gives:
    """A runtime that gives boxes and one label."""

    def __init__(self, label: int, score: float = 0.5) -> None:
        boxes = np.float32([[[10, 20, 300, 400, score]]])
        self.outputs = {"dets": boxes, "labels": np.array([[label]])}

    def run(
        self, batch: NDArray[np.float32], *others: NDArray[Any]
    ) -> dict[str, NDArray[Any]]:
        return self.outputs

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("result", "kept"),
    [(Gives(50), True), (Gives(51), False), (Gives(50, score=0.58), False)],
)
def test_other_layouts_are_compared_by_what_their_numbers_are(
    result: Gives, kept: bool
) -> None:
    spec = ModelSpec(name="x", input_size=SMALL, classes=("a",), layout="mmdet")
    apart = largest_difference(Gives(50), result, spec)
    assert apart.exceeds(LIMIT_FP16) is not kept
