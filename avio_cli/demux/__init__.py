"""Packets of a file without decoding them: lists, keyframes, cut points."""
