"""Packets of a file without decoding them: lists, keyframes, where it can be cut."""
