"""`avio play` as a library: clock, timeline, HUD, window loop."""
