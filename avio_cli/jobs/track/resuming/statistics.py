"""Statistics of a run: which run a file of them is of, and when it may be replaced.

A script that always says ``--resume`` meets the file that its last run left. It is
replaced without being asked only where it is known to be of this very run.
"""

import hashlib
import json
import os
import stat
from pathlib import Path
from typing import Any

from avio_cli.errors import InputError
from avio_cli.jobs.track.job import TrackJob
from avio_cli.jobs.track.resuming.checkpoint import read_checkpoint
from avio_cli.jobs.track.resuming.run_files import checkpoint_path

KEY = "run"
"""Of a digest of all that determines a run's result."""
_MOST_BYTES = 1 << 20


def mark_statistics(record: dict[str, Any], job: TrackJob) -> dict[str, Any]:
    """Add which run they are of, where its checkpoint says that."""
    digest = _run_digest(job)
    return {**record, KEY: digest} if digest else record


def are_of_run(path: Path | None, job: TrackJob) -> bool:
    """Whether a file has statistics of the run that a job resumes."""
    if path is None or not job.resume:
        return False
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - names too long
            return False
        with path.open("rb") as file:
            stored = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return False
    found = stored.get(KEY) if isinstance(stored, dict) else None
    return isinstance(found, str) and found == _run_digest(job)


def _run_digest(job: TrackJob) -> str:
    """The same for runs of the same source and options; empty without a checkpoint."""
    path = checkpoint_path(job.planned)
    try:
        asked = {} if path is None else read_checkpoint(path).asked
    except InputError:  # the run says it, where it matters
        return ""
    text = json.dumps(sorted(asked.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16] if asked else ""
