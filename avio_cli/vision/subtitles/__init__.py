"""Tracks as subtitles: text that players draw over the video."""
