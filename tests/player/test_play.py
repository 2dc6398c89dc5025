"""Whole runs: what is shown and played, as statistics and audio devices report."""

import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.cli.main import run
from avio_cli.ffmpeg.process.process import Process
from avio_cli.ffmpeg.process.run import run as run_child
from tests.clips import VARIABLE, Clip, make_clip
from tests.player.conftest import Play
from tests.player.playback.test_decode_session import wait_for
from tests.reference import timeline

FOUR_STEPS = ("wait 0.3", "key SPACE", "key . 4")
"""At least four frames are shown, on a busy machine too."""


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Four seconds with lossless audio, a keyframe every second."""
    path = tmp_path_factory.mktemp("video") / "video.mkv"
    audio = ("-c:a", "pcm_s16le", "-ac", "2")
    return make_clip(path, frames=100, audios=2, audio=audio, extra=("-g", "25"))


@pytest.fixture(scope="module")
def tone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds with a tone of which no sample is zero, in exact times."""
    path = tmp_path_factory.mktemp("tone") / "tone.mov"
    wave = "aevalsrc=0.5+0.3*sin(440*2*PI*t)|0.4+0.2*sin(220*2*PI*t):s=48000"
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-t", "4"]
    argv += ["-f", "lavfi", "-i", "testsrc2=s=160x96:r=25", "-t", "4"]
    argv += ["-f", "lavfi", "-i", wave, "-c:v", "mpeg4", "-c:a", "pcm_s16le", str(path)]
    done = run_child(argv)
    assert done.status == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def variable(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Forty frames, no two steps alike, a keyframe every ten."""
    path = tmp_path_factory.mktemp("variable") / "variable.mkv"
    return make_clip(path, ticks=VARIABLE, extra=("-g", "10"))


def digests(clip: Clip) -> list[str]:
    """SHA-1 of each decoded frame, without the code under test."""
    pixels = decoded(clip.path, "-map", "0:V:0", "-fps_mode", "passthrough")
    size = len(pixels) // clip.count
    parts = [pixels[i * size : (i + 1) * size] for i in range(clip.count)]
    return [hashlib.sha1(part).hexdigest() for part in parts]


def decoded(path: Path, *options: str) -> bytes:
    binary = imageio_ffmpeg.get_ffmpeg_exe()
    argv = [binary, "-v", "error", "-i", f"file:{path}", *options]
    done = run_child([*argv, "-pix_fmt", "yuv420p", "-f", "rawvideo", "-"])
    assert done.status == 0, done.stderr
    return done.stdout


def audio_of(path: Path) -> NDArray[np.int16]:
    binary = imageio_ffmpeg.get_ffmpeg_exe()
    argv = [binary, "-v", "error", "-i", f"file:{path}", "-map", "0:a:0"]
    done = run_child([*argv, "-ar", "48000", "-ac", "2", "-f", "s16le", "-"])
    return np.frombuffer(done.stdout, np.int16).reshape(-1, 2)


def shown_times(steps: Sequence[dict[str, Any]]) -> list[float]:
    return [step["pts_s"] for step in steps]


def test_a_video_is_played_to_its_end(play: Play, video: Clip) -> None:
    found = play(video.path)
    assert found["frames_shown"] + found["frames_dropped"] == video.count
    assert found["video_driver"] == found["audio_driver"] == "dummy"
    assert found["startup_ms"] > 0


def test_only_a_range_is_played(play: Play, video: Clip) -> None:
    found = play(video.path, options=("--start", "1", "--end", "1.4", "--no-audio"))
    assert found["frames_shown"] + found["frames_dropped"] == 10


def test_a_start_after_the_end_is_an_error_and_not_nothing(
    video: Clip, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["play", str(video.path), "--start", "99"]) == 2
    assert "--start (99 s) is after the end of" in capsys.readouterr().err


def test_a_file_loses_nothing_to_low_latency(
    play: Play, video: Clip, ffmpeg: object
) -> None:
    found = play(video.path, options=("--low-latency", "--no-audio", "--end", "0.4"))
    assert found["frames_shown"] + found["frames_dropped"] == 10


def test_steps_back_show_the_same_pixels_at_the_same_times(
    play: Play, variable: Clip, ffmpeg: object
) -> None:
    """From the middle to the end, and back to the first frame: variable rate too."""
    script = ["key SPACE", "seek 0.7", "key . 25", "key , 45", "key . 10", "quit"]
    found = play(variable.path, script=script)
    expected = dict(zip(map(float, variable.times), digests(variable), strict=True))
    steps = found["steps"]
    for step in steps:
        nearest = min(expected, key=lambda t, at=step["pts_s"]: abs(t - at))  # type: ignore[misc]
        assert abs(nearest - step["pts_s"]) < 0.001
        assert step["sha1"] == expected[nearest]
    back = shown_times([s for s in steps if s["direction"] == "back"])
    assert back[-1] == 0.0
    assert back == sorted(back, reverse=True)
    assert len(back) == variable.count - 1, "every frame, none twice"


@pytest.mark.slow
def test_stepping_back_works_beyond_what_memory_holds(
    play: Play, video: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = video.width * video.height * 3 // 2
    monkeypatch.setattr("avio_cli.player.playlist.opening.FRAME_CACHE_BYTES", 20 * size)
    script = ["key SPACE", "seek 3", "key , 60", "key . 60", "quit"]
    found = play(video.path, script=script)
    times = shown_times(found["steps"])
    assert times[:60] == [round(3 - (i + 1) / 25, 6) for i in range(60)]
    assert times[60:] == [round(0.6 + (i + 1) / 25, 6) for i in range(60)]
    by_time: dict[float, set[str]] = {}
    for step in found["steps"]:
        by_time.setdefault(step["pts_s"], set()).add(step["sha1"])
    assert all(len(found) == 1 for found in by_time.values())


@pytest.mark.parametrize("extension", [".mp4", ".mkv", ".ts", ".avi"])
@pytest.mark.sampled(4)
def test_seeks_arrive_at_most_one_frame_off(
    play: Play, tmp_path: Path, extension: str
) -> None:
    video = ("-c:v", "mpeg4", "-g", "12") if extension == ".avi" else ()
    kwargs: dict[str, Any] = {"video": video} if video else {}
    clip = make_clip(tmp_path / f"clip{extension}", frames=150, audios=1, **kwargs)
    script = ["key SPACE", *(f"seek {t}" for t in (3.21, 0.5, 5.5, 1.03)), "quit"]
    found = play(clip.path, script=script)
    assert len(found["seeks"]) == 4
    for seek in found["seeks"]:
        assert 0 <= seek["shown_pts_s"] - seek["target_s"] < 0.04001


def test_a_held_arrow_makes_few_seeks_and_loses_none(play: Play, video: Clip) -> None:
    script = ["key SPACE", "seek 3.9", "hold LEFT 9", "hold RIGHT 1", "quit"]
    found = play(video.path, script=script, options=("--keep-open",))
    targets = [seek["target_s"] for seek in found["seeks"]]
    assert targets[0] == 3.9
    assert targets[-1] == pytest.approx(4, abs=0.1)
    assert len(targets) <= 4


def test_the_end_key_shows_the_last_frame(play: Play, video: Clip) -> None:
    script = ["key SPACE", "key END", "key ,", "key .", "key . 2", "quit"]
    found = play(video.path, script=script)
    assert found["seeks"][0]["shown_pts_s"] == 3.96
    assert shown_times(found["steps"]) == [3.92, 3.96], "nothing comes after it"


@pytest.mark.slow
def test_audio_is_written_whole_and_in_order(
    play: Play, tone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy machine may make a device wait, which plays silence meanwhile."""
    written = to_disk(tmp_path, monkeypatch)
    play(tone)
    assert np.array_equal(audible(written), audio_of(tone))


def test_a_pause_takes_no_sample_away(
    play: Play, tone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = to_disk(tmp_path, monkeypatch)
    pauses = ["wait 0.4", "key SPACE", "wait 0.2", "key SPACE"]
    play(tone, script=[*pauses, *pauses], options=("--end", "1.5"))
    assert np.array_equal(audible(written), audio_of(tone)[:72000])


def test_a_seek_is_followed_by_exactly_the_audio_there(
    play: Play, tone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = to_disk(tmp_path, monkeypatch)
    play(tone, script=["wait 0.2", "seek 2"], options=("--end", "2.5"))
    played, true = audible(written), audio_of(tone)
    same = (played == true[: len(played)]).all(axis=1)
    after = played[int(np.flatnonzero(~same)[0]) :]
    assert np.array_equal(after, true[96000:120000])


def decoders(logged: str) -> int:
    """How many were started for video, as ``-v`` reports."""
    return sum("-c:v rawvideo" in line for line in logged.splitlines())


def test_a_seek_a_little_ahead_continues_with_the_same_decoder(
    play: Play,
    tone: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    written = to_disk(tmp_path, monkeypatch)
    script = ["wait 0.2", "key SPACE", "wait 0.5", "seek 0.8", "key SPACE"]
    found = play(tone, script=script, options=("--end", "1.3", "-v"))
    assert decoders(capfd.readouterr().err) == 1
    assert found["seeks"][0]["shown_pts_s"] == 0.8
    played, true = audible(written), audio_of(tone)
    same = (played == true[: len(played)]).all(axis=1)
    after = played[int(np.flatnonzero(~same)[0]) :]
    assert np.array_equal(after, true[38400:62400])


def test_seeks_ahead_within_a_gop_show_the_same_pixels(
    play: Play, video: Clip, capfd: pytest.CaptureFixture[str]
) -> None:
    targets = [2.0, 2.11, 2.4, 2.9]
    script = ["key SPACE", "wait 0.5", *(f"seek {t}\nkey ." for t in targets), "quit"]
    found = play(video.path, script=script, options=("--no-audio", "-v"))
    assert decoders(capfd.readouterr().err) == 1
    shown = [seek["shown_pts_s"] for seek in found["seeks"]]
    assert shown == [2.0, 2.12, 2.4, 2.92]
    true = digests(video)
    for step in found["steps"]:
        assert step["sha1"] == true[round(step["pts_s"] * 25)]


def test_without_a_device_it_plays_in_silence_and_says_so(
    play: Play,
    video: Clip,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "no-such-driver")
    found = play(video.path, options=("--end", "0.5"))
    assert found["frames_shown"] + found["frames_dropped"] == 13
    assert capfd.readouterr().err.count("playing without audio") == 1


def test_without_a_display_there_is_one_error_with_a_hint(
    video: Clip, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "x11")
    monkeypatch.delenv("DISPLAY", raising=False)
    assert run(["play", str(video.path)]) == 1
    lines = capfd.readouterr().err.splitlines()
    assert lines[0].startswith("avio: error: there is no display to play on")
    assert lines[1].startswith("hint: ")
    assert len(lines) == 2


def test_what_cannot_be_played_is_one_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"no video at all" * 100)
    assert run(["play", str(path)]) == 1
    error = capfd.readouterr().err
    assert error.startswith("avio: error: cannot open")
    assert "Traceback" not in error


def test_of_several_files_the_others_are_played(
    video: Clip, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    broken, stats = tmp_path / "broken.mp4", tmp_path / "stats.json"
    broken.write_bytes(b"no video at all" * 100)
    words = ["--end", "0.4", "--no-audio", "--stats", str(stats)]
    assert run(["play", str(broken), str(video.path), str(broken), *words]) == 1
    found = json.loads(stats.read_text())
    assert found["frames_shown"] + found["frames_dropped"] == 10
    errors = [
        line for line in capfd.readouterr().err.splitlines() if "cannot open" in line
    ]
    assert [line.split(":")[1].strip() for line in errors] == [
        *("warning", "warning"),
        "error",
    ]


def test_a_video_that_is_cut_off_plays_as_far_as_it_goes(
    play: Play, video: Clip, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cut.mkv"
    path.write_bytes(video.path.read_bytes()[: video.path.stat().st_size // 2])
    found = play(path, options=("--no-audio",))
    assert 10 < found["frames_shown"] + found["frames_dropped"] < video.count
    assert "warning" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["", "a%03d.png"])
def test_images_are_played_as_one_video(
    play: Play, video: Clip, tmp_path: Path, name: str, ffmpeg: object
) -> None:
    folder = tmp_path / "100% [images]"
    folder.mkdir()
    binary = imageio_ffmpeg.get_ffmpeg_exe()
    argv = [binary, "-v", "error", "-i", str(video.path), "-frames:v", "12"]
    argv += ["-start_number", "7", f"{str(folder).replace('%', '%%')}/a%03d.png"]
    done = run_child(argv)
    assert done.status == 0, done.stderr
    found = play(folder / name, script=["key SPACE", "key END", "key , 11", "quit"])
    assert len(found["steps"]) == 11


@pytest.mark.slow
def test_a_single_image_stays_and_several_make_room_for_each_other(
    play: Play, video: Clip, tmp_path: Path
) -> None:
    images = [tmp_path / "a.png", tmp_path / "b.jpg"]
    binary = imageio_ffmpeg.get_ffmpeg_exe()
    for path in images:
        argv = [binary, "-v", "error", "-i", str(video.path), "-frames:v", "1"]
        assert run_child([*argv, str(path)]).status == 0
    options = ("--record-dir", str(tmp_path))
    play(images[0], script=["wait 0.5", "key c", "wait 0.5", "quit"], options=options)
    assert len(list(tmp_path.glob("*.png"))) == 2, "it was there to be saved"
    found = play(*images, options=("--image-duration", "0.2"))
    assert found["frames_shown"] == 2


def test_audio_alone_is_played_with_its_cover(
    play: Play, video: Clip, tmp_path: Path
) -> None:
    path = tmp_path / "audio.flac"
    binary = imageio_ffmpeg.get_ffmpeg_exe()
    argv = [binary, "-v", "error", "-i", str(video.path), "-vn", "-t", "1", str(path)]
    assert run_child(argv).status == 0
    found = play(path, script=["wait 0.2", "key RIGHT", "seek 0.3"])
    assert found["frames_shown"] == 1


@pytest.mark.slow
def test_files_and_folders_play_one_after_the_other(
    play: Play, video: Clip, variable: Clip
) -> None:
    options = ("--start", "1.2", "--no-audio")
    found = play(video.path.parent, variable.path, options=options)
    later = sum(time >= Fraction(6, 5) for time in variable.times)
    assert found["frames_shown"] + found["frames_dropped"] == 70 + later


def test_next_and_previous_change_the_file(
    play: Play, video: Clip, variable: Clip
) -> None:
    script = ["key SPACE", "key n", "key SPACE", "key .", "key p", "key SPACE", "key ."]
    found = play(video.path, variable.path, script=[*script, "quit"])
    first, second = found["steps"]
    assert first["pts_s"] == pytest.approx(float(variable.times[1]), abs=0.2)
    assert round(second["pts_s"] * 25, 3).is_integer()


@pytest.mark.slow
def test_a_loop_starts_again_until_it_is_left(variable: Clip, tmp_path: Path) -> None:
    log, callback = tmp_path / "log", tmp_path / "log.py"
    log.touch()
    callback.write_text(
        "def log(frame):\n"
        f"    with open({str(log)!r}, 'a') as file:\n"
        "        print(frame.pts, file=file)\n"
    )

    def has_gone_back() -> bool:
        times = [int(line) for line in log.read_text().splitlines()]
        return times != sorted(times)

    with started(variable.path, "--loop", "--callback", f"{callback}:log") as player:
        wait_for(has_gone_back)
        os.kill(player.pid, signal.SIGINT)
        assert player.ends_within(60)


def test_a_and_b_are_looped_between(play: Play, video: Clip) -> None:
    marks = ["key SPACE", "seek 0.2", "key l", "seek 0.6", "key l", "key SPACE"]
    found = play(video.path, script=[*marks, "wait 1", "key SPACE", "key .", "quit"])
    assert 0.2 < found["steps"][0]["pts_s"] < 0.7


@pytest.mark.parametrize("speed", ["0.5", "2"])
def test_speed_changes_how_long_it_takes(play: Play, video: Clip, speed: str) -> None:
    began = time.monotonic()
    play(video.path, options=("--speed", speed, "--end", "1"))
    assert time.monotonic() - began > 0.9 / float(speed)


def test_tracks_switch_while_it_plays(play: Play, video: Clip) -> None:
    keys = ["key #", "key j", "key i", "key ?", "key f", "key m", "key 9", "key ]"]
    found = play(video.path, script=["wait 0.2", *keys, *FOUR_STEPS, "quit"])
    assert found["frames_shown"] > 3


@pytest.mark.slow
def test_a_slow_callback_costs_frames_not_audio(
    play: Play, tone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    callback = tmp_path / "slow.py"
    callback.write_text("import time\ndef slow(frame):\n    time.sleep(0.15)\n")
    written = to_disk(tmp_path, monkeypatch)
    found = play(tone, options=("--callback", f"{callback}:slow"))
    assert found["frames_dropped"] > 20
    assert np.array_equal(audible(written), audio_of(tone))


def test_callbacks_get_events_and_may_keep_them(
    play: Play, video: Clip, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    callback = tmp_path / "events.py"
    callback.write_text(
        "def events(frame):\n"
        f"    with open({str(log)!r}, 'a') as file:\n"
        "        for event in frame.events:\n"
        "            print(event.kind, event.key, file=file)\n"
        "            if event.key == 'q':\n"
        "                event.consume()\n"
    )
    script = ["wait 0.1", "key q", "key SPACE", "key x", "key .", "quit"]
    found = play(
        video.path, options=("--callback", f"{callback}:events"), script=script
    )
    logged = [line for line in log.read_text().splitlines() if line.startswith("key")]
    assert logged == ["key q", "key SPACE", "key x", "key ."]
    assert len(found["steps"]) == 1, "q was kept, and did not quit"


def _numbered(path: Path, video: Clip) -> Path:
    """Records in which frame n has track n; JSON lines have ticks of another file."""
    mot = (f"{i + 1},{i + 1},10,10,20,20,0.9,-1,-1,-1" for i in range(video.count))
    lines = (
        f'{{"frame": {i + 1}, "pts": {i}, "time": {float(time):.6f}, "tracks": '
        f'[{{"id": {i + 1}, "box": [10, 10, 30, 30], '
        '"score": 0.9, "class": "person"}]}'
        for i, time in enumerate(video.times)
    )
    rows = mot if path.suffix == ".txt" else lines
    path.write_text("".join(f"{row}\n" for row in rows))
    return path


@pytest.mark.parametrize("name", ["tracks.txt", "tracks.jsonl"])
def test_recorded_tracks_follow_the_frames_after_a_seek(
    name: str, play: Play, video: Clip, tmp_path: Path
) -> None:
    records = _numbered(tmp_path / name, video)
    log, callback = tmp_path / "log", tmp_path / "look.py"
    callback.write_text(
        "def look(frame):\n"
        f"    with open({str(log)!r}, 'a') as file:\n"
        "        print(frame.pts, *frame.tracks.ids, file=file)\n"
    )
    options = ("--tracks", str(records), "--callback", f"{callback}:look")
    play(video.path, script=["key SPACE", "wait 1", "seek 2", "quit"], options=options)
    _, *ids = map(int, log.read_text().splitlines()[-1].split())
    assert ids == [51]


def test_tracks_are_made_while_playing(play: Play, video: Clip) -> None:
    script = ["wait 0.3", "seek 2", *FOUR_STEPS, "quit"]
    found = play(video.path, options=("--model", "motion"), script=script)
    assert found["frames_shown"] > 3
    assert len(found["seeks"]) == 1


def test_low_latency_shows_what_is_piped_with_one_keyframe(
    tmp_path: Path, ffmpeg: object
) -> None:
    clip = make_clip(tmp_path / "camera.mkv", frames=30, extra=("-g", "250"))
    stats = tmp_path / "stats.json"
    with started("-", "--low-latency", "--stats", stats, stdin="pipe") as player:
        player.stdin.write(clip.path.read_bytes())
        player.stdin.close()
        assert player.ends_within(60)
    found = json.loads(stats.read_text())
    assert found["frames_shown"] + found["frames_dropped"] == clip.count


@pytest.mark.slow
def test_stdin_is_played_as_it_comes(video: Clip, tmp_path: Path) -> None:
    stats = tmp_path / "stats.json"
    with started("-", "--stats", stats, stdin="pipe") as player:
        player.stdin.write(video.path.read_bytes())
        player.stdin.close()
        assert player.ends_within(60)
    found = json.loads(stats.read_text())
    assert found["frames_shown"] + found["frames_dropped"] == video.count


def test_an_mp4_with_its_index_at_the_end_is_played_from_a_pipe(tmp_path: Path) -> None:
    """It is kept in a file first, and it is said why."""
    clip = make_clip(tmp_path / "a.mp4", frames=25)
    data, stats = clip.path.read_bytes(), tmp_path / "stats.json"
    assert data.index(b"mdat") < data.index(b"moov")
    with started("-", "--stats", stats, stdin="pipe") as player:
        player.stdin.write(data)
        player.stdin.close()
        player.finish(timeout=60)
    assert any("its index is at the end" in line for line in player.log.lines)
    found = json.loads(stats.read_text())
    assert found["frames_shown"] + found["frames_dropped"] == 25


def test_empty_stdin_is_one_error(capfd: pytest.CaptureFixture[str]) -> None:
    with started("-") as player:
        assert player.ends_within(60)
    assert any("stdin is empty" in line for line in player.log.lines)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.sampled(3)
def test_an_interruption_ends_it_and_its_children(
    video: Clip, tmp_path: Path, number: int
) -> None:
    shown, callback = tmp_path / "shown", tmp_path / "touch.py"
    callback.write_text(f"def touch(frame):\n    open({str(shown)!r}, 'w').close()\n")
    # Large frames: ffmpeg must still be at work.
    words = (video.path, "--callback", f"{callback}:touch", "--vf", "scale=1920:1080")
    with started(*words) as player:
        wait_for(shown.exists, seconds=60)
        children = children_of(player.pid)
        assert children
        os.kill(player.pid, number)
        assert player.ends_within(60)
        assert not any(Path(f"/proc/{child}").exists() for child in children)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.sampled(3)
def test_an_interruption_finishes_the_recording(
    video: Clip, tmp_path: Path, number: int
) -> None:
    shown, callback, recording = (tmp_path / n for n in ("shown", "t.py", "rec.mp4"))
    callback.write_text(
        "def touch(frame):\n"
        f"    if frame.index >= 15:\n        open({str(shown)!r}, 'w').close()\n"
    )
    words = (video.path, "--loop", "--callback", f"{callback}:touch")
    with started(*words, "--record", recording) as player:
        wait_for(shown.exists, seconds=60)
        os.kill(player.pid, number)
        assert player.ends_within(60)
    # A busy machine shows, and records, only some of these frames.
    assert timeline(recording).relative[-1] >= Fraction(5, 25)
    assert not list(tmp_path.glob(".rec*"))


def children_of(pid: int) -> list[str]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [
        child for task in tasks for child in (task / "children").read_text().split()
    ]


def started(*words: Path | str, stdin: Literal["null", "pipe"] = "null") -> Process:
    argv = [sys.executable, "-m", "avio_cli", "play", *map(str, words)]
    return Process(argv, stdin=stdin)


def to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have SDL write what it plays into a file."""
    monkeypatch.setenv("SDL_AUDIODRIVER", "disk")
    monkeypatch.setenv("SDL_DISKAUDIOFILE", str(tmp_path / "played"))
    return tmp_path / "played"


def audible(written: Path) -> NDArray[np.int16]:
    """All that a device played, without its silence."""
    played = np.fromfile(written, np.int16).reshape(-1, 2)
    return played[played.any(axis=1)]
