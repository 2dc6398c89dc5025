"""`avio demo`: make a small video, and try avio on it."""
