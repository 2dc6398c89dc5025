"""The house keeps its rules: layers, and what a plain ``avio --help`` may load."""

import ast
import re
import resource
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from statistics import median

import pytest
from grimp import build_graph

from avio_cli.ffmpeg.process.run import run
from tests.conftest import REPOSITORY
from tests.test_old_names import OLD_NAMES

PAGE = (REPOSITORY / "docs" / "architecture.md").read_text()
MODULES = sorted((REPOSITORY / "avio_cli").rglob("*.py"))

HEAVY = (
    "cv2 imageio_ffmpeg numpy onnxruntime openvino rich sdl2 tensorrt torch "
    "urllib.request"
).split()


def test_imports_point_down() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = run([linter, "--config", REPOSITORY / "pyproject.toml", "--no-cache"])
    assert done.status == 0, done.stdout.decode()


def test_help_loads_nothing_heavy() -> None:
    script = f"""
import sys
import avio_cli.cli.main
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""
    done = run([sys.executable, "-c", script])
    assert done.status == 0, done.stderr
    assert done.stdout.decode().split() == []


def test_help_of_a_command_loads_nothing_heavy() -> None:
    script = f"""
import sys
from avio_cli.cli.main import run
status = run(["transcode", "--help"])
print(status, [name for name in {HEAVY!r} if name in sys.modules])
"""
    done = run([sys.executable, "-c", script])
    assert done.stdout.decode().splitlines()[-1] == "0 []"


def test_a_run_that_opens_no_connection_loads_no_tls() -> None:
    script = """
import sys
import avio_cli.jobs.track.run, avio_cli.monitoring.events.outputs
print(*[name for name in ("http.client", "ssl") if name in sys.modules])
"""
    done = run([sys.executable, "-c", script])
    assert done.status == 0, done.stderr
    assert done.stdout.decode().split() == []


def test_help_takes_little_time() -> None:
    """Printed, not asserted: the machine may be busy, another slow."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run([sys.executable, "-m", "avio_cli", "--help"])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    sys.stderr.write(f"avio --help: {seconds:.2f} s of CPU time\n")
    assert done.status == 0
    assert b"transcode" in done.stdout


def test_the_page_names_every_folder_and_no_other() -> None:
    tree = PAGE.split("```text\n")[1].split("```")[0]
    named = re.findall(r"(\w+)/", "\n".join(line[:19] for line in tree.splitlines()))
    folders = {path.parent for path in MODULES if name_of(path) not in OLD_NAMES}
    assert set(named) == {path.name for path in folders} | {"sinks", "sources"}


def test_the_page_shows_the_layers_that_are_checked() -> None:
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    layers = contracts["tool"]["importlinter"]["contracts"][0]["layers"]
    shown = PAGE.split("```text\n")[2].split("```")[0].splitlines()
    assert shown == [layer.replace("avio_cli.", "") for layer in layers]


def test_no_banned_word_is_written() -> None:
    done = run([sys.executable, REPOSITORY / "scripts" / "check-words"])
    assert done.status == 0, done.stdout.decode()


def test_no_module_imports_itself_through_others() -> None:
    graph = build_graph("avio_cli", exclude_type_checking_imports=False)
    imports = {
        module: graph.find_modules_directly_imported_by(module)
        for module in graph.modules
    }
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail("import cycle: " + " <- ".join(error.args[1]))


def test_no_module_is_longer_than_300_lines() -> None:
    lengths = {str(path): lines_of(path) for path in MODULES}
    assert {path: n for path, n in lengths.items() if n > 300} == {}


def test_few_modules_are_shorter_than_50_lines() -> None:
    short = [
        path.relative_to(REPOSITORY).as_posix()
        for path in MODULES
        if lines_of(path) < 50 and has_code(path) and name_of(path) not in OLD_NAMES
    ]
    assert len(short) <= 12, short


def test_no_folder_has_more_than_22_modules() -> None:
    counts = Counter(path.parent for path in MODULES if name_of(path) not in OLD_NAMES)
    assert {str(path): n for path, n in counts.items() if n > 22} == {}


def test_functions_are_short() -> None:
    lengths = [length for path in MODULES for _, length in functions_of(path)]
    assert median(lengths) <= 8


def test_no_function_but_a_command_is_longer_than_60_lines() -> None:
    long = [
        f"{path.relative_to(REPOSITORY)}: {name} has {length} lines"
        for path in MODULES
        for name, length in functions_of(path)
        if length > 60 and not (path.parent.name == "cli" and name.endswith("_command"))
    ]
    assert long == []


def lines_of(path: Path) -> int:
    return len(path.read_text().splitlines())


def has_code(path: Path) -> bool:
    """Whether there is more than a docstring in a module."""
    return len(ast.parse(path.read_text()).body) > 1


def name_of(path: Path) -> str:
    """The name of a module, of a package where it is an ``__init__``."""
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def functions_of(path: Path) -> Iterator[tuple[str, int]]:
    """Names of functions and methods, and lines from ``def`` to the last."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1
