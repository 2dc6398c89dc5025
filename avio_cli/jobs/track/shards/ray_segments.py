"""Segments as tasks of a Ray cluster, whose nodes all see the source and the model.

What a task finds comes back as the bytes of its file: nodes may share no folder for
temporary files. Until it is that segment's turn, they are in Ray's object store.
"""

import logging
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avio_cli.cluster import Cluster
from avio_cli.errors import AvioError, InputError
from avio_cli.ffmpeg.locate import version_text
from avio_cli.ffmpeg.media_source import MediaSource
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.resuming.fingerprint import source_fingerprint
from avio_cli.jobs.track.shards.child import detect_segment, segment_detector
from avio_cli.jobs.track.shards.segments import (
    Segment,
    ShardTask,
    open_segment,
    segment_path,
)
from avio_cli.version import __version__

LOG = logging.getLogger("avio.track")
Facts = Mapping[str, str]
"""What must be the same wherever a run detects, by what it is."""


@dataclass(frozen=True, slots=True)
class RaySite:
    """The cluster of a run, and what its nodes must have."""

    cluster: Cluster
    facts: Facts
    workers: int
    """Sessions of a task: one for each core that it declares."""

    def begin(self, task: ShardTask, folder: Path) -> "RaySegments":
        """Begin to detect in all segments.

        Args:
            task: what the nodes are given.
            folder: where the files of the segments belong.
        """
        return RaySegments(self, task, folder)


class RaySegments:
    """Detects in tasks of a cluster; made by `RaySite.begin`."""

    def __init__(self, site: RaySite, task: ShardTask, folder: Path) -> None:
        self._cluster, self._folder = site.cluster, folder
        begin, given = site.cluster.task(detect_on_node), site.cluster.keep(task)
        self._running: dict[int, Any] = {
            segment.number: begin(given, segment.number, site.facts)
            for segment in task.segments
        }

    def wait(self, segment: Segment) -> None:
        """Fetch the file of a segment as soon as its task has ended."""
        try:
            found = self._cluster.result(self._running[segment.number])
        finally:
            reference = self._running.pop(segment.number)
        if isinstance(found, AvioError):
            raise found
        content, warnings = found
        for text in warnings:
            LOG.warning("%s", text)
        segment_path(self._folder, segment).write_bytes(content)
        del reference  # only now may the object store forget it

    def close(self) -> None:
        """Interrupt all tasks."""
        self._cluster.cancel(self._running.values())
        self._running.clear()


def open_site(job: TrackJob, detector: str, stack: ExitStack) -> RaySite | None:
    """Connect to the cluster of a run; None where it has none.

    Args:
        job: the run.
        detector: the fingerprint of its detector.
        stack: disconnects in the end.

    Raises:
        AvioError: there is no such cluster.
    """
    if job.ray is None:
        return None
    facts = _facts(job.source, detector)
    workers = max(int(job.ray.cpus), 1)
    return RaySite(stack.enter_context(Cluster(job.ray)), facts, workers)


def _facts(source: MediaSource, detector: str) -> Facts:
    return {
        "version of avio": __version__,
        # Others show other frames in place of damaged parts.
        "version of ffmpeg": _short(version_text(source.ffmpeg)),
        "file of this name": source_fingerprint(source),
        "detector": detector,
    }


def _short(version: str) -> str:
    return version.partition(" Copyright")[0].removeprefix("ffmpeg version ")


def detect_on_node(
    task: ShardTask, number: int, facts: Facts
) -> tuple[bytes, tuple[str, ...]] | AvioError:
    """Detect in a segment, in a worker of Ray.

    Returns:
        The content of its file and what the detector warned of; or why not.
    """
    segment = task.segments[number]
    try:
        _refuse_missing(task.job.source)
        with (
            closing(segment_detector(task)) as source,
            open_segment(None, segment) as kept,
        ):
            _refuse_other(_facts(task.job.source, source.fingerprint), facts)
            said = detect_segment(task, segment, source, kept)
            return kept.content(), said
    except AvioError as error:
        return error


def _refuse_missing(source: MediaSource) -> None:
    if source.url.kind == "file" and not source.url.path.exists():
        raise InputError(
            f"{source.name} is not there on a node of the Ray cluster",
            hint="all nodes need it under the same path",
        )


def _refuse_other(found: Facts, asked: Facts) -> None:
    """Raise an error where a node would find something else than this machine."""
    for name, value in asked.items():
        if found[name] != value:
            raise AvioError(
                f"a node of the Ray cluster has another {name}: {found[name]}, and "
                f"not {value}",
                hint="give all nodes the same; --device and --runtime choose what "
                "detects, --gpus lets tasks see a GPU",
            )
