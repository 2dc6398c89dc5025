"""What `avio info` and `avio track` print."""
