"""`avio track` as a library: detect, track, draw, count and record objects."""
