"""Muxing: which streams go into a container, and whether the file is complete."""
