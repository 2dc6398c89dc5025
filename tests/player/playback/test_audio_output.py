"""AudioPlayer: gapless, in sync with the clock, silent where there is no audio."""

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


class FakeOutput:
    """An audio output that plays on request, and keeps all samples."""

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
        """Play all that is queued."""
        self.played = self.seconds

    @property
    def samples(self) -> NDArray[np.int16]:
        return np.concatenate(self.written)[:, 0]


def queue(
    player: AudioPlayer, output: FakeOutput, blocks: list[AudioBlock]
) -> DecodeSession:
    reader, limits = ListReader(blocks), BufferLimits(enough_audio_seconds=60)
    session = DecodeSession(reader, has_video=False, has_audio=True, limits=limits)
    wait_for(lambda: session.at_end)
    player.connect(output)
    player.attach(session)
    return session


@pytest.fixture
def player() -> object:
    made = AudioPlayer(Clock())
    yield made
    made.close()


def test_blocks_follow_each_other_without_a_gap(player: AudioPlayer) -> None:
    output = FakeOutput()
    session = queue(player, output, [block(i / 10, 0.1, 100 + i) for i in range(8)])
    player.start(Fraction(0), playing=True)
    wait_for(lambda: output.play() or not session.has_queued_audio)  # type: ignore[func-returns-value]
    wait_for(lambda: output.seconds >= 0.8)
    expected = np.repeat(np.arange(100, 108), RATE // 10)
    assert np.array_equal(output.samples, expected)


def test_audio_that_starts_later_follows_silence(player: AudioPlayer) -> None:
    output = FakeOutput()
    queue(player, output, [block(0.1, 0.2)])
    player.start(Fraction(0), playing=False)
    assert not output.samples[: RATE // 10].any()
    assert output.samples[RATE // 10 :].all()


def test_audio_before_the_start_is_dropped(player: AudioPlayer) -> None:
    output = FakeOutput()
    queue(player, output, [block(0.0, 1.0)])
    player.start(Fraction(1, 4), playing=False)
    assert output.seconds == pytest.approx(0.75)


def test_blocks_wholly_before_the_start_are_dropped(
    player: AudioPlayer,
) -> None:
    output = FakeOutput()
    queue(player, output, [block(i / 10, 0.1, 100 + i) for i in range(6)])
    player.start(Fraction(7, 20), playing=False)
    expected = np.repeat([103, 104], [RATE // 20, RATE // 10])
    assert np.array_equal(output.samples, expected)


def test_a_paused_player_pauses_the_device(player: AudioPlayer) -> None:
    output = FakeOutput()
    queue(player, output, [block(0.0, 1.0)])
    player.start(Fraction(0), playing=True)
    assert not output.paused
    player.pause(True)
    assert output.paused


def test_loud_samples_are_clipped_not_wrapped() -> None:
    loud = np.array([[30000, -30000]], np.int16)
    assert apply_volume(loud, 1.3).tolist() == [[32767, -32768]]
    assert apply_volume(loud, 0.5).tolist() == [[15000, -15000]]
    assert apply_volume(loud, 1.0) is loud
