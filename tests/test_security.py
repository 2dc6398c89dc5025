"""SECURITY.md is true: its numbers are those of the code."""

import pytest

from avio_cli.ffmpeg import limits
from avio_cli.ffmpeg.probe.probe import PROBE_SECONDS
from avio_cli.ffmpeg.process.bounds import SAFE_BOUNDS
from avio_cli.models.spec import _MAX_PIXELS as MODEL_PIXELS
from avio_cli.vision.runtimes.fixed_batch import MAX_BATCH
from tests.conftest import REPOSITORY

TEXT = " ".join((REPOSITORY / "SECURITY.md").read_text().split())


@pytest.mark.parametrize(
    "words",
    [
        f"more than {limits.MAX_PIXELS // 10**6} million pixels (`--max-pixels`)",
        f"more than {limits.MAX_STREAMS} streams",
        f"more than {limits.MAX_HEADER_BYTES >> 20} MB of metadata",
        f"| frames | {limits.SAFE_MAX_PIXELS // 10**6} million pixels",
        f"| streams | {limits.SAFE_MAX_STREAMS} |",
        f"| metadata | {limits.SAFE_MAX_HEADER_BYTES >> 20} MB |",
        f"| {SAFE_BOUNDS.memory >> 30} GB of address space |",
        f"| {SAFE_BOUNDS.cpu_seconds // 3600} hours |",
        f"more than {MODEL_PIXELS // 10**6} million pixels, a batch",
        f"a batch of more than {MAX_BATCH}",
    ],
)
def test_its_numbers_are_those_of_the_code(words: str) -> None:
    assert words in TEXT


def test_a_source_is_given_up_after_a_minute() -> None:
    assert "within a minute" in TEXT
    assert PROBE_SECONDS == 60
