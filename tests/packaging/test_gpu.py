"""scripts/pack-gpu: parts are small enough, and what is joined is what was packed."""

import sys
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

from avio_cli.ffmpeg.process.run import run
from tests.conftest import REPOSITORY

JOIN = REPOSITORY / "packaging" / "gpu" / "join.py"
LIMIT = 10_000


@pytest.fixture(scope="module")
def script() -> Iterator[Any]:
    """scripts/pack-gpu as a module; it leaves no compiled file beside itself."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    path = list(sys.path)
    loader = SourceFileLoader("pack_gpu", str(REPOSITORY / "scripts" / "pack-gpu"))
    spec = spec_from_loader("pack_gpu", loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules["pack_gpu"] = module  # dataclasses look there
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    yield module
    sys.path[:] = path
    del sys.modules["pack_gpu"], sys.modules["join"]


def data(size: int, seed: int) -> bytes:
    """Bytes that do not repeat: an exchange of pieces would be seen."""
    blocks = (sha256(f"{seed}/{n}".encode()).digest() for n in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def packed(script: Any, folder: Path, sizes: dict[str, int]) -> Path:
    items = []
    for seed, (name, size) in enumerate(sizes.items()):
        path = folder / "made" / Path(name).name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data(size, seed))
        items.append(script.Item(path, name, name.startswith("wheels/usual")))
    out = folder / "out"
    script.lay_out(items, out, script_limit(script), folder)
    return out


def script_limit(script: Any) -> int:
    """Room for the tools, which are in each part-1, and for 10 kB."""
    tools = ("install.sh", "join.py")
    return LIMIT + sum((script.MADE_OF / name).stat().st_size for name in tools)


SIZES = {
    "data/a clip [1].mp4": 30_000,
    "data/large.onnx": 47_123,
    "data/small.mp4": 900,
    "wheels/a.txt": 9_000,
    "wheels/empty.txt": 0,
    "wheels/usual.txt": 14_000,
    "wheels/usual-large.txt": 30_000,
}


def test_no_part_is_larger_than_allowed(script: Any, tmp_path: Path) -> None:
    out = packed(script, tmp_path, SIZES)
    sizes = {part.name: script.size_of(part) for part in out.iterdir()}
    assert max(sizes.values()) <= script_limit(script)
    assert sum(sizes.values()) >= sum(SIZES.values())
    assert len(sizes) <= 10


def test_what_is_usual_there_is_in_parts_of_its_own(
    script: Any, tmp_path: Path
) -> None:
    out = packed(script, tmp_path, SIZES)
    for part in out.iterdir():
        usual = [path.name.startswith("usual") for path in part.glob("wheels/*")]
        assert set(usual) <= {part.name.endswith("-usual")}


def test_what_is_joined_is_what_was_packed(script: Any, tmp_path: Path) -> None:
    out, target = packed(script, tmp_path, SIZES), tmp_path / "joined"
    assert sys.modules["join"].join(out / "part-1", target) == []
    found = {path.relative_to(target).as_posix() for path in target.rglob("*.*")}
    assert found == set(SIZES)
    for seed, (name, size) in enumerate(SIZES.items()):
        assert (target / name).read_bytes() == data(size, seed)


def test_more_than_ten_pieces_keep_their_order(script: Any, tmp_path: Path) -> None:
    size = 12 * script_limit(script)
    out, target = packed(script, tmp_path, {"data/x": size}), tmp_path / "joined"
    assert len(list(out.rglob("x.piece-*"))) > 20
    sys.modules["join"].join(out / "part-1", target)
    assert (target / "data/x").read_bytes() == data(size, 0)


def join(out: Path, target: Path) -> tuple[int, str]:
    found = run([sys.executable, "-I", JOIN, out / "part-1", target])
    return found.status, found.stdout.decode() + found.stderr


def test_parts_that_are_not_carried_are_named(script: Any, tmp_path: Path) -> None:
    out = packed(script, tmp_path, SIZES)
    for part in out.glob("*-usual"):
        part.rename(tmp_path / part.name)
    status, said = join(out, tmp_path / "joined")
    assert status == 0
    assert sorted(said.splitlines()) == [
        "not carried: wheels/usual-large.txt",
        "not carried: wheels/usual.txt",
    ]


def test_a_missing_piece_is_an_error(script: Any, tmp_path: Path) -> None:
    out = packed(script, tmp_path, SIZES)
    next(out.rglob("large.onnx.piece-2")).unlink()
    status, said = join(out, tmp_path / "joined")
    assert (status, said.count("\n")) == (1, 1)
    assert "data/large.onnx is damaged or incomplete" in said
    assert not (tmp_path / "joined/data/large.onnx").exists()


def test_a_changed_byte_is_an_error(script: Any, tmp_path: Path) -> None:
    out = packed(script, tmp_path, SIZES)
    path = next(out.rglob("small.mp4"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    status, said = join(out, tmp_path / "joined")
    assert status == 1
    assert "data/small.mp4 is damaged" in said


def test_without_its_first_part_nothing_can_be_joined(tmp_path: Path) -> None:
    status, said = join(tmp_path, tmp_path / "joined")
    assert (status, said.count("\n")) == (1, 1)
    assert "part-1 must be carried" in said


def test_a_large_wheel_is_compressed_again_with_the_same_content(
    script: Any, tmp_path: Path
) -> None:
    path = tmp_path / "x-1-py3-none-any.whl"
    rows = b"".join(b"%d,%d\n" % (n, n * n) for n in range(20_000))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as wheel:
        wheel.writestr("x/rows.csv", rows)
    work = tmp_path / "work"
    work.mkdir()
    item = script.Item(path, f"wheels/{path.name}")
    assert script.smaller(item, path.stat().st_size, work) == item
    smaller = script.smaller(item, path.stat().st_size - 1, work)
    assert smaller.size < item.size
    assert smaller.name == item.name
    with zipfile.ZipFile(smaller.path) as wheel:
        assert wheel.read("x/rows.csv") == rows


def test_verify_gpu_is_carried_with_all_its_modules(script: Any) -> None:
    names = {item.name for item in script.own_items()}
    modules = (REPOSITORY / "benchmarks" / "gpu").glob("*.py")
    assert names == {
        "verify/scripts/verify-gpu",
        "verify/benchmarks/__init__.py",
        *(f"verify/benchmarks/gpu/{path.name}" for path in modules),
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{folder}"], "exists"),
        (["{folder}/out", "{folder}/absent.onnx"], "absent.onnx is not a file"),
        (["{folder}/out", "{folder}/a", "{folder}/b/a"], "two files are called a"),
        (["{folder}/out", "--part-mib", "0"], "1 MiB or more"),
    ],
)
def test_what_cannot_be_packed_is_refused_before_any_download(
    script: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    assert script.main([word.format(folder=tmp_path) for word in words]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("pack-gpu: ")
    assert said in shown
    assert shown.count("\n") == 1


def wheel(folder: Path, name: str, module: str, code: str) -> Path:
    """A package that prints something when it is run."""
    information = f"{name}-0.1.0.dist-info"
    path = folder / f"{name}-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{module}/__init__.py", code)
        file.writestr(f"{module}/__main__.py", code)
        described = f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n"
        file.writestr(f"{information}/METADATA", described)
        tag = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        file.writestr(f"{information}/WHEEL", tag)
        file.writestr(f"{information}/RECORD", "")
    return path


def carried(script: Any, folder: Path, said: str) -> Path:
    """A pack whose avio prints something; gives its first part."""
    folder.mkdir()
    codes = {
        ("avio_cli", "avio_cli"): f"print({said!r})",
        ("imageio_ffmpeg", "imageio_ffmpeg"): "get_ffmpeg_exe = lambda: 'carried'",
        ("pixeltable_yolox", "yolox"): "",
    }
    wheels = [wheel(folder, *names, code) for names, code in codes.items()]
    items = [script.Item(path, f"wheels/{path.name}") for path in wheels]
    script.lay_out(items, folder / "out", 1 << 20, folder)
    return folder / "out" / "part-1"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="installed on Linux alone")
@pytest.mark.skipif(find_spec("ensurepip") is None, reason="this Python has no venv")
def test_the_carried_avio_is_run_whatever_python_and_target_have(
    script: Any, tmp_path: Path
) -> None:
    """This Python has an avio of the same version; the target an earlier pack's."""
    target, own = tmp_path / "target", {"PYTHONPATH": ""}
    for said in ("from the first pack", "from the second pack"):
        part = carried(script, tmp_path / said.replace(" ", "-"), said)
        words = ["bash", part / "install.sh", target, sys.executable]
        found = run(words, timeout=120, environment=own)
        assert found.status == 0, found.stderr
        printed = run([target / "bin" / "avio"], environment=own).stdout.decode()
        assert printed.splitlines()[-1] == said


def test_the_installer_is_valid_bash() -> None:
    path = REPOSITORY / "packaging" / "gpu" / "install.sh"
    assert run(["bash", "-n", path]).stderr == ""
