"""Commands as data: what becomes which words, in which order."""

import shlex
from pathlib import Path

import pytest

from avio_cli.ffmpeg.command import (
    LOCAL_FORMATS,
    QUIET,
    VERBOSE_LOG,
    Command,
    Input,
    Output,
    guard_options,
    source_input,
)
from avio_cli.ffmpeg.url import MediaUrl, parse_url


def test_words_stand_in_ffmpegs_order() -> None:
    command = Command(
        (Input("a", ("-ss", "1")), Input("b")),
        (Output("c", ("-map", "0")), Output("d")),
        ("-y",),
    )
    words = "/bin/ffmpeg -y -ss 1 -i a -i b -map 0 c d"
    assert command.argv("/bin/ffmpeg") == words.split()


@pytest.mark.parametrize("options", [QUIET, VERBOSE_LOG])
def test_no_command_reads_keys_or_prints_a_status_line(
    options: tuple[str, ...],
) -> None:
    assert {"-nostdin", "-nostats", "-hide_banner"} <= set(options)
    assert options[options.index("-loglevel") + 1].startswith("level+")


def test_a_command_is_quiet_by_default() -> None:
    assert Command((), ()).argv("ffmpeg") == ["ffmpeg", *QUIET]


def test_a_shown_command_can_be_typed() -> None:
    name = 'it\'s a "video".mp4'
    command = Command((Input(f"file:/x/{name}"),), (Output("-", ("-f", "null")),), ())
    assert shlex.split(command.display()) == command.argv("ffmpeg")


@pytest.mark.parametrize("password", ["secret", "it's-secret", "sec ret", 'a"secret'])
def test_a_shown_command_shows_no_password(password: str) -> None:
    address = parse_url(f"rtsp://me:{password}@host/1?token={password}")
    command = Command((source_input(address),), (Output("pipe:1"),))
    assert "host/1" in command.display()
    assert "sec" not in command.display()


class TestGuard:
    def options(self, address: MediaUrl) -> dict[str, str]:
        words = guard_options(address)
        return dict(zip(words[::2], words[1::2], strict=True))

    def file(self, name: str) -> MediaUrl:
        return MediaUrl("file", f"file:/x/{name}", name)

    def test_a_file_may_open_no_other(self) -> None:
        options = self.options(self.file("a.mp4"))
        assert options["-protocol_whitelist"] == "file,pipe"
        formats = options["-format_whitelist"].split(",")
        assert formats == [*LOCAL_FORMATS.split(","), "image2"]
        assert not {"hls", "concat", "dash", "lavfi"} & set(formats)
        assert "-f" not in options

    @pytest.mark.parametrize("character", "%*?[]{}")
    def test_a_pattern_is_kept_from_image2(self, character: str) -> None:
        options = self.options(self.file(f"a{character}.png"))
        assert "image2" not in options["-format_whitelist"].split(",")
        assert options["-f"] == "image2pipe"

    def test_a_pattern_of_gif_is_read_as_gif(self) -> None:
        assert self.options(self.file("100%.GIF"))["-f"] == "gif"

    def test_a_pattern_of_webp_is_read_by_its_content(self, tmp_path: Path) -> None:
        path = tmp_path / "100%.webp"
        for flags, forced in ((b"\x10", "image2pipe"), (b"\x12", "webp_anim")):
            path.write_bytes(b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0" + flags)
            assert self.options(parse_url(path))["-f"] == forced

    def test_a_video_with_a_pattern_in_its_name_is_recognised(self) -> None:
        options = self.options(self.file("100%d.mp4"))
        assert options["-format_whitelist"] == LOCAL_FORMATS
        assert "-f" not in options

    def test_stdin_is_guarded_as_well(self) -> None:
        options = self.options(parse_url("-"))
        assert options["-format_whitelist"] == LOCAL_FORMATS

    def test_an_address_of_the_network_opens_what_it_likes(self) -> None:
        words = guard_options(parse_url("https://host/live.m3u8"))
        assert words[::2] == ("-max_pixels",)


def test_options_of_an_input_stand_after_its_guard(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    entry = source_input(parse_url(tmp_path / "a.mp4"), ("-ss", "5"))
    assert entry.url == f"file:{tmp_path}/a.mp4"
    assert entry.options[-2:] == ("-ss", "5")
    assert entry.options[0] == "-protocol_whitelist"
