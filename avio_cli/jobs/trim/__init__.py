"""`avio trim`: cut a time range out of a file."""
