"""A playlist on a full disk."""

from pathlib import Path

import pytest

from avio_cli.errors import OutputError
from avio_cli.output.hls import HlsOutput


def test_empty_parts_are_an_error_and_removed(tmp_path: Path) -> None:
    output = HlsOutput(tmp_path / "a.m3u8", force=False, dry_run=False)
    (tmp_path / "a_00000.ts").write_bytes(b"x")
    (tmp_path / "a_00001.ts").touch()
    (tmp_path / "a.m3u8").touch()
    with pytest.raises(OutputError, match="no space left on device"):
        output.commit()
    output.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["a_00000.ts"]


def test_an_empty_playlist_that_is_replaced_is_no_full_disk(tmp_path: Path) -> None:
    (tmp_path / "a.m3u8").touch()
    output = HlsOutput(tmp_path / "a.m3u8", force=True, dry_run=False)
    output.commit()
    output.discard()
    assert not list(tmp_path.iterdir())
