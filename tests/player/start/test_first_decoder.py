"""The first decoder runs before the player is imported, and is the one it requests."""

import sys
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from avio_cli.decode.background_probe import BackgroundProbe
from avio_cli.decode.process import Decoder, DecodeRequest
from avio_cli.errors import UsageError
from avio_cli.ffmpeg.locate import FFmpeg
from avio_cli.ffmpeg.process.run import run
from avio_cli.ffmpeg.url import parse_url
from avio_cli.player.job import PlayJob
from avio_cli.player.playback.open_settings import open_settings
from avio_cli.player.start import first_decoder
from avio_cli.player.start.first_decoder import FirstDecoder
from tests.clips import Clip, make_clip
from tests.player.conftest import Play


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    path = tmp_path_factory.mktemp("video") / "video.mkv"
    return make_clip(path, frames=50, audios=1)


def job_of(ffmpeg: FFmpeg, path: Path) -> PlayJob:
    url = parse_url(path)
    probing = BackgroundProbe(ffmpeg, url)
    return PlayJob(ffmpeg=ffmpeg, urls=(url,), probing=probing)


def test_a_range_is_refused_beside_filters_that_change_times(
    bundled_ffmpeg: FFmpeg, video: Clip
) -> None:
    job = job_of(bundled_ffmpeg, video.path)
    job.probing.result()  # else its child would be left
    for filters in ({"video_filter": "setpts=2*PTS"}, {"audio_filter": "atempo=2"}):
        replace(job, **filters)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="--start would not name"):
            replace(job, start=Fraction(1), **filters)  # type: ignore[arg-type]


def first_request(job: PlayJob) -> DecodeRequest:
    source = job.probing.result()
    reading = open_settings(job, job.probing.result(), audio=True).for_playback(
        Fraction(0), audio_track=0, speed=Fraction(1)
    )
    return DecodeRequest(source, reading, Fraction(0))


def early_decoder(factory: FirstDecoder) -> Decoder:
    """The decoder that runs before it is requested."""
    factory._thread.join(20)
    assert factory._decoder is not None
    return factory._decoder


def test_the_first_request_gets_the_running_decoder(
    video: Clip, bundled_ffmpeg: FFmpeg
) -> None:
    job = job_of(bundled_ffmpeg, video.path)
    with closing(FirstDecoder(job)) as factory:
        early = early_decoder(factory)
        first, second = factory(first_request(job)), factory(first_request(job))
    assert first.process is early.process
    assert first.process.running, "it belongs to who took it"
    assert second.process.pid != first.process.pid
    first.process.stop()
    second.process.stop()


def test_another_request_stops_it(video: Clip, bundled_ffmpeg: FFmpeg) -> None:
    job = job_of(bundled_ffmpeg, video.path)
    with closing(FirstDecoder(job)) as factory:
        early = early_decoder(factory)
        decoder = factory(replace(first_request(job), seek=Fraction(1)))
        assert not early.process.running
        assert "1.000000" in decoder.process.argv
        decoder.process.stop()


def test_one_that_nobody_takes_is_stopped(video: Clip, bundled_ffmpeg: FFmpeg) -> None:
    with closing(FirstDecoder(job_of(bundled_ffmpeg, video.path))) as factory:
        early = early_decoder(factory)
    assert not early.process.running


def test_a_probe_that_fails_starts_nothing(
    tmp_path: Path, bundled_ffmpeg: FFmpeg
) -> None:
    path = tmp_path / "video.mkv"
    path.write_bytes(b"no video")
    job = job_of(bundled_ffmpeg, path)
    with closing(FirstDecoder(job)) as factory:
        assert factory.video() is None
        assert factory.frame(20) is None


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--start", "1"),
        ("--end", "1", "--speed", "2"),
        ("--no-audio", "--vf", "hflip"),
        ("--af", "volume=0.5", "--hud", "off"),
    ],
    ids=" ".join,
)
@pytest.mark.sampled(3)
def test_it_is_the_one_that_the_player_requests(
    play: Play,
    video: Clip,
    options: tuple[str, ...],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    predicted: list[first_decoder.Prediction | None] = []

    def predict(job: PlayJob) -> first_decoder.Prediction | None:
        predicted.append(real(job))
        return predicted[-1]

    real = first_decoder._predicted
    monkeypatch.setattr(first_decoder, "_predicted", predict)
    play(video.path, script=["quit"], options=("-v", *options))

    logged = capfd.readouterr().err.splitlines()
    assert [request is not None for request in predicted] == [True]
    assert sum("-c:v rawvideo" in line for line in logged) == 1


def test_nothing_slow_is_imported_on_the_way_to_it() -> None:
    script = """
import sys
import avio_cli.cli.entry
import avio_cli.decode.background_probe
print("typer" in sys.modules)
import avio_cli.player.start.first_decoder
print([name for name in ("numpy", "cv2", "sdl2") if name in sys.modules])
"""
    done = run([sys.executable, "-c", script])
    assert done.stdout.decode().split() == ["False", "[]"], done.stderr
