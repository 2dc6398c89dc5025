"""Inference alone: the sessions that `avio track` opens, fed as fast as they go."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import numpy as np

from avio_cli.models.description import Model, describe
from avio_cli.vision.runtimes.selection import open_runtime


def infer(model: str, count: str, runtime: str = "auto") -> int:
    """Infer so many pictures of noise, one session of one thread for each core."""
    path = Path(model)
    opened = Model(path, describe(path))
    width, height = opened.spec.input_size
    picture = np.random.default_rng(0).uniform(0, 255, (1, 3, height, width))
    batch = picture.astype(np.float32)
    workers = len(os.sched_getaffinity(0))
    sessions: SimpleQueue = SimpleQueue()
    for _ in range(workers):
        sessions.put(open_runtime(path, opened.spec.input_size, runtime=runtime))

    def one(_: int) -> None:
        session = sessions.get()
        session.run(batch)
        sessions.put(session)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, range(int(count))))
    return int(count)
