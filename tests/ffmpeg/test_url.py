"""Any name opens as the file it is; no password is ever shown."""

import os
import sys
import wave
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avio_cli.errors import InputError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import (
    NETWORK_SCHEMES,
    mask_credentials,
    parse_url,
    printable,
)

ODD_NAMES = (
    "-y.mp4",
    "a:b.mp4",
    "100%d.mp4",
    "p%03d.mp4",
    "two words.mp4",
    'it\'s "quoted".mp4',
    "new\nline.mp4",
    "tab\tand\x1b[31mred.mp4",
    "größe-映画-🎬.mp4",
    os.fsdecode(b"latin-\xe9\xff.mp4"),
    "n" * 246 + ".mp4",
    "http:x.mp4",
    "back\\slash*[a]{b}?.mp4",
    "concat:a|b.mp4",
    "UPPER.MP4",
)


class TestFiles:
    @pytest.mark.parametrize("name", ODD_NAMES)
    def test_any_name_is_a_plain_absolute_path(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path(name).write_bytes(b"x")
        for typed in (name, str(tmp_path / name), f"file:{name}"):
            address = parse_url(typed)
            assert address.kind == "file"
            assert address.url == f"file:{tmp_path / name}"
            assert address.path.read_bytes() == b"x"
            assert address.can_reopen
            assert address.display_name.isprintable()

    def test_ffmpeg_opens_every_one(self, ffmpeg: FFmpeg, tmp_path: Path) -> None:
        inputs: list[str] = []
        for name in ODD_NAMES:
            with wave.open(str(tmp_path / name), "wb") as file:
                file.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
                file.writeframes(bytes(800))
            inputs += ["-i", parse_url(tmp_path / name).url]
        log = run([ffmpeg.path, "-nostdin", "-hide_banner", *inputs]).stderr
        assert f"Input #{len(ODD_NAMES) - 1}, wav" in log

    def test_a_file_wins_over_its_reading_as_a_url(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("http:/host").mkdir(parents=True)
        Path("http://host/video.mp4").write_bytes(b"x")
        Path("file:odd.mp4").write_bytes(b"x")
        assert parse_url("http://host/video.mp4").kind == "file"
        assert parse_url("file:odd.mp4").path.name == "file:odd.mp4"

    def test_a_file_url_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "video.mp4").write_bytes(b"x")
        address = parse_url(f"file://{tmp_path}/video.mp4")
        assert address.path == tmp_path / "video.mp4"

    def test_a_path_object_is_taken(self, tmp_path: Path) -> None:
        (tmp_path / "video.mp4").write_bytes(b"x")
        address = parse_url(tmp_path / "video.mp4")
        assert address.display_name == str(tmp_path / "video.mp4")

    def test_a_link_is_opened_under_its_own_name(self, tmp_path: Path) -> None:
        (tmp_path / "video.mp4").write_bytes(b"x")
        (tmp_path / "link.mp4").symlink_to("video.mp4")
        assert parse_url(tmp_path / "link.mp4").path == tmp_path / "link.mp4"

    def test_a_fifo_opens_but_only_once(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "live")
        address = parse_url(tmp_path / "live")
        assert address.kind == "file"
        assert not address.can_reopen


class TestRefusals:
    def test_a_near_name_is_proposed(self, tmp_path: Path) -> None:
        (tmp_path / "holiday.mp4").write_bytes(b"x")
        with pytest.raises(InputError) as caught:
            parse_url(tmp_path / "holidays.mp4")
        assert caught.value.message == f"no such file: {tmp_path / 'holidays.mp4'}"
        assert caught.value.hint == f"did you mean {tmp_path / 'holiday.mp4'}?"

    def test_a_far_name_is_not(self, tmp_path: Path) -> None:
        (tmp_path / "holiday.mp4").write_bytes(b"x")
        with pytest.raises(InputError) as caught:
            parse_url(tmp_path / "birthday.mkv")
        assert caught.value.hint == ""

    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            parse_url(tmp_path / "gone" / "video.mp4")
        assert f"the folder {tmp_path / 'gone'} cannot be read" in caught.value.hint

    @pytest.mark.parametrize("length", [256, 5000])
    def test_a_name_too_long_to_exist_is_refused(self, length: int) -> None:
        with pytest.raises(InputError, match="File name too long"):
            parse_url("x" * length)

    def test_a_broken_link_is_missing(self, tmp_path: Path) -> None:
        (tmp_path / "link.mp4").symlink_to("gone.mp4")
        with pytest.raises(InputError, match="no such file"):
            parse_url(tmp_path / "link.mp4")

    def test_a_folder_is_no_media(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="is a folder"):
            parse_url(tmp_path)

    def test_an_empty_file_is_called_empty(self, tmp_path: Path) -> None:
        (tmp_path / "video.mp4").touch()
        with pytest.raises(InputError, match=r"video\.mp4 is empty"):
            parse_url(tmp_path / "video.mp4")

    def test_a_forbidden_file_is_distinguished(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "video.mp4").write_bytes(b"x")
        # Root may read everything: only the system's answer can be replaced.
        monkeypatch.setattr(os, "access", lambda *_: False)
        with pytest.raises(InputError, match="cannot be read") as caught:
            parse_url(tmp_path / "video.mp4")
        assert caught.value.hint == "check its permissions"

    def test_what_it_says_fits_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "a\nb.mp4").mkdir()
        with pytest.raises(InputError) as caught:
            parse_url(tmp_path / "a\nb.mp4")
        assert "a\\nb.mp4" in caught.value.message

    @pytest.mark.parametrize(
        "text", ["ftp://me:secret@host/a", "data://me:sec\nret@x", "concat://me:secret"]
    )
    def test_an_unknown_protocol_is_named_and_its_password_is_not(
        self, text: str
    ) -> None:
        with pytest.raises(InputError) as caught:
            parse_url(text)
        scheme = text.partition(":")[0]
        assert f"protocol '{scheme}' is not supported" in caught.value.message
        assert "rtsp" in caught.value.hint
        if "@" in text:
            assert "sec" not in caught.value.message


