"""`avio play` as a library: clock, frame cache, HUD, event loop."""
