"""`avio info` as its users call it."""

import json
from pathlib import Path

import pytest

from avio_cli.cli.info import info
from avio_cli.cli.main import run
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run as run_process
from tests.clips import make_clip

VIDEO_KEYS = {
    *("index", "kind", "codec", "profile", "width", "height", "stored_width"),
    *("stored_height", "rotation", "mirror", "sample_aspect_ratio", "average_rate"),
    *("nominal_rate", "frame_count", "pixel_format", "bit_depth", "field_order"),
    *("color_range", "color_matrix", "color_primaries", "color_transfer", "hdr"),
    "closed_captions",
    *("cover", "time_base", "start_pts", "start", "start_seconds", "duration"),
    *("duration_seconds", "bit_rate", "language", "title", "dispositions", "metadata"),
}


def test_text_names_what_matters(
    ffmpeg: FFmpeg, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = shared / "media/edge/video_90.mov"
    info([str(file)])
    captured = capsys.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    assert lines[0] == str(file)
    assert (
        "  #0  video  h264 (Baseline)  320x568, 30 fps, 1.17 Mb/s  [default]" in lines
    )
    assert "rotated 90° clockwise" in captured.out
    assert "\x1b" not in captured.out


def test_json_has_the_documented_keys(
    ffmpeg: FFmpeg, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["info", str(shared / "media/edge/hdr10-av1.mp4"), "--json"]) == 0
    described = json.loads(capsys.readouterr().out)
    assert list(described) == [
        *("source", "container", "start", "start_seconds", "duration"),
        *("duration_seconds", "size", "bit_rate", "streams", "chapters", "metadata"),
    ]
    video, audio = described["streams"]
    assert set(video) == VIDEO_KEYS
    assert video["average_rate"] == "30000/1001"
    assert video["time_base"] == "1/30000"
    assert video["bit_depth"] == 10
    assert (audio["kind"], audio["channels"]) == ("audio", 2)


def test_json_shows_chapters_subtitles_and_attachments(
    bundled_ffmpeg: FFmpeg, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    info([str(shared / "media/edge/testsrc_with_attachment.mkv")], as_json=True)
    attached = json.loads(capsys.readouterr().out)["streams"][2]
    assert (attached["kind"], attached["mime_type"]) == ("attachment", "text/plain")
    info([str(shared / "media/edge/mov_text.mp4")], as_json=True)
    subtitle = json.loads(capsys.readouterr().out)["streams"][2]
    assert (subtitle["kind"], subtitle["text"]) == ("subtitle", True)


def test_packets_as_rows_and_as_json_lines(
    ffmpeg: FFmpeg, shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(shared / "media/edge/video_90.mov")
    assert run(["info", file, "--packets"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["stream", "pts", "seconds"]
    assert len(rows) == 3
    assert run(["info", file, "--packets", "--json"]) == 0
    first, *others = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["pts"], first["key"], first["discard"]) == (0, True, False)
    assert len(others) == 2


def test_failure_is_one_line_and_a_hint(
    ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "video.mp4"
    file.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.ts\n")
    assert run(["info", str(file)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        f"avio: error: cannot open {file}: "
        "it is no plain media file, perhaps a playlist or a text",
        "hint: files that name other files are not opened",
    ]


def test_missing_file_names_a_near_one(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "holiday.mp4").write_text("x")
    assert run(["info", str(tmp_path / "holidy.mp4")]) == 1
    assert f"did you mean {tmp_path}/holiday.mp4?" in capsys.readouterr().err


def test_terminal_gets_colours(
    bundled_ffmpeg: FFmpeg,
    shared: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    info([str(shared / "media/edge/video_90.mov")])
    assert "\x1b[1mStreams\x1b[0m" in capsys.readouterr().out


def test_letters_beyond_ascii_stay_themselves_where_stdout_can_show_them(
    bundled_ffmpeg: FFmpeg, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "Übung.wav"
    source = "-f lavfi -i anullsrc=d=0.1 -metadata title=Ärger"
    argv = [bundled_ffmpeg.path, "-nostdin", *source.split(), str(file)]
    assert run_process(argv).status == 0
    info([str(file)], as_json=True)
    text = capsys.readouterr().out
    assert '"Ärger"' in text
    assert json.loads(text)["source"] == str(file)


class TestSeveral:
    def test_one_that_cannot_be_read_does_not_hide_the_others(
        self, tmp_path: Path, ffmpeg: FFmpeg, capsys: pytest.CaptureFixture[str]
    ) -> None:
        clips = [
            make_clip(tmp_path / name, frames=5).path for name in ("a.mp4", "b.mkv")
        ]
        names = [str(clips[0]), str(tmp_path / "no.mp4"), str(clips[1])]
        assert run(["info", *names]) == 1
        said = capsys.readouterr()
        heads = [line for line in said.out.splitlines() if line[:1] == "/"]
        assert heads == [names[0], names[2]]
        assert said.err == f"avio: error: no such file: {names[1]}\n"

    def test_as_json_they_are_an_array_of_what_one_is(
        self, tmp_path: Path, bundled_ffmpeg: FFmpeg, capsys: pytest.CaptureFixture[str]
    ) -> None:
        clip = str(make_clip(tmp_path / "a.mp4", frames=5).path)
        assert run(["info", clip, "--json"]) == 0
        one = json.loads(capsys.readouterr().out)
        assert run(["info", clip, "no.mp4", clip, "--json"]) == 1
        failed = {"source": "no.mp4", "error": "no such file: no.mp4"}
        assert json.loads(capsys.readouterr().out) == [one, failed, one]

    def test_packets_are_those_of_one(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["info", "a.mp4", "b.mp4", "--packets"]) == 2
        assert "name only one" in capsys.readouterr().err
