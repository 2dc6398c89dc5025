"""What the inputs of a command line stand for, and what the system does not open."""

import errno
import os
from pathlib import Path

import pytest

from avio_cli.errors import InputError
from avio_cli.player.playlist.inputs import expand_inputs


def test_a_folder_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    # Root may read everything: only the system's answer can be replaced.
    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(InputError, match=f"cannot open {tmp_path}: Perm") as caught:
        expand_inputs([str(tmp_path)])
    assert "check its permissions" in caught.value.hint


def test_a_name_too_long_is_named_and_may_be_a_part_of_a_url() -> None:
    name = f"{'x' * 300}.m3u8"
    with pytest.raises(InputError, match="File name too long") as caught:
        expand_inputs([name])
    assert caught.value.hint
    (url,) = expand_inputs([f"http://host/{name}"])
    assert url.kind == "url"
