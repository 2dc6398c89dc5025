"""Decoding: frames and audio of a source."""
