"""Old name of `avio_cli.jobs.snapshot.run`; kept for one release."""

from avio_cli.jobs.snapshot.run import Snapshot, SnapshotJob
from avio_cli.jobs.snapshot.run import snapshot as take_snapshot

__all__ = ["Snapshot", "SnapshotJob", "take_snapshot"]
