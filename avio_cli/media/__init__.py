"""Data types: stream info, frames, pixel formats, colour, containers, time ranges."""
