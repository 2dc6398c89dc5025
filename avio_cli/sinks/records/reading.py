"""Old name of `avio_cli.records.reader`; kept for one release."""

from avio_cli.records.reader import RecordedTracks, read_tracks

__all__ = ["RecordedTracks", "read_tracks"]
