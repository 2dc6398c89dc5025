"""Each image is encoded once for all who wait; who does not wait misses it."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

from avio_cli.live_page.image import EncodedFrame
from avio_cli.live_page.images import Images
from avio_cli.live_page.newest import INTERVAL, NewestFrame, ShownFrame
from tests.live_page.pages import frame


class Encoder:
    """Counts what is encoded, and where."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.threads: set[int] = set()

    def __call__(self, shown: ShownFrame) -> EncodedFrame:
        self.numbers.append(shown.number)
        self.threads.add(threading.get_ident())
        return EncodedFrame(shown.number, b"", b"")


def in_loop(
    scenario: Callable[[NewestFrame, Images], Awaitable[None]], encoder: Encoder
) -> None:
    async def run() -> None:
        newest = NewestFrame()
        images = Images(newest, encoder)
        encoding = asyncio.create_task(images.run())
        await asyncio.wait_for(scenario(newest, images), 20)
        encoding.cancel()

    # Not in this thread: that may have the event loop of a browser's session.
    with ThreadPoolExecutor() as other:
        other.submit(asyncio.run, run()).result()


def test_one_image_serves_all_and_is_made_in_another_thread() -> None:
    encoder = Encoder()

    async def scenario(newest: NewestFrame, images: Images) -> None:
        newest.set(frame(0, (8, 8)))
        found = await asyncio.gather(*(images.after(-1) for _ in range(3)))
        assert [image.number for image in found if image] == [1, 1, 1]

    in_loop(scenario, encoder)
    assert encoder.numbers == [1]
    assert threading.get_ident() not in encoder.threads


def test_a_slow_viewer_misses_frames_and_gets_the_newest() -> None:
    encoder = Encoder()

    async def scenario(newest: NewestFrame, images: Images) -> None:
        newest.set(frame(0, (8, 8)))
        first = await images.after(-1)
        assert first is not None
        for index in range(1, 100):
            newest.set(frame(index, (8, 8)))
        await asyncio.sleep(3 * INTERVAL)  # nobody waits
        assert encoder.numbers == [1]
        second = await images.after(first.number)
        assert second is not None
        assert second.number == 100

    in_loop(scenario, encoder)


def test_who_comes_later_gets_no_old_image() -> None:
    async def scenario(newest: NewestFrame, images: Images) -> None:
        newest.set(frame(0, (8, 8)))
        await images.after(-1)
        newest.set(frame(1, (8, 8)))
        image = await images.after(-1)
        assert image is not None
        assert image.number == 2

    in_loop(scenario, Encoder())


def test_not_more_are_encoded_than_are_shown() -> None:
    encoder = Encoder()

    async def scenario(newest: NewestFrame, images: Images) -> None:
        loop, number = asyncio.get_running_loop(), -1
        started = loop.time()
        while loop.time() - started < 10 * INTERVAL:
            newest.set(frame(0, (8, 8)))
            image = await images.after(number)
            assert image is not None
            number = image.number

    in_loop(scenario, encoder)
    assert len(encoder.numbers) <= 12


def test_the_end_wakes_all_who_wait() -> None:
    async def scenario(newest: NewestFrame, images: Images) -> None:
        waiting = [asyncio.create_task(images.after(-1)) for _ in range(3)]
        await asyncio.sleep(0)
        images.end()
        assert await asyncio.gather(*waiting) == [None] * 3

    in_loop(scenario, Encoder())


def test_copies_are_due_seldom_while_nobody_looks() -> None:
    now = [0.0]
    newest = NewestFrame(lambda: now[0])
    assert newest.is_due  # the first viewer need not wait
    newest.set(frame(0, (8, 8)))
    now[0] = 0.9
    assert not newest.is_due
    newest.looked()
    assert newest.is_due
    newest.set(frame(1, (8, 8)))
    now[0] += INTERVAL / 2
    assert not newest.is_due
