"""A stretch of a file: `avio trim`."""