class TestAddresses:
    @pytest.mark.parametrize("text", ["-", "pipe:", "pipe:0"])
    def test_stdin(self, text: str) -> None:
        address = parse_url(text)
        assert (address.kind, address.url, address.display_name) == (
            "stdin",
            "pipe:0",
            "stdin",
        )
        assert not address.can_reopen

    @pytest.mark.parametrize("scheme", sorted(NETWORK_SCHEMES))
    def test_network(self, scheme: str) -> None:
        text = f"{scheme.upper()}://me:secret@host:554/a?x=1"
        address = parse_url(text)
        assert (address.kind, address.url) == ("url", text)
        assert address.display_name == f"{scheme.upper()}://***@host:554/a?x=1"
        assert address.can_reopen == (scheme in ("http", "https"))

    def test_a_variable_names_an_address(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("CAMERA_1", "rtsp://me:secret@camera/1\n")
        url = parse_url("env:CAMERA_1")
        assert url.url == "rtsp://me:secret@camera/1"
        assert url.display_name == "rtsp://***@camera/1"
        with pytest.raises(InputError, match="no variable CAMERA_2"):
            parse_url("env:CAMERA_2")
        (tmp_path / "env:CAMERA_2").write_bytes(b"video")
        assert parse_url("env:CAMERA_2").kind == "file"

    def test_white_space_is_encoded(self) -> None:
        address = parse_url("http://me:sec ret@host/a b\n.mp4")
        assert address.url == "http://me:sec%20ret@host/a%20b%0A.mp4"
        assert address.display_name == "http://***@host/a%20b%0A.mp4"


MASKED = (
    ("rtsp://me:secret@host/1", "rtsp://***@host/1"),
    ("rtsp://secret@host", "rtsp://***@host"),
    ("rtsp://me:se@cr@et@host/1", "rtsp://***@host/1"),
    ("rtsp://me:se/cr?et#x@host/1", "rtsp://***@host/1"),
    ("rtsp://me:it's\"secret@host/1", "rtsp://***@host/1"),
    ("rtsp://[fe80::1]:554/x", "rtsp://[fe80::1]:554/x"),
    ("http://h/v?user=me&password=secret&x=1", "http://h/v?user=***&password=***&x=1"),
    ("http://h/v?loginuse=me&loginpas=secret", "http://h/v?loginuse=***&loginpas=***"),
    ("http://h/?token=secret", "http://h/?token=***"),
    ("http://h/?access_token=secret#t=5", "http://h/?access_token=***#t=5"),
    ("http://h/#access_token=secret", "http://h/#access_token=***"),
    ("http://h/?X-Amz-Signature=secret&a=b", "http://h/?X-Amz-Signature=***&a=b"),
    ("http://h/?api_key=secret;x", "http://h/?api_key=***"),
    ("http://h/?cam[password]=secret", "http://h/?cam[password]=***"),
    ("http://h/?password=se'cr\"et", "http://h/?password=***"),
    ("http://h/?user=')secret&b=2 x", "http://h/?user=***&b=2 x"),
    ("(see 'http://h/?key=secret').", "(see 'http://h/?key=***')."),
    ("srt://h:1?passphrase=secret&latency=5", "srt://h:1?passphrase=***&latency=5"),
    ("rtsp://h/user=me_password=secret_channel=1", "rtsp://h/user=***"),
    ("'http://h/?key=secret': 404, see 'x'", "'http://h/?key=***': 404, see 'x'"),
    (
        "rtmp://a.rtmp.youtube.com/live2/abcd-1234",
        "rtmp://a.rtmp.youtube.com/live2/***",
    ),
    ("rtmp://live.twitch.tv/app/live_1_k?test=true", "rtmp://live.twitch.tv/app/***"),
    (
        "rtmps://h.facebook.com:443/rtmp/FB-1?s_a=Z",
        "rtmps://h.facebook.com:443/rtmp/***",
    ),
    ("rtmp://me:pw@h/live/key", "rtmp://***@h/live/***"),
    ('rtmp://h/live/")key x', "rtmp://h/live/*** x"),
    ("cannot open 'rtmp://h/live/key': no", "cannot open 'rtmp://h/live/***': no"),
    ("rtmp://h/live/key: Input/output error", "rtmp://h/live/***: Input/output error"),
    (
        "Proto = rtmp, path = /live/key, app = live, fname = key",
        "Proto = rtmp, path = /live/***, app = live, fname = ***",
    ),
    ("srt://h:1?streamid=#!::u=me,s=key&mode=caller", "srt://h:1?streamid=***"),
    (
        "https://a.youtube.com/hls?cid=key&copy=0",
        "https://a.youtube.com/hls?cid=***&copy=0",
    ),
    (
        "rtsp://a:secret@h/1 failed, rtsp://b:secret@i/2, too",
        "rtsp://***@h/1 failed, rtsp://***@i/2, too",
    ),
    ("Authorization: Basic dmlld2VyOnMzY3JldA==", "Authorization: ***"),
    (
        'Proxy-Authorization: Digest username="a", response="6629"',
        "Proxy-Authorization: ***",
    ),
)
UNTOUCHED = (
    "http://h/a@2x.png",
    "https://medium.example/@someone/video.mp4?page=2&monkeys=3",
    "rtsp://h:554/stream1",
    "[rtsp @ 0x55d0] method DESCRIBE failed: 404 Not Found",
    "x264 - options: cabac=1 ref=3 deblock=1:0:0 keyint=250",
    "someone@example.org wrote user=me",
    "/home/me/key=5.mp4",
    "rtmp://h/live",
    "method DESCRIBE failed: 401 Unauthorized (authorization failed)",
    "rtmp://h/live/",
    "give a URL: rtmp://server/application",
)


class TestMasking:
    @pytest.mark.parametrize(("text", "expected"), MASKED)
    def test_credentials_become_stars(self, text: str, expected: str) -> None:
        assert mask_credentials(text) == expected

    @pytest.mark.parametrize("text", UNTOUCHED)
    def test_all_else_stays(self, text: str) -> None:
        assert mask_credentials(text) == text

    @settings(max_examples=60, deadline=None)
    @given(
        scheme=st.sampled_from(sorted(NETWORK_SCHEMES)),
        before=st.text(st.characters(exclude_categories=["C", "Z"])),
        after=st.text(st.characters(exclude_categories=["C", "Z"])),
        around=st.sampled_from(["%s", "cannot open '%s': no", "a http://h/ %s b@c"]),
    )
    def test_no_password_survives(
        self, scheme: str, before: str, after: str, around: str
    ) -> None:
        url = f"{scheme}://me:{before}SECRET{after}@host/path"
        assert "SECRET" not in mask_credentials(around % url)

    @settings(max_examples=60, deadline=None)
    @given(
        key=st.sampled_from("user pwd password auth Token API_KEY sig".split()),
        before=st.text(st.characters(exclude_characters="&#", exclude_categories="CZ")),
        after=st.text(st.characters(exclude_characters="&#", exclude_categories="CZ")),
    )
    def test_no_secret_parameter_survives(
        self, key: str, before: str, after: str
    ) -> None:
        masked = mask_credentials(f"http://h/?a=1&{key}={before}SECRET{after}&b=2 x")
        assert "SECRET" not in masked
        assert masked.endswith("&b=2 x")

    def test_long_lines_take_no_long_time(self) -> None:
        text = "x" * 100_000 + "?a" * 50_000
        assert mask_credentials(text) == text


class TestPrintable:
    def test_what_breaks_a_line_or_a_terminal_is_escaped(self) -> None:
        assert printable("a\nb\x1b[0m\u202ec") == "a\\nb\\x1b[0m\\u202ec"

    def test_readable_letters_stay(self) -> None:
        assert printable("größe 映画 🎬.mp4") == "größe 映画 🎬.mp4"

    @settings(max_examples=60, deadline=None)
    @given(st.binary())
    @pytest.mark.skipif(sys.platform == "win32", reason="names are Unicode there")
    def test_any_name_becomes_one_printable_line(self, name: bytes) -> None:
        shown = printable(os.fsdecode(name))
        assert shown.isprintable()
        shown.encode("utf-8")
