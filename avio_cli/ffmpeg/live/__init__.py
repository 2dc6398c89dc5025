"""Live sources: opened once, for the probe and for the decoder."""
