"""A source that sends nothing is given up after --timeout, by whatever opens it."""

from pathlib import Path

import pytest

from avio_cli.api import track, transcode
from avio_cli.cli.main import run
from avio_cli.errors import InputError
from tests.live.one_client import one_client

GIVEN_UP = "no packet within 0.5 s"


@pytest.mark.parametrize(
    "words",
    [
        ["transcode", "{url}", "{output}"],
        ["transcode", "{url}", "{output}", "--quiet"],
        ["track", "{url}", "--model", "motion", "-o", "{output}"],
    ],
)
def test_it_is_given_up(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.mp4"
    with one_client(b"", stays=True) as url:
        given = [word.format(url=url, output=output) for word in words]
        assert run([*given, "--timeout", "0.5"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"avio: error: cannot open {url}: {GIVEN_UP}"
    assert "--timeout" in lines[1]
    assert not list(tmp_path.iterdir())


def test_it_is_given_up_in_python(tmp_path: Path) -> None:
    live = {"timeout": "0.5"}
    with (
        one_client(b"", stays=True) as url,
        pytest.raises(InputError, match=GIVEN_UP) as caught,
    ):
        transcode(url, tmp_path / "out.mp4", live=live)
    assert 'live={"timeout"' in caught.value.hint
    with (
        one_client(b"", stays=True) as url,
        pytest.raises(InputError, match=GIVEN_UP),
    ):
        track(url, model="motion", records=tmp_path / "out.jsonl", live=live)
