"""Subtitles over the video: tracks, files beside it, rendering, and drawing."""
