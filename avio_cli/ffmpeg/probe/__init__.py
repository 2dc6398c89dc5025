"""Probe a source with ffprobe, or from ffmpeg's report."""
