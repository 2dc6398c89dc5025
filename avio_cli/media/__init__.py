"""The data: what a source holds, frames, pixel formats, colour, containers, ranges."""
