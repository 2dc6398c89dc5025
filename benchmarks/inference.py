"""Inference alone: the sessions that `avio track` opens, without waiting for frames."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import numpy as np

from avio_cli.jobs.track.input_size import best_input_size
from avio_cli.models.describe import describe
from avio_cli.vision.runtimes.registry import open_runtime


def infer(model: str, count: str, width: str, height: str) -> int:
    """Infer on images of noise, one session of one thread for each core.

    Args:
        model: the model file.
        count: how many images.
        width: of the video that the sessions are for.
        height: likewise.
    """
    path = Path(model)
    size = best_input_size(describe(path), int(width), int(height))
    image = np.random.default_rng(0).uniform(0, 255, (1, 3, *size[::-1]))
    batch = image.astype(np.float32)
    workers = len(os.sched_getaffinity(0))
    sessions: SimpleQueue = SimpleQueue()
    for _ in range(workers):
        sessions.put(open_runtime(path, size))

    def one(_: int) -> None:
        session = sessions.get()
        session.run(batch)
        sessions.put(session)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, range(int(count))))
    return int(count)
