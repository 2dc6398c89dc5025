"""Which binary is taken, and whose ffprobe."""

import builtins
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from avio_cli.errors import AvioError
from avio_cli.ffmpeg.locate import FFmpeg, locate_ffmpeg


@pytest.fixture(autouse=True)
def _nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AVIO_FFMPEG", raising=False)


def program(path: Path, mode: int = 0o755) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


class TestNamed:
    @pytest.mark.parametrize("what", ["binary", "folder"])
    def test_binary_or_folder(
        self, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        binary = program(tmp_path / "ffmpeg")
        monkeypatch.setenv("AVIO_FFMPEG", str(binary if what == "binary" else tmp_path))
        assert locate_ffmpeg() == FFmpeg(str(binary), "AVIO_FFMPEG")

    def test_it_wins_over_path(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program(tmp_path / "path" / "ffmpeg")
        named = program(tmp_path / "named" / "my-ffmpeg")
        monkeypatch.setenv("PATH", str(tmp_path / "path"))
        monkeypatch.setenv("AVIO_FFMPEG", str(named))
        assert locate_ffmpeg().path == str(named)

    def test_the_home_folder_may_be_written_short(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        binary = program(tmp_path / "ffmpeg")
        monkeypatch.setenv("AVIO_FFMPEG", "~/ffmpeg")
        assert locate_ffmpeg().path == str(binary)

    def test_a_relative_name_becomes_absolute(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        program(tmp_path / "ffmpeg")
        monkeypatch.setenv("AVIO_FFMPEG", "ffmpeg")
        assert locate_ffmpeg().path == str(tmp_path / "ffmpeg")

    @pytest.mark.parametrize("name", ["gone", "text", "."])
    def test_what_cannot_run_is_refused(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "text").write_text("x")
        monkeypatch.setenv("AVIO_FFMPEG", str(tmp_path / name))
        with pytest.raises(AvioError, match="there is no executable ffmpeg") as caught:
            locate_ffmpeg()
        assert "unset it" in caught.value.hint


class TestFound:
    def test_on_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        binary = program(tmp_path / "ffmpeg")
        monkeypatch.setenv("PATH", str(tmp_path))
        assert locate_ffmpeg() == FFmpeg(str(binary), "PATH")

    def test_shipped_by_a_dependency(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        found = locate_ffmpeg()
        assert found == FFmpeg(imageio_ffmpeg.get_ffmpeg_exe(), "imageio-ffmpeg")

    def test_nowhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shutil, "which", lambda _: None)
        original = builtins.__import__

        def without(name: str, *rest: Any) -> Any:
            if name == "imageio_ffmpeg":
                raise ImportError
            return original(name, *rest)

        monkeypatch.setattr(builtins, "__import__", without)
        with pytest.raises(AvioError, match="there is no ffmpeg") as caught:
            locate_ffmpeg()
        assert "install ffmpeg" in caught.value.hint

    def test_a_dependency_without_a_binary(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail() -> str:
            raise RuntimeError("No ffmpeg exe could be found")

        monkeypatch.setenv("PATH", "")
        monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", fail)
        with pytest.raises(AvioError, match="there is no ffmpeg"):
            locate_ffmpeg()


class TestFFprobe:
    def test_the_one_next_to_it_is_taken(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program(tmp_path / "ffmpeg")
        probe = program(tmp_path / "ffprobe")
        monkeypatch.setenv("AVIO_FFMPEG", str(tmp_path))
        assert locate_ffmpeg().ffprobe == str(probe)

    def test_one_behind_a_link_is_taken(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = program(tmp_path / "real" / "ffmpeg")
        probe = program(tmp_path / "real" / "ffprobe")
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "ffmpeg").symlink_to(real)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        assert locate_ffmpeg().ffprobe == str(probe)

    def test_one_elsewhere_on_path_is_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program(tmp_path / "a" / "ffmpeg")
        program(tmp_path / "b" / "ffprobe")
        path = os.pathsep.join([str(tmp_path / "a"), str(tmp_path / "b")])
        monkeypatch.setenv("PATH", path)
        assert locate_ffmpeg().ffprobe == ""

    def test_one_that_may_not_run_is_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program(tmp_path / "ffmpeg")
        program(tmp_path / "ffprobe", 0o644)
        monkeypatch.setenv("AVIO_FFMPEG", str(tmp_path))
        assert locate_ffmpeg().ffprobe == ""


def test_windows_names_end_in_exe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = program(tmp_path / "ffmpeg.exe")
    probe = program(tmp_path / "ffprobe.exe")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("AVIO_FFMPEG", str(tmp_path))
    assert locate_ffmpeg() == FFmpeg(str(binary), "AVIO_FFMPEG", str(probe))
