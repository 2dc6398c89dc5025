"""The sound feeder: gapless, in step with the clock, silent where nothing is."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from avio_cli.media.frame import AudioBlock
from avio_cli.player.playback.audio_output import AudioPlayer, apply_volume
from avio_cli.player.playback.clock import Clock
from avio_cli.player.playback.decode_session import DecodeSession
from avio_cli.player.playback.open_settings import BufferLimits
from tests.player.making import RATE, block
from tests.player.playback.test_decode_session import ListReader, wait_for


class Recorder:
    """A loudspeaker that plays when told, and keeps all it got."""

    latency = 0.0

    def __init__(self) -> None:
        self.written: list[NDArray[np.int16]] = []
        self.played = 0.0
        self.paused = True

    @property
    def queued(self) -> float:
        return self.seconds - self.played

    @property
    def seconds(self) -> float:
        return sum(map(len, self.written)) / RATE

    def write(self, samples: NDArray[np.int16]) -> None:
        self.written.append(samples)

    def pause(self, paused: bool) -> None:
        self.paused = paused

    def clear(self) -> None:
        self.played = self.seconds

    def play(self) -> None:
        """Play all that waits."""
        self.played = self.seconds

    @property
    def samples(self) -> NDArray[np.int16]:
        return np.concatenate(self.written)[:, 0]


def feed(
    feeder: AudioPlayer, speaker: Recorder, blocks: list[AudioBlock]
) -> DecodeSession:
    reader, limits = ListReader(blocks), BufferLimits(enough_audio_seconds=60)
    session = DecodeSession(reader, has_picture=False, has_sound=True, limits=limits)
    wait_for(lambda: session.at_end)
    feeder.connect(speaker)
    feeder.attach(session)
    return session


@pytest.fixture
def feeder() -> object:
    made = AudioPlayer(Clock())
    yield made
    made.close()


def test_blocks_follow_each_other_without_a_gap(feeder: AudioPlayer) -> None:
    speaker = Recorder()
    session = feed(feeder, speaker, [block(i / 10, 0.1, 100 + i) for i in range(8)])
    feeder.start(Fraction(0), playing=True)
    wait_for(lambda: speaker.play() or not session.has_queued_audio)  # type: ignore[func-returns-value]
    wait_for(lambda: speaker.seconds >= 0.8)
    expected = np.repeat(np.arange(100, 108), RATE // 10)
    assert np.array_equal(speaker.samples, expected)


def test_sound_that_begins_later_waits_in_silence(feeder: AudioPlayer) -> None:
    speaker = Recorder()
    feed(feeder, speaker, [block(0.1, 0.2)])
    feeder.start(Fraction(0), playing=False)
    assert not speaker.samples[: RATE // 10].any()
    assert speaker.samples[RATE // 10 :].all()


def test_sound_before_the_beginning_is_left_out(feeder: AudioPlayer) -> None:
    speaker = Recorder()
    feed(feeder, speaker, [block(0.0, 1.0)])
    feeder.start(Fraction(1, 4), playing=False)
    assert speaker.seconds == pytest.approx(0.75)


def test_blocks_that_lie_wholly_before_the_beginning_are_left_out(
    feeder: AudioPlayer,
) -> None:
    speaker = Recorder()
    feed(feeder, speaker, [block(i / 10, 0.1, 100 + i) for i in range(6)])
    feeder.start(Fraction(7, 20), playing=False)
    expected = np.repeat([103, 104], [RATE // 20, RATE // 10])
    assert np.array_equal(speaker.samples, expected)


def test_a_paused_device_is_held(feeder: AudioPlayer) -> None:
    speaker = Recorder()
    feed(feeder, speaker, [block(0.0, 1.0)])
    feeder.start(Fraction(0), playing=True)
    assert not speaker.paused
    feeder.pause(True)
    assert speaker.paused


def test_loud_sound_is_cut_off_not_wrapped() -> None:
    loud = np.array([[30000, -30000]], np.int16)
    assert apply_volume(loud, 1.3).tolist() == [[32767, -32768]]
    assert apply_volume(loud, 0.5).tolist() == [[15000, -15000]]
    assert apply_volume(loud, 1.0) is loud
