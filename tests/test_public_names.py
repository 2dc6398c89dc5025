"""What ``import avio_cli`` offers, and what it costs."""

import ast
import inspect
import sys
from pathlib import Path

import pytest

import avio_cli
from avio_cli.ffmpeg.process.run import run


def output_of(script: str) -> str:
    done = run([sys.executable, "-c", script])
    assert done.status == 0, done.stderr
    return done.stdout.decode().strip()


def names_for_type_checkers() -> dict[str, str]:
    """Each public name and its module, from the block that mypy reads."""
    tree = ast.parse(Path(inspect.getfile(avio_cli)).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {name.name: node.module or "" for node in imports for name in node.names}


def test_all_that_the_api_offers_is_offered_at_the_top() -> None:
    from avio_cli import api

    for name in api.__all__:
        assert getattr(avio_cli, name) is getattr(api, name)
        assert name in avio_cli.__all__


def test_type_checkers_see_the_names_that_can_be_imported() -> None:
    assert {*names_for_type_checkers(), "__version__"} == set(avio_cli.__all__)


def test_a_name_is_that_of_the_module_type_checkers_look_in() -> None:
    for name, module in names_for_type_checkers().items():
        wanted = __import__(module, fromlist=[name])
        assert getattr(avio_cli, name) is getattr(wanted, name)


def test_every_public_name_is_listed_before_it_is_used() -> None:
    script = "import avio_cli; print(set(avio_cli.__all__) <= set(dir(avio_cli)))"
    assert output_of(script) == "True"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'avio_cli' has no attribute 'nothing'"):
        getattr(avio_cli, "nothing")  # noqa: B009 - mypy would refuse the plain form


def test_importing_the_package_loads_only_what_it_needs() -> None:
    script = """
import sys
import avio_cli
print(*sorted(name for name in sys.modules if name.startswith(("avio_cli.", "numpy"))))
"""
    assert output_of(script) == "avio_cli.errors avio_cli.optional avio_cli.version"


def test_a_callback_that_drops_frames_loads_no_reader() -> None:
    script = """
import sys
from avio_cli import DROP
print("avio_cli.decode.reader" in sys.modules)
"""
    assert output_of(script) == "False"


def test_modules_are_still_found_below_the_package() -> None:
    assert output_of("from avio_cli import cli; print(cli.__name__)") == "avio_cli.cli"


@pytest.mark.parametrize("name", ["ByteTrack", "SteadyTrack"])
def test_trackers_are_made_of_their_settings_and_work_alone(name: str) -> None:
    tracker = getattr(avio_cli, name)(getattr(avio_cli, f"{name}Settings")())
    assert len(tracker.update(avio_cli.Detections())) == 0
