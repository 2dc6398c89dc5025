"""What the packets of a stream with a clock show of damage is reported."""

from pathlib import Path

from avio_cli.demux.known_jumps import with_known_jumps
from avio_cli.ffmpeg.damage import describe_doubt
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.ffmpeg.url import parse_url
from tests.clips import make_clip


def doubt(ffmpeg: FFmpeg, path: Path) -> str:
    source = with_known_jumps(MediaSource.probe(ffmpeg, parse_url(path)))
    return describe_doubt(source.info, None).removeprefix(f"{path} ")


def test_a_hole_of_more_than_ten_seconds_is_reported(
    tmp_path: Path, ffmpeg: FFmpeg
) -> None:
    whole = make_clip(tmp_path / "a.ts", frames=450, audios=1).path
    data = whole.read_bytes()
    start, stop = (len(data) * part // 100 // 188 * 188 for part in (15, 90))
    whole.write_bytes(data[:start] + data[stop:])
    said = doubt(ffmpeg, whole)
    assert said.startswith("may be damaged, or joined of recordings: its clock steps")


def test_recordings_that_were_joined_and_start_again_are_whole(
    tmp_path: Path, ffmpeg: FFmpeg
) -> None:
    whole = make_clip(tmp_path / "a.ts", frames=50, audios=1).path
    assert doubt(ffmpeg, whole) == ""
    whole.write_bytes(2 * whole.read_bytes())
    assert doubt(ffmpeg, whole) == ""


def test_streams_that_end_at_different_times_are_reported(
    tmp_path: Path, ffmpeg: FFmpeg
) -> None:
    shorter = ("-af", "atrim=end=1.2")
    path = make_clip(tmp_path / "a.ts", frames=50, audios=1, extra=shorter).path
    assert doubt(ffmpeg, path).startswith("may be cut off: its streams end 0.")
    other = make_clip(tmp_path / "a.mkv", frames=50, audios=1, extra=shorter).path
    assert doubt(ffmpeg, other) == ""
