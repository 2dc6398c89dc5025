"""The best crop of each track, as files."""
