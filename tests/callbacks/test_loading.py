"""The examples that avio ships can be named without their file."""

from pathlib import Path

import pytest

from avio_cli.callbacks.loading import examples_folder, find_example
from avio_cli.callbacks.step import load_callback
from avio_cli.errors import UsageError


def test_an_example_is_found_by_its_name() -> None:
    assert find_example("Watermark") == examples_folder() / "watermark.py"
    step = load_callback("example:grayscale_yuv")
    assert step.pixel_format == "yuv420p"


def test_an_unknown_one_leads_to_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="no example 'Watermrk'") as caught:
        load_callback("example:Watermrk")
    assert caught.value.hint.startswith("did you mean Watermark?")
    assert str(examples_folder()) in caught.value.hint


def test_a_file_of_that_name_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("example").write_text("")
    with pytest.raises(UsageError, match="is not a Python file"):
        load_callback("example:Watermark")
